/**
 * The first sentence of the overview: is anything wrong, and is it certain. It is built from what was seen, in order of
 * what voids what: no line to Lanekeeper, no line to the brokers, an old look, a silent broker, findings, and only then
 * "nothing is wrong", which is said with its evidence and never where data is missing.
 */
import type { Finding } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import type { Belief } from './connection.ts'
import { findingsWorstFirst } from './order.ts'
import { countUpTo, summaryOf } from './statistics.ts'
import { ago, clock, counted, listed, numberWord } from './text.ts'

export interface Headline {
  readonly title: string
  readonly sub: string
}

export const OVER_SHARE = 1.2

/** @param now ISO time, for "since" */
export const headlineOf = (belief: Belief, tick: Tick | undefined, now: string): Headline => {
  switch (belief.kind) {
    case 'loading':
      return { title: 'Looking at the cluster', sub: 'Waiting for the first figures.' }
    case 'starting':
      return {
        title: 'Looking at the cluster for the first time.',
        sub: 'Topics, offsets and groups are being read. Nothing counts as good before it was seen.',
      }
    case 'lost':
      return {
        title: `This page has had no word from Lanekeeper for ${ago(belief.since, now)}.`,
        sub: `The cluster itself may be well. ${asOf(tick?.at)}`,
      }
    case 'unreachable':
      return {
        title: `No broker has answered for ${ago(belief.since, now)}.`,
        sub:
          belief.observedAt === null
            ? 'Nothing was seen yet. Nothing counts as good until a broker answers.'
            : `${asOf(belief.observedAt)} Nothing here counts as good until a broker answers.`,
      }
    case 'stale':
      return {
        title: `The last look is ${ago(belief.observedAt, now)} old.`,
        sub: `${asOf(belief.observedAt)} Brokers answer, but slower than they are asked.`,
      }
    case 'empty':
      return {
        title: 'Connected. Nothing to draw yet.',
        sub: `${brokersAnswer(tick)}. This cluster has no topics that this user may see.`,
      }
    case 'partial':
      return {
        title: `${numberWord(belief.silent)} of ${counted(belief.expected, 'broker')} ${belief.silent === 1 ? 'does' : 'do'} not answer.`,
        sub: partialSub(tick),
      }
    case 'live':
      return tick === undefined ? { title: '', sub: '' } : { title: liveTitle(tick), sub: liveSub(tick) }
  }
}

const asOf = (at: string | null | undefined): string =>
  at === null || at === undefined
    ? 'Nothing was seen yet.'
    : `Everything below is as of ${clock(at)} UTC and may be wrong by now.`

/** "3 of 3 brokers answer" */
export const brokersAnswer = (tick: Tick | undefined): string =>
  tick === undefined
    ? 'No answer yet'
    : tick.health.status === 'unreachable'
      ? 'No broker answers'
      : `${tick.health.brokersAnswering} of ${counted(tick.health.brokersExpected, 'broker')} answer`

const partialSub = (tick: Tick | undefined): string => {
  if (tick === undefined) return ''
  const { partitions, partitionsKnown } = tick.totals
  const missing = partitions - partitionsKnown
  const figures =
    missing === 0
      ? `All ${counted(partitions, 'partition')} still have figures: other brokers lead them.`
      : `${counted(missing, 'partition')} of ${partitions.toLocaleString('en-US')} ${missing === 1 ? 'has' : 'have'} no figures. The other ${partitionsKnown.toLocaleString('en-US')} are live.`
  return `${figures} ${replicaSentence(tick)}`
}

const liveTitle = (tick: Tick): string => {
  const ordered = findingsWorstFirst(tick.findings)
  const act = ordered.filter(finding => finding.severity === 'act')
  const warn = ordered.filter(finding => finding.severity === 'warning')
  if (act.length + warn.length === 0) {
    const groups = tick.groups.filter(group => group.verdict !== 'stopped')
    const keepUp = groups.length > 0 && groups.every(group => group.verdict === 'ok')
    if (tick.totals.leaderless > 0)
      return `${counted(tick.totals.leaderless, 'partition')} ${tick.totals.leaderless === 1 ? 'has' : 'have'} no leader.`
    const { partitions, partitionsKnown } = tick.totals
    if (partitionsKnown < partitions)
      return `${partitionsKnown.toLocaleString('en-US')} of ${counted(partitions, 'partition')} seen so far; nothing is wrong with ${partitionsKnown === 1 ? 'it' : 'them'}.`
    return `Every partition is served${keepUp ? ', and every group keeps up' : ''}.`
  }
  const parts = [
    act.length > 0
      ? `${numberWord(act.length)} ${act.length === 1 ? 'thing needs' : 'things need'} action`
      : '',
    warn.length > 0
      ? `${act.length > 0 ? numberWord(warn.length).toLowerCase() : numberWord(warn.length)} ${warn.length === 1 ? 'needs' : 'need'} a look`
      : '',
  ].filter(part => part !== '')
  return `${parts.join(', and ')}: ${listed(subjects([...act, ...warn]))}.`
}

