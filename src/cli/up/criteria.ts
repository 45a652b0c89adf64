import { formatCount, formatDuration, formatTimes } from '../../core/model/index.ts'

/**
 * What a run of the whole system must show to be called good. Pure: figures in, verdicts with their evidence out, so
 * that "held" never depends on how it was printed. Unknown never holds.
 */
export interface RunFigures {
  /** Declared topics that are not as declared, in words. */
  readonly topicProblems: readonly string[]
  readonly leaderless: number | null
  readonly acknowledged: number
  readonly failed: number
  readonly inDoubt: number
  /** Acknowledged records that the log does not hold: acknowledged − growth of the log, never below 0. */
  readonly lost: number | null
  readonly reordered: number
  readonly duplicated: number
  readonly missing: number
  /** Records that the groups had not processed when the run ended. */
  readonly unprocessed: number | null
  /** From the first record until the system had come to rest; latencies are of records written after that. */
  readonly restAfterMs: number | null
  readonly latencyP50Ms: number | null
  readonly latencyP99Ms: number | null
  readonly balance: readonly TopicBalance[]
}

export interface TopicBalance {
  readonly topic: string
  readonly records: number
  readonly partitions: number
  readonly maxOverMean: number | null
  /** What chance alone gives for this many records, keys and partitions, with its upper bound (99.9 %). */
  readonly expectedMaxOverMean: number
  readonly expectedMaxOverMeanUpper: number
  /** False where the traffic's shape makes some keys heavier than others: then no hash can be even. */
  readonly keysAreEven: boolean
}

export interface Thresholds {
  readonly latencyP99Ms: number
}

export interface Criterion {
  readonly name: string
  readonly held: boolean
  /** False: it was not seen, so that nobody can say; what is not known does not hold. */
  readonly known: boolean
  /** The figure against its threshold, as a sentence part. */
  readonly evidence: string
}

export const judgeRun = (figures: RunFigures, thresholds: Thresholds): readonly Criterion[] => [
  {
    name: 'topics as declared',
    held: figures.topicProblems.length === 0,
    known: true,
    evidence:
      figures.topicProblems.length === 0 ? 'looked again: no difference' : figures.topicProblems.join('; '),
  },
  {
    name: 'order violations 0',
    held: figures.reordered === 0,
    known: true,
    evidence: formatCount(figures.reordered),
  },
  {
    name: 'records lost 0',
    held: figures.lost === 0 && figures.missing === 0 && figures.failed === 0 && figures.inDoubt === 0,
    known: figures.lost !== null,
    evidence:
      figures.lost === null
        ? 'the log could not be read'
        : `${formatCount(figures.lost)} of ${formatCount(figures.acknowledged)} acknowledged; ` +
          `${formatCount(figures.missing)} gaps, ${formatCount(figures.failed)} refused, ${formatCount(figures.inDoubt)} in doubt`,
  },
  {
    name: 'records repeated in the log 0',
    held: figures.duplicated === 0,
    known: true,
    evidence: formatCount(figures.duplicated),
  },
  {
    name: 'no partition without a leader',
    held: figures.leaderless === 0,
    known: figures.leaderless !== null,
    evidence: figures.leaderless === null ? 'no answer at the end' : formatCount(figures.leaderless),
  },
  {
    name: 'everything processed',
    held: figures.unprocessed === 0,
    known: figures.unprocessed !== null,
    evidence:
      figures.unprocessed === null ? 'no answer at the end' : `${formatCount(figures.unprocessed)} left`,
  },
  {
    name: `lag p99 under ${formatDuration(thresholds.latencyP99Ms)}`,
    held: figures.latencyP99Ms !== null && figures.latencyP99Ms < thresholds.latencyP99Ms,
    known: figures.latencyP99Ms !== null,
    evidence:
      figures.latencyP99Ms === null
        ? 'the system did not come to rest while it ran'
        : `p50 ${formatDuration(figures.latencyP50Ms ?? Number.NaN)}, p99 ${formatDuration(figures.latencyP99Ms)}, ` +
          `produced to processed, at rest (after ${formatDuration(figures.restAfterMs ?? Number.NaN)})`,
  },
  ...figures.balance.filter(({ keysAreEven }) => keysAreEven).map(balanceCriterion),
]

/**
 * A topic is balanced when its fullest partition is within what chance alone gives. Few records, or few keys, cannot
 * be even: then "20 % over the mean" says something about the sample, not about the routing.
 */
const balanceCriterion = (balance: TopicBalance): Criterion => ({
  name: `${balance.topic} spread as a hash must`,
  held: balance.maxOverMean !== null && balance.maxOverMean <= balance.expectedMaxOverMeanUpper,
  known: balance.maxOverMean !== null,
  evidence:
    balance.maxOverMean === null
      ? 'nothing was written'
      : `max ÷ mean ${formatTimes(balance.maxOverMean)}; chance alone gives ${formatTimes(balance.expectedMaxOverMean)} ` +
        `for ${formatCount(balance.records)} records on ${formatCount(balance.partitions)} partitions ` +
        `(up to ${formatTimes(balance.expectedMaxOverMeanUpper)} once in a thousand runs)`,
})
