import {
  type FigureSource,
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTimes,
} from '../model/index.ts'
import { type Block, heading, table, text } from './note-blocks.ts'
import type { EventFigures, SizingReport, TopicDesign } from './report.ts'

/** A sizing report as the note an engineer hands to colleagues. */
export const designNote = (report: SizingReport): readonly Block[] => [
  { kind: 'heading', level: 1, text: report.name },
  text(summary(report)),
  heading('Demand'),
  { kind: 'list', items: report.demand.arithmetic },
  heading('Constraints'),
  constraintTable(report),
  text(bindingSentence(report)),
  text(capacitySentence(report)),
  heading('Topics'),
  topicTable(report),
  ...report.topics.flatMap(topicBlocks),
  heading('Brokers'),
  brokerTable(report),
  text(`Batch fill: ${report.brokers.batchArithmetic}.`),
  ...eventBlocks(report),
  heading('What to watch'),
  table(
    ['what', 'warn above', 'act above', 'because'],
    report.watch.map(each => [each.what, each.warnAbove, each.actAbove, each.why]),
  ),
  heading('Risks'),
  report.risks.length === 0
    ? text('None that these figures show.')
    : {
        kind: 'list',
        items: report.risks.map(({ level, text: what, advice }) => `${level}: ${what}. Do: ${advice}.`),
      },
  ...assumptionBlocks(report),
]

const from = (source: FigureSource): string => (source === 'given' ? '' : ` (${source})`)

const summary = ({ topics, recommendedPartitions: { low, high, chosen }, demand }: SizingReport): string => {
  const split =
    topics.length === 1 ? '' : ` = ${topics.map(topic => formatCount(topic.partitions)).join(' + ')}`
  const range = low === high ? '' : ` (${formatCount(low)} to ${formatCount(high)} recommended)`
  return `${formatCount(chosen)} partitions${split}${range} for ${formatRate(demand.recordsPerSecond)}, ${formatByteRate(demand.bytesPerSecond)}.`
}

const constraintTable = ({ constraints }: SizingReport): Block =>
  table(
    ['constraint', 'arithmetic', '', '>partitions', 'from', ''],
    constraints.map(({ name, arithmetic, kind, partitions, source, binding }) => [
      name,
      arithmetic,
      kind,
      formatCount(partitions),
      source,
      binding ? 'binds' : '',
    ]),
  )

const bindingSentence = ({
  constraints,
  neededPartitions,
  headroom,
  recommendedPartitions: { low, high, chosen },
}: SizingReport): string => {
  const binding = constraints.find(constraint => constraint.binding)
  const asking = constraints
    .filter(({ kind }) => kind === 'at least')
    .map(each => formatCount(each.partitions))
  const need = formatCount(neededPartitions)
  const times =
    low === high
      ? `${need} × ${headroom.low} = ${formatCount(low)}`
      : `${need} × ${headroom.low} to ${headroom.high} = ${formatCount(low)} to ${formatCount(high)}; chosen ${formatCount(chosen)}`
  return `max(${asking.join(', ')}) = ${need}: ${binding?.name ?? 'nothing'} binds. Headroom${from(headroom.source)}: ${times}.`
}

const capacitySentence = ({ capacity, neededPartitions, recommendedPartitions }: SizingReport): string => {
  const times = formatTimes(capacity.maxOverMean)
  return (
    `${formatCount(neededPartitions)} partitions are ${formatRate(capacity.neededRecordsPerSecondAtFullUtilisation)} only at utilisation 1.0; ` +
    `with the hottest partition ${formatShare(capacity.maxOverMean - 1)} over the mean (${times}), ${formatRate(capacity.neededRecordsPerSecondSustainable)} is sustainable on them. ` +
    `${formatCount(recommendedPartitions.chosen)} partitions sustain ${formatRate(capacity.recordsPerSecondSustainable)} (${formatRate(capacity.recordsPerSecondAtFullUtilisation)} at utilisation 1.0).`
  )
}

const topicTable = ({ topics }: SizingReport): Block =>
  table(
    [
      'topic',
      '>partitions',
      '>records',
      '>bytes',
      '>bytes a partition',
      '>one consumer',
      '>utilisation',
      '>start consumers',
      '>at design rate',
      'order',
    ],
    topics.map(topic => [
      topic.name,
      formatCount(topic.partitions),
      formatRate(topic.recordsPerSecond),
      formatByteRate(topic.bytesPerSecond),
      formatByteRate(topic.bytesPerSecond / topic.partitions),
      `${formatRate(topic.consumerRecordsPerSecond)}${from(topic.consumerSource)}`,
      formatShare(topic.utilisation),
      formatCount(topic.startingConsumers),
      formatCount(topic.consumersAtDesignRate),
      topic.ordering,
    ]),
  )