/** What the findings are about, each once, worst first; three at most, since the list stands just below. */
const subjects = (findings: readonly Finding[]): readonly string[] => {
  const names = [...new Set(findings.map(subjectOf))]
  return names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names
}

const subjectOf = (finding: Finding): string =>
  finding.groupId !== null
    ? finding.groupId
    : finding.topic !== null
      ? finding.partition === null
        ? finding.topic
        : (ofMany(finding) ?? `${finding.topic}-${finding.partition}`)
      : finding.broker !== null
        ? `broker ${finding.broker}`
        : (finding.sentence.find(part => part.mark === 'link')?.text ?? finding.kind)

/** "299 partitions", where the one that is named is an example. */
const ofMany = (finding: Finding): string | undefined => {
  const [first] = finding.sentence
  return first?.mark === 'strong' && /^[\d,]+ partitions$/.test(first.text) ? first.text : undefined
}

const liveSub = (tick: Tick): string =>
  [shareSentence(tick), groupSentence(tick), replicaSentence(tick)].filter(part => part !== '').join(' ')

/**
 * How many partitions are over their share. Few records a partition spread by chance alone (40 records: ±16 %), so the
 * bound is never below what chance explains, and the sentence says which of the two it is.
 */
const shareSentence = (tick: Tick): string => {
  let within = 0
  let known = 0
  let byChance = 0
  for (const columns of tick.columns) {
    const summary = tick.topics.find(topic => topic.topic === columns.topic)
    if (summary === undefined || summary.internal || summary.recordsPerSecond === null) continue
    const { mean, known: seen } = summaryOf(columns.recordsPerSecond)
    const chance = summary.skewExpectedByChance ?? 1
    if (chance > OVER_SHARE) byChance += seen
    known += seen
    within += countUpTo(columns.recordsPerSecond, mean * Math.max(OVER_SHARE, chance))
  }
  if (known === 0) return ''
  if (tick.totals.partitions === 1) return ''
  const whole = known === tick.totals.partitions ? '' : ' with a known rate'
  const total =
    known === within
      ? `All ${counted(known, 'partition')}${whole}`
      : `${within.toLocaleString('en-US')} of ${counted(known, 'partition')}${whole}`
  return byChance > known / 2
    ? `${total} carry no more over their share than chance explains at this rate.`
    : `${total} are less than 20\u00a0% over their share.`
}

const groupSentence = (tick: Tick): string => {
  const of = (verdict: string): number => tick.groups.filter(group => group.verdict === verdict).length
  const keepUp = of('ok')
  const stopped = of('stopped')
  const unknown = of('unknown')
  const parts = [
    keepUp > 0 ? `${counted(keepUp, 'group')} ${keepUp === 1 ? 'keeps' : 'keep'} up` : '',
    stopped > 0 ? `${stopped} ${stopped === 1 ? 'is' : 'are'} stopped` : '',
    unknown > 0 ? `${unknown} ${unknown === 1 ? 'is' : 'are'} unknown` : '',
  ].filter(part => part !== '')
  return parts.length === 0 ? '' : `${parts.join(', ')}.`
}

const replicaSentence = (tick: Tick): string => {
  const { leaderless, underReplicated } = tick.totals
  if (leaderless === 0 && underReplicated === 0)
    return tick.totals.partitionsKnown < tick.totals.partitions
      ? 'None that was seen lacks a leader or a copy.'
      : 'Every partition has a leader and all its copies.'
  const parts = [
    leaderless > 0 ? `${counted(leaderless, 'partition')} without a leader` : '',
    underReplicated > 0
      ? `${counted(underReplicated, 'partition')} with fewer copies in sync than declared`
      : '',
  ].filter(part => part !== '')
  return `${parts.join(', ')}.`
}

/** With Kafka's own topics: their copies and leaders are counted with the others, for groups stand still without them. */
export const partitionsOfAll = (tick: Pick<Tick, 'topics'>): number =>
  tick.topics.reduce((sum, topic) => sum + topic.partitions, 0)
