import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTimes,
} from '../../core/model/index.ts'
import type { HistorySpan } from '../../ports/history-file.ts'
import type { ReportFacts } from './facts.ts'
import { curvesPicture, rasterPicture, spansPicture } from './pictures.ts'

/**
 * A report as parts, from which Markdown and HTML are printed alike. The first line answers the question; figures and
 * pictures are the evidence beneath.
 */
export type ReportPart =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'picture'; readonly svg: string }
  | {
      readonly kind: 'table'
      readonly columns: readonly {
        readonly title: string
        readonly right?: boolean
        /** Never broken over lines. */
        readonly whole?: boolean
      }[]
      readonly rows: readonly (readonly string[])[]
    }

const EVENTS_SHOWN = 40
const FINDINGS_SHOWN = 30

export const reportParts = (facts: ReportFacts): readonly ReportPart[] => {
  const { fromMs, toMs } = facts
  const spanMs = toMs - fromMs
  return [
    heading(1, `${facts.cluster}: ${isoMinute(fromMs)} to ${isoMinute(toMs)} UTC`),
    text(summaryOf(facts)),
    ...findingParts(facts),
    ...alertParts(facts),
    ...topicParts(facts),
    ...groupParts(facts),
    ...eventParts(facts),
    text(
      `Figures are means over steps of ${formatDuration(facts.topics[0]?.past.stepMs ?? 0)}, peaks the largest of them; a cell of a picture is the largest partition of its step. ${formatDuration(spanMs)} in all; time in which nothing was seen is left out of means and shown as a gap.`,
    ),
  ]
}

const heading = (level: 1 | 2 | 3, words: string): ReportPart => ({ kind: 'heading', level, text: words })
const text = (words: string): ReportPart => ({ kind: 'text', text: words })
const picture = (svg: string): ReportPart => ({ kind: 'picture', svg })

const isoMinute = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')

const summaryOf = (facts: ReportFacts): string => {
  const act = laneCount(facts.findings.filter(span => span.severity === 'act'))
  const warnings = laneCount(facts.findings.filter(span => span.severity === 'warning'))
  const seen =
    facts.seenShare >= 0.995
      ? 'The cluster was seen all the time.'
      : `The cluster was seen ${formatShare(facts.seenShare)} of the time; nothing is known of the rest.`
  if (facts.topics.length === 0) return `Nothing was recorded in this time.`
  const wrong =
    act + warnings === 0
      ? 'No finding was open.'
      : `${formatCount(act)} ${act === 1 ? 'finding' : 'findings'} to act on and ${formatCount(warnings)} ${warnings === 1 ? 'warning' : 'warnings'} were open at some time.`
  const busiest = facts.topics[0]
  const rate =
    busiest === undefined
      ? ''
      : ` ${busiest.name} took most: ${formatRate(busiest.recordsPerSecondMean)} in the mean, ${formatRate(busiest.recordsPerSecondMax)} at its peak.`
  return `${wrong} ${seen}${rate}`
}

const laneCount = (spans: readonly HistorySpan[]): number => new Set(spans.map(span => span.id)).size

/** Spans of one cause, longest open first. */
const lanesOf = (spans: readonly HistorySpan[], nameOf: (last: HistorySpan) => string) => {
  const byId = new Map<string, HistorySpan[]>()
  for (const span of spans) byId.set(span.id, [...(byId.get(span.id) ?? []), span])
  return [...byId.values()]
    .map(each => {
      const last = each.at(-1) as HistorySpan
      return {
        name: nameOf(last),
        last,
        spans: each,
        openMs: each.reduce((sum, span) => sum + span.untilMs - span.sinceMs, 0),
      }
    })
    .toSorted((a, b) => rank(a.last) - rank(b.last) || b.openMs - a.openMs)
}

const rank = (span: HistorySpan): number => ['act', 'critical', 'warning', 'info'].indexOf(span.severity)

