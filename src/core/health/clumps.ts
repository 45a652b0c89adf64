import type { Series } from './rates.ts'

/**
 * How records come to the partitions of a topic: one by one, or in clumps.
 *
 * Goal. Chance is judged as if every record were thrown by itself (skew.ts). But a writer that was held up sends what it
 * gathered: thirty records in one batch are one throw, and two such batches on a partition, while most get none, are no
 * hot partition. So it is measured how large a throw is here, and what a partition got in its fullest look is left out.
 *
 * Method. Pearson's index of dispersion over the table of partitions × steps from look to look: what came, beside what
 * would have come had each partition always had its share of the step. 1: one by one; n: in clumps of about n. Measured
 * against the total of the step, so that a topic that is written by the clock, all partitions together, has clumps of 1.
 * The clump of a topic is the median over partitions, each weighed by its records: half of all records came in larger
 * ones. The partition that is asked about is left out of it, for a key that has just taken over looks like a clump; where
 * nothing else was written, it is its own measure, against time.
 *
 * It is not told how long a batch waited, nor from whom it came. Large topics are sampled: `SAMPLE` partitions tell.
 * Source: index of dispersion and quasi-Poisson counts, McCullagh and Nelder, Generalized Linear Models (1989), 6.2.
 */
export interface Arrivals {
  /** Records that came together, of all other partitions; at least 1. */
  readonly clump: (partition: number) => number
  /** What was seen of a partition without its fullest step. A figure that was missing takes its two steps away. */
  readonly seen: (partition: number) => { readonly records: number; readonly seconds: number }
}

const SAMPLE = 2_000
/** With fewer the fullest of them is most of what is known. */
const STEPS_MIN = 3

export const arrivalsOf = ({ atMs, columns }: Series, partitions: number): Arrivals => {
  const steps = columns.length - 1
  const secondsIn = (step: number): number => ((atMs[step + 1] ?? 0) - (atMs[step] ?? 0)) / 1000
  /** NaN: not known, or the log began anew. */
  const recordsIn = (step: number, p: number): number => {
    const records = (columns[step + 1]?.[p] ?? Number.NaN) - (columns[step]?.[p] ?? Number.NaN)
    return records >= 0 ? records : Number.NaN
  }

  const stride = Math.ceil(partitions / SAMPLE)
  const meanIn = Array.from({ length: steps }, (_, step) => {
    let records = 0
    let known = 0
    for (let p = 0; p < partitions; p += stride) {
      const came = recordsIn(step, p)
      if (Number.isNaN(came)) continue
      records += came
      known++
    }
    return known === 0 ? 0 : records / known
  })
  const measured: { readonly p: number; readonly records: number; readonly clump: number }[] = []
  for (let p = 0; p < partitions; p += stride) {
    const { records, index } = dispersion(
      steps,
      step => recordsIn(step, p),
      step => meanIn[step] ?? 0,
    )
    if (records > 0) measured.push({ p, records, clump: index })
  }
  measured.sort((a, b) => a.clump - b.clump)

  return {
    clump: partition => {
      const others = measured.filter(({ p }) => p !== partition)
      const half = others.reduce((sum, { records }) => sum + records, 0) / 2
      let below = 0
      const middle = others.find(({ records }) => (below += records) >= half)
      const own = (): number => dispersion(steps, step => recordsIn(step, partition), secondsIn).index
      return Math.max(1, middle?.clump ?? own())
    },
    seen: partition => {
      let records = 0
      let seconds = 0
      let fullest = 0
      let fullestSeconds = 0
      let known = 0
      for (let step = 0; step < steps; step++) {
        const came = recordsIn(step, partition)
        if (Number.isNaN(came)) continue
        known++
        records += came
        seconds += secondsIn(step)
        if (came <= fullest) continue
        fullest = came
        fullestSeconds = secondsIn(step)
      }
      return known < STEPS_MIN
        ? { records, seconds }
        : { records: records - fullest, seconds: seconds - fullestSeconds }
    },
  }
}

/**
 * Pearson's index of one row of the table: sum of (came − expected)² ÷ expected, over its degrees of freedom, where
 * `weightOf` says how the row's records would be spread. NaN steps are left out.
 */
const dispersion = (
  steps: number,
  cameIn: (step: number) => number,
  weightOf: (step: number) => number,
): { readonly records: number; readonly index: number } => {
  let records = 0
  let weight = 0
  let ratios = 0
  let counted = 0
  for (let step = 0; step < steps; step++) {
    const came = cameIn(step)
    const weighs = weightOf(step)
    if (Number.isNaN(came) || weighs === 0) continue
    counted++
    records += came
    weight += weighs
    ratios += (came * came) / weighs
  }
  // with e = records · weighs ÷ weight, the sum of (came − e)² ÷ e comes to this
  const chiSquare = records === 0 ? 0 : (ratios * weight) / records - records
  return { records, index: counted < 2 ? 1 : chiSquare / (counted - 1) }
}
