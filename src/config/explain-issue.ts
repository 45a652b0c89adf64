import type { z } from 'zod'
import { configJsonSchema } from './file-schema.ts'
import { nearest } from '../core/model/index.ts'
import type { Problem } from './problem.ts'
import type { Path, Places } from './read-yaml.ts'

/**
 * One finding of zod → problems with places, in words that say what to do. `jsonSchema` is that of the file the finding
 * is about: it knows the keys that may stand where an unknown one does.
 */
export const explainIssue = (
  issue: z.core.$ZodIssue,
  places: Places,
  jsonSchema: () => JsonSchema = configJsonSchema,
): readonly Problem[] => {
  const path = issue.path.filter(part => typeof part !== 'symbol')
  const at = places.value(path)
  const name = pathName(path)
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, places, jsonSchema())
  if (issue.code !== 'invalid_type') return [{ origin: at, text: `${name} ${issue.message}` }]
  const wanted = issue.expected === 'array' ? 'a list of "- " items' : 'a mapping of "name: value" lines'
  const text = issue.input === undefined ? `is missing; write ${wanted}` : `must be ${wanted}`
  return [{ origin: at, text: `${name} ${text}` }]
}

/** `topics[0].partitions`; the whole file is "the file". */
export const pathName = (path: Path): string =>
  path.length === 0
    ? 'the file'
    : path
        .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
        .join('')

const unknownKeys = (
  keys: readonly string[],
  path: Path,
  places: Places,
  jsonSchema: JsonSchema,
): readonly Problem[] => {
  const known = keysAt(path, jsonSchema)
  return keys.map(key => {
    const meant = nearest(key, known)
    const advice = meant === null ? `it may have ${known.join(', ')}` : `did you mean ${meant}?`
    return { origin: places.key([...path, key]), text: `${pathName(path)} has no key ${key}; ${advice}` }
  })
}

const keysAt = (path: Path, jsonSchema: JsonSchema): readonly string[] => {
  let schema: JsonSchema | undefined = jsonSchema
  for (const part of path) schema = typeof part === 'number' ? schema?.items : schema?.properties?.[part]
  return Object.keys(schema?.properties ?? {})
}

export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
}
