import { LanekeeperError, REPLACEMENT_CHARACTER } from '../../core/model/index.ts'
import { type KeyFormatName, parseKey } from '../../core/routing/index.ts'
import { oneOf } from '../one-of.ts'

/** One key of a file, with its traffic. Null key: a record without one. Null row: a heading. */
export interface KeyRow {
  readonly key: Uint8Array | null
  readonly weight: number
}

const ROW_FORMATS = ['lines', 'csv', 'jsonl'] as const

export type RowFormat = (typeof ROW_FORMATS)[number]

/** By the file's name: `.csv`, `.jsonl` or `.ndjson`, also with `.gz` behind; anything else has one key a line. */
export const rowFormatOf = (file: string): RowFormat => {
  const name = file.toLowerCase().replace(/\.gz$/, '')
  if (name.endsWith('.csv')) return 'csv'
  return /\.(jsonl|ndjson)$/.test(name) ? 'jsonl' : 'lines'
}

/** As the user says, or else by the name of the file. */
export const rowFormatOption = (text: string | undefined, file: string): RowFormat =>
  text === undefined ? rowFormatOf(file) : oneOf('--file-format', text, ROW_FORMATS)

export interface RowOptions {
  readonly rowFormat: RowFormat
  readonly keyColumn: string
  /** Undefined: a column or field called weight, where there is one. One that is named has to be there. */
  readonly weightColumn: string | undefined
  readonly keyFormat: KeyFormatName
}

const WEIGHT = 'weight'

type ReadRow = (line: Buffer, number: number) => KeyRow | null

/** Reader of one line after another; throws INPUT_INVALID that names the line. */
export const rowReader = (options: RowOptions, name: string): ReadRow => {
  const { rowFormat, keyFormat } = options
  const toKey = (text: string, place: string): Uint8Array =>
    parseKey(keyFormat, text, place, REPLACEMENT_CHARACTER)
  if (rowFormat === 'csv') return csvReader(options, name, toKey)
  if (rowFormat === 'jsonl') return jsonReader(options, name, toKey)
  return (line, number) => {
    const bytes = number === 1 ? withoutMark(line) : line
    const key = keyFormat === 'utf8' ? bytes : toKey(bytes.toString('utf8').trim(), `${name}:${number}`)
    return { key, weight: 1 }
  }
}

/** The byte order mark that some editors put in front is no part of the first key. */
const withoutMark = (line: Buffer): Buffer =>
  line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line

const csvReader = (
  { keyColumn, weightColumn }: RowOptions,
  name: string,
  toKey: (text: string, place: string) => Uint8Array,
): ReadRow => {
  const noColumn = (place: string, column: string, option: string): LanekeeperError =>
    new LanekeeperError('INPUT_INVALID', `${place}: no column is called "${column}".`, {
      fix: `The columns are ${columns?.map(each => `"${each}"`).join(', ')}; choose with ${option}.`,
    })
  let columns: readonly string[] | null = null
  let keyAt = -1
  let weightAt = -1
  return (line, number) => {
    const place = `${name}:${number}`
    const fields = csvFields((number === 1 ? withoutMark(line) : line).toString('utf8'), place)
    if (columns === null) {
      columns = fields
      keyAt = fields.indexOf(keyColumn)
      weightAt = fields.indexOf(weightColumn ?? WEIGHT)
      if (keyAt < 0) throw noColumn(place, keyColumn, '--key-column')
      if (weightAt < 0 && weightColumn !== undefined) throw noColumn(place, weightColumn, '--weight-column')
      return null
    }
    if (fields.length !== columns.length)
      throw new LanekeeperError(
        'INPUT_INVALID',
        `${place}: ${fields.length === 1 ? '1 field' : `${fields.length} fields`}, where the heading has ${columns.length}.`,
        { fix: 'Put a field that contains a comma in double quotes.' },
      )
    const weight = fields[weightAt]
    return {
      key: toKey(fields[keyAt] ?? '', place),
      weight: weight === undefined ? 1 : weightOf(weight, `${place}: column "${columns[weightAt]}"`),
    }
  }
}

/** Fields of one CSV line (RFC 4180, without line ends inside quotes). */
const csvFields = (line: string, place: string): readonly string[] => {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at)
      const end = comma < 0 ? line.length : comma
      fields.push(line.slice(at, end))
      at = end + 1
      continue
    }
    let field = ''
    let from = at + 1
    for (;;) {
      const quote = line.indexOf('"', from)
      if (quote < 0)
        throw new LanekeeperError('INPUT_INVALID', `${place}:${at + 1}: a quote is not closed on its line.`, {
          fix: 'Write a quote inside a quoted field twice; a field may not contain a line end.',
        })
      field += line.slice(from, quote)
      from = quote + 1
      if (line[from] !== '"') break
      field += '"'
      from++
    }
    if (from < line.length && line[from] !== ',')
      throw new LanekeeperError('INPUT_INVALID', `${place}:${from + 1}: text follows a closing quote.`, {
        fix: 'Write a quote inside a quoted field twice.',
      })
    fields.push(field)
    at = from + 1
  }
  return fields
}

const jsonReader = (
  { keyColumn, weightColumn }: RowOptions,
  name: string,
  toKey: (text: string, place: string) => Uint8Array,
): ReadRow => {
  const weightField = weightColumn ?? WEIGHT
  const invalid = (number: number, what: string): LanekeeperError =>
    new LanekeeperError('INPUT_INVALID', `${name}:${number}: ${what}`, {
      fix:
        `Each line is an object such as {"${keyColumn}":"alice","${weightField}":12}` +
        (weightColumn === undefined ? '; without a weight it counts 1.' : '.'),
    })
  return (line, number) => {
    let row: unknown
    try {
      row = JSON.parse((number === 1 ? withoutMark(line) : line).toString('utf8'))
    } catch {
      throw invalid(number, 'not JSON.')
    }
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw invalid(number, 'not an object.')
    const fields = row as Readonly<Record<string, unknown>>
    if (!Object.hasOwn(fields, keyColumn)) throw invalid(number, `no field "${keyColumn}".`)
    const key = fields[keyColumn]
    if (weightColumn !== undefined && !Object.hasOwn(fields, weightColumn))
      throw invalid(number, `no field "${weightColumn}".`)
    const weight = Object.hasOwn(fields, weightField) ? fields[weightField] : 1
    if (key !== null && typeof key !== 'string' && typeof key !== 'number')
      throw invalid(number, `field "${keyColumn}" is neither text nor a number nor null.`)
    if (typeof weight !== 'number') throw invalid(number, `field "${weightField}" is not a number.`)
    return {
      key: key === null ? null : toKey(String(key), `${name}:${number}`),
      weight: weightOf(String(weight), `${name}:${number}: field "${weightField}"`),
    }
  }
}

const weightOf = (text: string, place: string): number => {
  const weight = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN
  if (Number.isFinite(weight) && weight >= 0) return weight
  throw new LanekeeperError(
    'INPUT_INVALID',
    `${place}: ${weight < 0 ? `${text} is negative` : `"${text.slice(0, 40)}" is not a number`}.`,
    { fix: 'A weight is the traffic of the key: records, bytes or a rate, 0 or more.' },
  )
}
