import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
} from 'yaml'
import type { Origin, Problem } from './problem.ts'
import { WrittenNumber } from './written-number.ts'

/**
 * YAML text → plain values with the place of each, refusing everything in YAML that lets a file mean something else
 * than it seems to: duplicate keys, aliases and anchors (a few lines of them expand to gigabytes), tags, directives,
 * several documents, keys that are no text, a byte order mark.
 *
 * Values are strings, booleans, null, `WrittenNumber`, arrays, and objects without a prototype, so that a key named
 * `__proto__` is a key like any other.
 */
export interface ReadYaml {
  readonly value: unknown
  readonly places: Places
  readonly problems: readonly Problem[]
}

export type Path = readonly (string | number)[]

/** Places by path. A path that does not exist has the place of its nearest existing ancestor. */
export interface Places {
  readonly key: (path: Path) => Origin
  readonly value: (path: Path) => Origin
}

/** A file this size declares more than a thousand topics; parsing more would take over a second. */
const TEXT_MAX = 256 * 1024
/** After so many syntax errors the rest is noise, and hostile text makes one of every character. */
const SYNTAX_ERRORS_MAX = 20
/** Deeper than any schema here, far from the depth at which recursion ends. */
const DEPTH_MAX = 20

export const readYaml = (text: string): ReadYaml => {
  const lines = new LineCounter()
  const at = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset)
    return { kind: 'file', line: Math.max(1, line), column: Math.max(1, col) }
  }
  const start: Origin = { kind: 'file', line: 1, column: 1 }
  const nowhere: Places = { key: () => start, value: () => start }
  const refuse = (problem: Problem): ReadYaml => ({ value: null, places: nowhere, problems: [problem] })

  if (text.length > TEXT_MAX)
    return refuse({
      origin: start,
      text: `the file has more than ${TEXT_MAX / 1024} KiB; split it, one file per cluster`,
    })
  if (text.startsWith('\ufeff'))
    return refuse({
      origin: start,
      text: 'the file begins with a byte order mark; save it as UTF-8 without BOM',
    })

  const { tokens, directive } = tokenize(text, lines)
  if (directive !== null)
    return refuse({
      origin: at(directive),
      text: 'YAML directives (%) change what values mean; remove this line',
    })
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Compared pair by pair, which a map of 50,000 keys turns into minutes; Reader checks with a set
    uniqueKeys: false,
    lineCounter: lines,
    logLevel: 'silent',
  })
  const documents = [...composer.compose(tokens)]
  const syntax = documents
    .flatMap(document => document.errors)
    .slice(0, SYNTAX_ERRORS_MAX)
    .map(error => ({ origin: at(error.pos[0]), text: explain(error.code, error.message) }))
  if (syntax.length > 0) return { value: null, places: nowhere, problems: syntax }

  const [document, second] = documents
  const contents = document?.contents as Node | null | undefined
  if (document === undefined || contents === null || contents === undefined)
    return refuse({ origin: start, text: 'the file is empty; see examples/streamsocial/lanekeeper.yaml' })
  if (second !== undefined)
    return refuse({
      origin: at(second.range[0]),
      text: 'a second document begins here; keep one document and remove the "---" line',
    })
  return new Reader(at).read(contents)
}

const tokenize = (
  text: string,
  lines: LineCounter,
): { readonly tokens: readonly CST.Token[]; readonly directive: number | null } => {
  const tokens: CST.Token[] = []
  let errors = 0
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'directive') return { tokens, directive: token.offset }
    tokens.push(token)
    if (token.type === 'error' && ++errors === SYNTAX_ERRORS_MAX) break
  }
  return { tokens, directive: null }
}

const explain = (code: string, message: string): string => {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; indent with spaces'
    case 'RESOURCE_EXHAUSTION':
      return 'values are nested too deeply; nothing here needs that'
    default:
      return `this is not valid YAML: ${message.split('\n', 1)[0]?.replace(/[.:]?\s*( at line .*)?$/, '') ?? code}; check indentation, quotes and brackets`
  }
}

/** One walk over the nodes, which collects values, places and problems. */
class Reader {
  readonly #at: (offset: number) => Origin
  readonly #places = new Map<string, { key: Origin; value: Origin }>()
  readonly #problems: Problem[] = []

  constructor(at: (offset: number) => Origin) {
    this.#at = at
  }

  read(contents: Node): ReadYaml {
    const value = this.#value(contents, [], this.#origin(contents))
    const find = (path: Path): { key: Origin; value: Origin } => {
      for (let length = path.length; ; length--) {
        const place = this.#places.get(JSON.stringify(path.slice(0, length)))
        if (place !== undefined) return place
      }
    }
    return {
      value,
      places: { key: path => find(path).key, value: path => find(path).value },
      problems: this.#problems,
    }
  }

  #value(node: unknown, path: Path, key: Origin): unknown {
    const origin = this.#origin(node) ?? key
    this.#places.set(JSON.stringify(path), { key, value: origin })
    if (path.length > DEPTH_MAX) {
      this.#refuse(origin, 'values are nested too deeply; nothing here needs that')
      return null
    }
    if (isAlias(node)) {
      this.#refuse(origin, `*${node.source} is an alias; write the value out`)
      return null
    }
    if (hasProperty(node, 'anchor'))
      this.#refuse(origin, `&${node.anchor} is an anchor; write values out where they are needed`)
    if (hasProperty(node, 'tag'))
      this.#refuse(origin, `${node.tag} is a tag; remove it, the type follows from the key`)
    if (isMap(node)) return this.#map(node.items, path)
    if (isSeq(node))
      return node.items.map((item, index) =>
        this.#value(item, [...path, index], this.#origin(item) ?? origin),
      )
    if (!isScalar(node)) return null
    const { value, source } = node
    return typeof value === 'number' || typeof value === 'bigint'
      ? new WrittenNumber(source ?? String(value))
      : value
  }

  #map(pairs: readonly Pair[], path: Path): unknown {
    const result = Object.create(null) as Record<string, unknown>
    const seen = new Set<string>()
    for (const { key, value } of pairs) {
      const origin = this.#origin(key)
      const name = isScalar(key) ? (key.source ?? String(key.value)) : null
      if (name === null || name === '') {
        this.#refuse(origin, 'a key must be a plain name')
        continue
      }
      if (seen.has(name)) {
        this.#refuse(origin, `${name} is written twice in the same place; keep one of them`)
        continue
      }
      seen.add(name)
      result[name] = this.#value(value, [...path, name], origin)
    }
    return result
  }

  #origin(node: unknown): Origin {
    const range = (node as { range?: readonly number[] } | null)?.range
    return this.#at(range?.[0] ?? 0)
  }

  #refuse(origin: Origin, text: string): void {
    this.#problems.push({ origin, text })
  }
}

const hasProperty = <Name extends string>(node: unknown, name: Name): node is Record<Name, string> =>
  typeof node === 'object' && node !== null && typeof (node as Record<string, unknown>)[name] === 'string'