const topicBlocks = (topic: TopicDesign): readonly Block[] => [
  heading(`Topic ${topic.name}`),
  text(`Key strategy: ${topic.keyStrategy}.`),
  ...(topic.keys.length === 0
    ? []
    : [
        table(
          [
            'key',
            '>values',
            '>a partition',
            '>heaviest',
            '>its rate',
            '>useful partitions',
            '>max ÷ mean',
            '>by chance',
            '>empty',
            'verdict',
          ],
          topic.keys.map(key => [
            key.field,
            formatCount(key.distinctKeys),
            key.keysPerPartition < 10
              ? key.keysPerPartition.toFixed(1)
              : formatCount(Math.round(key.keysPerPartition)),
            formatSmallShare(key.heaviestShare),
            formatRate(key.heaviestKeyRecordsPerSecond),
            formatCount(key.usefulPartitions),
            formatTimes(key.maxOverMean),
            formatTimes(key.expectedMaxOverMean),
            formatCount(key.emptyPartitions),
            key.verdict,
          ]),
        ),
      ]),
  text('Counts near it:'),
  table(
    ['>partitions', '>divisors', 'what it is like'],
    topic.choices.map(({ partitions, divisors, why }) => [formatCount(partitions), String(divisors), why]),
  ),
]

/** A key of a million has a share that no percentage shows. */
const formatSmallShare = (share: number): string =>
  share < 0.0005 ? `1 in ${formatCount(Math.round(1 / share))}` : formatShare(share)

const brokerTable = ({ brokers, demand }: SizingReport): Block =>
  table(
    ['each of the brokers', '>figure'],
    [
      ['brokers × copies', `${brokers.brokers} × ${brokers.replicationFactor}`],
      ['replicas', formatCount(brokers.replicasPerBroker)],
      ['leaders', formatCount(brokers.leadersPerBroker)],
      ['written, copies included', formatByteRate(brokers.bytesWrittenPerSecondPerBroker)],
      ['read by one group and by followers', formatByteRate(brokers.bytesReadPerSecondPerBroker)],
      [
        'records a batch',
        brokers.recordsPerBatch < 10
          ? brokers.recordsPerBatch.toFixed(1)
          : formatCount(Math.round(brokers.recordsPerBatch)),
      ],
      [
        'batches as leader',
        `${formatRate(brokers.batchesPerSecondPerBroker)} of ${formatRate(brokers.batchesPerSecondPerBrokerMax)}`,
      ],
      [
        `disk for ${formatCount(brokers.retentionHours)} h ${demand.peakFactor === 1 ? 'if the design rate lasted' : 'at the average rate'}`,
        formatBytes(brokers.diskBytesPerBroker),
      ],
      ['memory for replicas', formatBytes(brokers.residentBytesPerBroker)],
      ['file handles', formatCount(brokers.fileHandlesPerBroker)],
      ['memory maps', formatCount(brokers.memoryMapsPerBroker)],
    ],
  )

const eventBlocks = ({ events }: SizingReport): readonly Block[] => {
  const names = [...new Set(events.map(({ event }) => event))]
  if (names.length === 0) return []
  return [
    heading('Events, simulated'),
    text(
      'Rates as they are today, without growth. Keys are routed as the Java client routes them; each partition has a consumer of its own. Where keys are drawn, the hottest partition is the median of the draws, and one draw in twenty is hotter than the column beside it.',
    ),
    ...names.flatMap(name => {
      const rows = events.filter(({ event }) => event === name)
      return [
        text(`${name}: ${rows[0]?.setUp ?? ''}.`),
        table(
          [
            'topic',
            'key',
            '>topic receives',
            '>hottest partition',
            '>1 draw in 20',
            '>max ÷ mean',
            '>of its consumer',
            '>partitions over',
            '>records waiting',
            '>caught up after',
          ],
          rows.map(eventRow),
        ),
      ]
    }),
  ]
}

const eventRow = (event: EventFigures): readonly string[] => [
  `${event.topic} (${formatCount(event.partitions)})`,
  event.key,
  formatRate(event.peakRecordsPerSecond),
  formatRate(event.hottestRecordsPerSecond),
  event.hottestRecordsPerSecondHigh === event.hottestRecordsPerSecond
    ? '–'
    : formatRate(event.hottestRecordsPerSecondHigh),
  formatTimes(event.maxOverMean),
  formatShare(event.utilisation),
  formatCount(event.partitionsOverCapacity),
  formatCount(Math.round(event.backlogRecords)),
  event.drainSeconds === null
    ? 'never'
    : event.drainSeconds === 0
      ? '–'
      : formatDuration(event.drainSeconds * 1000),
]

const assumptionBlocks = ({ assumptions }: SizingReport): readonly Block[] =>
  assumptions.length === 0
    ? []
    : [
        heading('Rules of thumb in this'),
        text('Each can be replaced by a measured value under limits in the workload file.'),
        table(
          ['name', '>value', 'because'],
          assumptions.map(({ name, value, why }) => [kebab(name), formatAssumption(value), why]),
        ),
      ]

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

const formatAssumption = (value: number): string =>
  Number.isInteger(value) ? formatCount(value) : String(value)
