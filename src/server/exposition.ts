import { gzipFile, type GzipPart, GzipParts } from './gzip-parts.ts'
import { LineBlock } from './line-block.ts'

/**
 * Prometheus' text format 0.0.4, put together by hand: a metrics library keeps one object per series, which at 200,000
 * of them costs half a second a scrape.
 *
 * Between two scrapes most of the text stays: names and labels always (line-block.ts), and of many metrics the figures
 * too. So text and compressed form of each metric with a series for each partition are kept, and a scrape pays for what
 * changed.
 *
 * A metric that would pass the cap on series is left out as a whole (half a metric would make wrong sums) and counted.
 */
export interface Exposition {
  write(name: string, help: string, samples: readonly Sample[]): void
  /** A series for each partition of each column. */
  writeColumns(name: string, help: string, columns: readonly Column[]): void
  /** Everything written, and the count of series that were left out. */
  bytes(): Buffer
  /** The same, compressed. Reads what was written before it returns. */
  gzipped(): Promise<Buffer>
}

/** Labels as text between the braces, and the value. NaN: not known, no line. */
export type Sample = readonly [string, number]

export interface Column {
  /** Before the label of the partition. */
  readonly labels: string
  readonly length: number
  /** What the values follow from: the same object means the same values. */
  readonly source: object
  /** NaN: not known, no line. */
  readonly value: (partition: number) => number
}

/** What is kept from one exposition to the next; of those that share it only the newest may still be read. */
export interface KeptText {
  /** By what stands before the partition in their lines. */
  readonly blocks: Map<string, { readonly block: LineBlock; readonly length: number }>
  /** What was written last of each metric with a series for each partition, by name. */
  readonly metrics: Map<string, KeptMetric>
  readonly parts: GzipParts
}

interface KeptMetric {
  readonly blocks: readonly LineBlock[]
  /** Of the blocks together: versions only grow, so an equal sum is the same text. */
  readonly version: number
  /** Null: it was compressed with its neighbours. */
  part: Promise<GzipPart> | null
}

export const nothingKept = (): KeptText => ({
  blocks: new Map(),
  metrics: new Map(),
  parts: new GzipParts(),
})

/** Text between metrics with a series for each partition, or such a metric. */
interface Written {
  readonly chunks: Uint8Array[]
  /** Null: short, and different each time. */
  readonly metric: { readonly name: string; readonly blocks: readonly LineBlock[] } | null
}

/** @param kept of the exposition before; what this one has no use for is dropped from it */
export const createExposition = (seriesMax: number, kept: KeptText = nothingKept()): Exposition => {
  const written: Written[] = []
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
    const last = written.at(-1)
    if (last?.metric === null) last.chunks.push(Buffer.from(text))
    else written.push({ chunks: [Buffer.from(text)], metric: null })
  }
  /** Everything here is a gauge: offsets are counters in spirit, but they fall when a topic is recreated. */
  const head = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`
  const lineOf = (name: string, labels: string, value: number): string =>
    labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`
  const blockOf = (before: string, length: number): LineBlock => {
    used.add(before)
    const known = kept.blocks.get(before)
    if (known?.length === length) return known.block
    const block = new LineBlock(before, length)
    kept.blocks.set(before, { block, length })
    return block
  }
  const finish = (): void => {
    const own = 'lanekeeper_metrics_series_dropped'
    say(head(own, 'Series left out of this answer by the cap on series.') + lineOf(own, '', dropped))
    for (const before of kept.blocks.keys()) if (!used.has(before)) kept.blocks.delete(before)
    for (const name of kept.metrics.keys())
      if (!written.some(({ metric }) => metric?.name === name)) kept.metrics.delete(name)
  }
  /** The metric as it was compressed by itself; null: it says something else than the last time, and may again. */
  const partOf = ({ chunks, metric }: Written): Promise<GzipPart> | null => {
    if (metric === null) return null
    const version = metric.blocks.reduce((sum, block) => sum + block.version, 0)
    const known = kept.metrics.get(metric.name)
    if (known?.version === version && haveSameItems(known.blocks, metric.blocks))
      return (known.part ??= kept.parts.part(chunks))
    kept.metrics.set(metric.name, { blocks: metric.blocks, version, part: null })
    return null
  }
  /** What changes all the time is compressed together with what stands beside it: each piece has its price. */
  const partsOf = (): readonly Promise<GzipPart>[] => {
    const parts: Promise<GzipPart>[] = []
    let changing: Uint8Array[] = []
    const closeRun = (): void => {
      if (changing.length > 0) parts.push(kept.parts.part(changing))
      changing = []
    }
    for (const each of written) {
      const part = partOf(each)
      if (part === null) {
        changing.push(...each.chunks)
        continue
      }
      closeRun()
      parts.push(part)
    }
    closeRun()
    return parts
  }

  return {
    write: (name, help, samples) => {
      if (!takes(samples.length)) return
      const known = samples.filter(([, value]) => !Number.isNaN(value))
      say(head(name, help) + known.map(([labels, value]) => lineOf(name, labels, value)).join(''))
    },
    writeColumns: (name, help, columns) => {
      if (!takes(columns.reduce((sum, { length }) => sum + length, 0))) return
      const blocks: LineBlock[] = []
      const chunks: Uint8Array[] = [Buffer.from(head(name, help))]
      for (const { labels, length, source, value } of columns) {
        const block = blockOf(`${name}{${labels},partition="`, length)
        chunks.push(...block.lines(source, value))
        blocks.push(block)
      }
      written.push({ chunks, metric: { name, blocks } })
    },
    bytes: () => {
      finish()
      return Buffer.concat(written.flatMap(({ chunks }) => chunks))
    },
    gzipped: async () => {
      finish()
      return gzipFile(await Promise.all(partsOf()))
    },
  }
}

const haveSameItems = <Item>(some: readonly Item[], others: readonly Item[]): boolean =>
  some.length === others.length && some.every((item, at) => item === others[at])

const labelLengthMax = 255

/** Names come from Kafka: cut, and escaped as the format asks. */
export const label = (name: string, content: string): string =>
  `${name}="${content
    .slice(0, labelLengthMax)
    .replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))}"`
