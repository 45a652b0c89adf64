import { z } from 'zod'
import { isPlainDecimal, isPlainWhole, plainForm, WrittenNumber } from './written-number.ts'

/**
 * The kinds of value a field may hold. Each judges what was written, in words that say what to do, and carries its
 * JSON Schema for editors (`meta`). Messages follow the field's name: "partitions must be a whole number …".
 */

type Judged<Value> = { readonly value: Value } | { readonly problem: string }

const field = <Value>(
  judge: (written: unknown) => Judged<Value>,
  jsonSchema: Readonly<Record<string, unknown>>,
) =>
  z
    .unknown()
    .transform((written, context): Value => {
      const judged = judge(written)
      if ('value' in judged) return judged.value
      context.issues.push({ code: 'custom', message: judged.problem, input: written })
      return z.NEVER
    })
    .meta({ ...jsonSchema })

const shown = (written: unknown): string => {
  if (written instanceof WrittenNumber) return written.source
  if (typeof written === 'string')
    return JSON.stringify(written.length > 60 ? `${written.slice(0, 60)}…` : written)
  if (written === null) return 'nothing'
  if (typeof written === 'boolean') return String(written)
  return Array.isArray(written) ? 'a list' : 'a mapping'
}

const wrong = (written: unknown, wanted: string, example?: string): { readonly problem: string } => {
  const advice = example === undefined ? wanted : `${wanted}, such as ${example}`
  return {
    problem:
      written === undefined ? `is missing; write ${advice}` : `must be ${advice}; ${shown(written)} is not`,
  }
}

interface Limits {
  readonly min: number
  readonly max: number
  readonly example: number
  readonly description: string
}

/** A count: digits only. `010`, `3.0`, `1e3` and quoted numbers are refused, because readers disagree on them. */
export const whole = ({ min, max, example, description }: Limits) =>
  field<number>(
    written => {
      const wanted = `a whole number from ${min} to ${max}`
      if (!(written instanceof WrittenNumber)) return wrong(written, wanted, String(example))
      const plain = plainForm(written.source)
      if (!isPlainWhole(written.source))
        return plain === null
          ? wrong(written, wanted, String(example))
          : { problem: `must be written as digits only; instead of ${written.source} write ${plain}` }
      const value = Number(written.source)
      return value >= min && value <= max ? { value } : wrong(written, wanted, String(example))
    },
    { type: 'integer', minimum: min, maximum: max, description },
  )

export const decimal = ({ min, max, example, description }: Limits) =>
  field<number>(
    written => {
      const value =
        written instanceof WrittenNumber && isPlainDecimal(written.source)
          ? Number(written.source)
          : Number.NaN
      return value >= min && value <= max
        ? { value }
        : wrong(written, `a plain number from ${min} to ${max}`, String(example))
    },
    { type: 'number', minimum: min, maximum: max, description },
  )

interface TextRules {
  readonly what: string
  readonly example: string
  readonly description: string
  readonly pattern?: string
  /** Why a text is wrong, and what to do; null: it is not. */
  readonly problem?: (text: string) => string | null
}

/** A short text. A plain number is refused with the advice to quote it. */
export const text = ({ what, example, description, pattern, problem }: TextRules) =>
  field<string>(
    written => {
      if (written instanceof WrittenNumber)
        return { problem: `must be ${what}; quote it: "${written.source}"` }
      if (typeof written !== 'string' || written === '') return wrong(written, what, example)
      const found = problem?.(written) ?? null
      return found === null ? { value: written } : { problem: found }
    },
    { type: 'string', minLength: 1, ...(pattern === undefined ? {} : { pattern }), description },
  )

export const oneOf = <const Value extends string>(values: readonly Value[], description: string) =>
  field<Value>(
    written => {
      const value = values.find(one => one === written)
      return value === undefined ? wrong(written, `one of ${values.join(', ')}`) : { value }
    },
    { type: 'string', enum: [...values], description },
  )

/** A section with fixed keys. Unknown keys are refused by zod and named by `explainIssue`. */
export const section = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  // To zod a WrittenNumber is an object like a section is
  z
    .preprocess(
      written => (written instanceof WrittenNumber ? written.source : written),
      z.strictObject(shape),
    )
    .meta({ description })

/**
 * A mapping whose keys the user names, as a Map: a topic may be called `__proto__`. `judge` sees each entry.
 */
export const mapping = <Value>(
  judge: (key: string, written: unknown) => Judged<Value>,
  jsonSchema: Readonly<Record<string, unknown>>,
) =>
  z
    .unknown()
    .transform((written, context): ReadonlyMap<string, Value> => {
      const entries = new Map<string, Value>()
      if (
        typeof written !== 'object' ||
        written === null ||
        written instanceof WrittenNumber ||
        Array.isArray(written)
      ) {
        context.issues.push({
          code: 'custom',
          message: wrong(written, 'a mapping', 'name: value').problem,
          input: written,
        })
        return z.NEVER
      }
      for (const [key, value] of Object.entries(written)) {
        const judged = judge(key, value)
        if ('value' in judged) entries.set(key, judged.value)
        else context.issues.push({ code: 'custom', message: judged.problem, input: value, path: [key] })
      }
      return entries
    })
    .meta({ type: 'object', ...jsonSchema })

/**
 * A figure with where it comes from: `50000` alone was given, `{value: 50000, source: measured}` was measured. The same
 * number means more in the second case, and a report says which it was.
 */
export const figure = (limits: Limits) => {
  const value = decimal(limits)
  return field<{ value: number; source: 'given' | 'measured' }>(
    written => {
      const [inner, source, others] = figureParts(written)
      const judged = value.safeParse(inner)
      if (!judged.success) return { problem: judged.error.issues[0]?.message ?? 'is no figure' }
      if (others.length > 0 || (source !== 'given' && source !== 'measured'))
        return { problem: `must be a number, or {value: ${limits.example}, source: given or measured}` }
      return { value: { value: judged.data, source } }
    },
    {
      description: limits.description,
      anyOf: [
        { type: 'number', minimum: limits.min, maximum: limits.max },
        {
          type: 'object',
          properties: {
            value: { type: 'number', minimum: limits.min, maximum: limits.max },
            source: { enum: ['given', 'measured'] },
          },
          required: ['value'],
          additionalProperties: false,
        },
      ],
    },
  )
}

const figureParts = (written: unknown): readonly [unknown, unknown, readonly string[]] => {
  if (typeof written !== 'object' || written === null || written instanceof WrittenNumber)
    return [written, 'given', []]
  const { value, source = 'given', ...others } = written as Record<string, unknown>
  return [value, source, Object.keys(others)]
}
