/**
 * Prometheus' text format 0.0.4, put together by hand: a metrics library keeps one object per series, which at 200,000
 * of them costs half a second a scrape.
 *
 * A metric that would pass the cap on series is left out as a whole (half a metric would make wrong sums) and counted.
 */
export interface Exposition {
  write(name: string, help: string, samples: readonly Sample[]): void
  /** Everything written, and the count of series that were left out. */
  text(): string
}

/** Labels as text between the braces, and the value. NaN: not known, no line. */
export type Sample = readonly [string, number]

export const createExposition = (seriesMax: number): Exposition => {
  const lines: string[] = []
  let series = 0
  let dropped = 0
  /** Everything here is a gauge: offsets are counters in spirit, but they fall when a topic is recreated. */
  const write = (name: string, help: string, samples: readonly Sample[]): void => {
    if (series + samples.length > seriesMax) {
      dropped += samples.length
      return
    }
    series += samples.length
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
    for (const [labels, value] of samples) {
      if (Number.isNaN(value)) continue
      lines.push(labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`)
    }
  }
  return {
    write,
    text: () => {
      const own = 'lanekeeper_metrics_series_dropped'
      lines.push(
        `# HELP ${own} Series left out of this answer by the cap on series.`,
        `# TYPE ${own} gauge`,
        `${own} ${dropped}`,
      )
      return `${lines.join('\n')}\n`
    },
  }
}

const labelLengthMax = 255

/** Names come from Kafka: cut, and escaped as the format asks. */
export const label = (name: string, content: string): string =>
  `${name}="${content
    .slice(0, labelLengthMax)
    .replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))}"`

/** The labels of each partition, made once for all metrics that carry them. */
export const partitionLabels = (prefix: string, topic: string, partitions: number): readonly string[] => {
  const start = `${prefix}${label('topic', topic)},partition="`
  return Array.from({ length: partitions }, (_, p) => `${start}${p}"`)
}
