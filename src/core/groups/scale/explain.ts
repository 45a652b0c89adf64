import { formatCount, formatDuration, formatRate } from '../../model/index.ts'
import type { ScaleLimit, ScalePartition } from './load.ts'
import type { ScaleDecision } from './scale.ts'

/** A decision in a sentence: what is done, and the figure that decided it. */
export const explainScale = (decision: ScaleDecision): string => {
  const { consumers, before, reason, load, capacityPerSecond } = decision
  const now = `${formatCount(consumers)} ${consumers === 1 ? 'consumer' : 'consumers'}`
  const change = `${formatCount(before)} → ${now}`
  const carries = Number.isNaN(capacityPerSecond)
    ? 'what one consumer carries is not known yet'
    : `one consumer carries ${formatRate(capacityPerSecond)}`
  switch (reason.kind) {
    case 'start':
      return `${now} to start with: half of the partitions leaves room to double.`
    case 'running':
      return `${now} run already; that is where it begins.`
    case 'nothing-to-read':
      return 'Hold: no topic of the group is known.'
    case 'above-most':
      return `${change}: more than ${formatCount(reason.most)} would have nothing to read.`
    case 'unknown':
      return `Hold at ${now}: the lag or the rate of ${countAndNames(reason.partitions)} is not known.`
    case 'settling':
      return `Hold at ${now}: the last change settles for another ${formatDuration(reason.leftMs)}.`
    case 'members-missing':
      return `Hold at ${now}: records are late, but only ${formatCount(reason.members)} of them are in the group. See why: lanekeeper groups diagnose.`
    case 'limited':
      return `Hold at ${now}: more will not help. ${limitSentence(reason.limit)}`
    case 'at-most':
      return `Hold at ${now}: ${partitionsAre(reason.late)} late, and this is the most there can be. Only faster processing or more partitions help.`
    case 'late':
      return `${change}: records wait up to ${formatDuration(reason.byMs)} on ${formatCount(reason.late)} ${reason.late === 1 ? 'partition' : 'partitions'}; ${formatRate(load.arrivingPerSecond)} arrive, ${formatRate(load.processedPerSecond)} are processed, ${carries}.`
    case 'soon-late':
      return `Hold at ${now}: ${partitionsAre(reason.late)} late, but not for long; another ${formatDuration(reason.leftMs)} decides.`
    case 'catching-up':
      return `Hold at ${now}: catches up by itself in ${formatDuration(reason.readyInMs)}.`
    case 'quiet':
      return reason.trial
        ? `${change} as a trial: nothing is late, and how much one consumer carries shows only when it has to.`
        : `${change}: ${formatRate(load.arrivingPerSecond)} arrive, and ${carries}.`
    case 'turned-lately':
      return `Hold at ${now}: ${formatCount(reason.lower)} would do, but the last turn was lately; another ${formatDuration(reason.leftMs)} before the next.`
    case 'in-time':
      return `Hold at ${now}: nothing is late; ${formatRate(load.arrivingPerSecond)} arrive, ${carries}.`
  }
}

const limitSentence = ({ partition, why, carriesPerSecond }: ScaleLimit): string => {
  const name = `${partition.topic}-${partition.partition}`
  const arrive = `${formatRate(partition.arrivingPerSecond)} arrive`
  return why === 'alone'
    ? `${name} is late although its consumer reads nothing else: ${arrive}, ${formatRate(carriesPerSecond)} are processed.`
    : `On ${name} ${arrive}, and one consumer carries ${formatRate(carriesPerSecond)}: only another key or a faster handler helps.`
}

/** Names of partitions left out of the count, for a line of their own; null where there are none. */
export const stuckSentence = (stuck: readonly ScalePartition[]): string | null =>
  stuck.length === 0
    ? null
    : `Left out: ${countAndNames(stuck)} ${stuck.length === 1 ? 'stands' : 'stand'} still, and no count of consumers changes that.`

const NAMED_MAX = 3

const countAndNames = (partitions: readonly ScalePartition[]): string => {
  const names = partitions.slice(0, NAMED_MAX).map(each => `${each.topic}-${each.partition}`)
  const more = partitions.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${formatCount(more)} more`
}

const partitionsAre = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'partition is' : 'partitions are'}`
