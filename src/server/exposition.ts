import { LineBlock } from './line-block.ts'

/**
 * Prometheus' text format 0.0.4, put together by hand: a metrics library keeps one object per series, which at 200,000
 * of them costs half a second a scrape.
 *
 * A metric that would pass the cap on series is left out as a whole (half a metric would make wrong sums) and counted.
 */
export interface Exposition {
  write(name: string, help: string, samples: readonly Sample[]): void
  /** A series for each partition of each column. */
  writeColumns(name: string, help: string, columns: readonly Column[]): void
  /** Everything written, and the count of series that were left out. */
  bytes(): Buffer
}

/** Labels as text between the braces, and the value. NaN: not known, no line. */
export type Sample = readonly [string, number]

export interface Column {
  /** Before the label of the partition. */
  readonly labels: string
  readonly length: number
  /** NaN: not known, no line. */
  readonly value: (partition: number) => number
}

/** Blocks of lines by what stands before the partition in them: kept from one exposition to the next. */
export type LineBlocks = Map<string, { readonly block: LineBlock; readonly length: number }>

/** @param blocks of the exposition before; those that this one has no use for are dropped from it */
export const createExposition = (seriesMax: number, blocks: LineBlocks = new Map()): Exposition => {
  const chunks: Uint8Array[] = []
  const used = new Set<string>()
  let series = 0
  let dropped = 0
  const takes = (count: number): boolean => {
    const fits = series + count <= seriesMax
    if (fits) series += count
    else dropped += count
    return fits
  }
  const say = (text: string): void => {
    chunks.push(Buffer.from(text))
  }
  /** Everything here is a gauge: offsets are counters in spirit, but they fall when a topic is recreated. */
  const head = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`
  const lineOf = (name: string, labels: string, value: number): string =>
    labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`
  const blockOf = (before: string, length: number): LineBlock => {
    used.add(before)
    const known = blocks.get(before)
    if (known?.length === length) return known.block
    const block = new LineBlock(before, length)
    blocks.set(before, { block, length })
    return block
  }

  return {
    write: (name, help, samples) => {
      if (!takes(samples.length)) return
      const known = samples.filter(([, value]) => !Number.isNaN(value))
      say(head(name, help) + known.map(([labels, value]) => lineOf(name, labels, value)).join(''))
    },
    writeColumns: (name, help, columns) => {
      if (!takes(columns.reduce((sum, { length }) => sum + length, 0))) return
      say(head(name, help))
      for (const { labels, length, value } of columns)
        chunks.push(...blockOf(`${name}{${labels},partition="`, length).lines(value))
    },
    bytes: () => {
      const own = 'lanekeeper_metrics_series_dropped'
      say(head(own, 'Series left out of this answer by the cap on series.') + lineOf(own, '', dropped))
      for (const before of blocks.keys()) if (!used.has(before)) blocks.delete(before)
      return Buffer.concat(chunks)
    },
  }
}

const labelLengthMax = 255

/** Names come from Kafka: cut, and escaped as the format asks. */
export const label = (name: string, content: string): string =>
  `${name}="${content
    .slice(0, labelLengthMax)
    .replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))}"`