const findingParts = (facts: ReportFacts): readonly ReportPart[] => {
  const lanes = lanesOf(facts.findings, last => last.text)
  if (lanes.length === 0) return []
  return [
    heading(2, 'Findings over time'),
    picture(spansPicture('When each finding was open', lanes, facts.unseen, facts)),
    {
      kind: 'table',
      columns: [
        { title: 'Severity' },
        { title: 'What, as last seen' },
        { title: 'First', whole: true },
        { title: 'Open for', right: true },
        { title: 'Times', right: true },
        { title: 'Why, and the cheapest cure' },
      ],
      rows: lanes
        .slice(0, FINDINGS_SHOWN)
        .map(lane => [
          lane.last.severity,
          lane.last.text,
          isoMinute(lane.spans[0]?.sinceMs ?? 0),
          formatDuration(lane.openMs),
          formatCount(lane.spans.length),
          lane.last.detail,
        ]),
    },
  ]
}

const alertParts = (facts: ReportFacts): readonly ReportPart[] => {
  const lanes = lanesOf(facts.alerts, last => last.id.split('\n').slice(0, 2).join(': '))
  if (lanes.length === 0) return []
  return [heading(2, 'Alerts'), picture(spansPicture('When each alert fired', lanes, facts.unseen, facts))]
}

const topicParts = (facts: ReportFacts): readonly ReportPart[] => {
  if (facts.topics.length === 0) return []
  const curves = facts.topics.slice(0, 5)
  return [
    heading(2, 'Topics'),
    picture(
      curvesPicture(
        'Records in',
        curves.map(topic => ({ name: topic.name, values: topic.past.totals.recordsPerSecond })),
        facts,
        formatRate,
      ),
    ),
    {
      kind: 'table',
      columns: [
        { title: 'Topic' },
        { title: 'Partitions', right: true },
        { title: 'Records in, mean', right: true },
        { title: 'Peak', right: true },
        { title: 'Written', right: true },
        { title: 'Largest skew', right: true },
        { title: 'Most behind', right: true },
        { title: 'Hottest partition' },
      ],
      rows: facts.topics.map(topic => {
        const [hottest] = topic.hottest
        return [
          topic.name,
          formatCount(topic.partitions),
          formatRate(topic.recordsPerSecondMean),
          formatRate(topic.recordsPerSecondMax),
          formatBytes(topic.bytes),
          formatTimes(topic.skewMax),
          formatCount(topic.lagRecordsMax),
          hottest === undefined
            ? 'none'
            : `${hottest.partition}: ${formatTimes(hottest.timesMean)} at ${isoMinute(hottest.atMs).slice(11)}`,
        ]
      }),
    },
    ...facts.topics
      .filter(topic => topic.partitions >= 2 && topic.past.raster.some(row => row !== null))
      .slice(0, 4)
      .flatMap(topic => [
        heading(3, `${topic.name}, partition by partition`),
        picture(rasterPicture(topic, facts)),
      ]),
  ]
}

const groupParts = (facts: ReportFacts): readonly ReportPart[] => {
  if (facts.groups.length === 0) return []
  return [
    heading(2, 'Consumer groups'),
    picture(
      curvesPicture(
        'Lag in records',
        facts.groups.slice(0, 5).map(group => ({ name: group.name, values: group.past.totals.lagRecords })),
        facts,
        formatCount,
      ),
    ),
    {
      kind: 'table',
      columns: [
        { title: 'Group' },
        { title: 'Most behind', right: true },
        { title: 'Longest behind', right: true },
        { title: 'Processed, mean', right: true },
      ],
      rows: facts.groups.map(group => [
        group.name,
        formatCount(group.lagRecordsMax),
        formatDuration(group.lagMsMax),
        formatRate(group.processedPerSecondMean),
      ]),
    },
  ]
}

const eventParts = (facts: ReportFacts): readonly ReportPart[] => {
  if (facts.events.length === 0) return []
  const left = facts.events.length - EVENTS_SHOWN
  return [
    heading(2, 'What happened'),
    {
      kind: 'table',
      columns: [{ title: 'UTC', whole: true }, { title: 'Event' }],
      rows: facts.events
        .slice(-EVENTS_SHOWN)
        .map(event => [new Date(event.atMs).toISOString().slice(0, 19).replace('T', ' '), event.text]),
    },
    ...(left > 0 ? [text(`And ${formatCount(left)} before these.`)] : []),
  ]
}
