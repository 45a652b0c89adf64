import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatTimes,
  type SizingLimits,
} from '../model/index.ts'
import type { SizingReport, TopicDesign, Watch } from './report.ts'

/** A consumer this busy has no room for a restart; one this busy is behind already when it notices. */
const BUSY = { warn: 0.7, act: 0.9 }
const LAG_MS = { warn: 60_000, act: 300_000 }
const DISK = { warn: 0.7, act: 0.85 }

/** What to monitor for this design, each with thresholds from its own figures. */
export const watchOf = (
  { topics, brokers }: Pick<SizingReport, 'topics' | 'brokers'>,
  limits: SizingLimits,
): readonly Watch[] => [
  ...topics.flatMap(topic => watchTopic(topic, limits)),
  {
    what: 'batches a second on a broker',
    warnAbove: formatRate(brokers.batchesPerSecondPerBrokerMax * BUSY.warn),
    actAbove: formatRate(brokers.batchesPerSecondPerBrokerMax),
    why: `${formatRate(brokers.batchesPerSecondPerBroker)} are expected at the design rate; more means that batches are not filling`,
  },
  {
    what: 'disk of a broker in use',
    warnAbove: `${DISK.warn * 100} %`,
    actAbove: `${DISK.act * 100} %`,
    why: `${formatBytes(brokers.diskBytesPerBroker)} are expected for ${formatCount(brokers.retentionHours)} h of retention`,
  },
  {
    what: 'partitions with fewer copies in sync than declared',
    warnAbove: '0 for 1 min',
    actAbove: '0 for 10 min',
    why: `${brokers.replicationFactor} copies are what makes losing a broker ordinary`,
  },
  { what: 'partitions without a leader', warnAbove: '–', actAbove: '0', why: 'nobody can write to them' },
]

const watchTopic = (topic: TopicDesign, limits: SizingLimits): readonly Watch[] => {
  const { name, consumerRecordsPerSecond: rate } = topic
  const key = topic.keys.find(({ field }) => field === topic.keyChosen)
  const ordinary = key === undefined ? 1 : Math.max(key.expectedMaxOverMean, key.maxOverMean)
  const skew = ordinary * limits.skewMaxOverMean.value
  return [
    {
      what: `hottest partition of ${name}`,
      warnAbove: formatRate(rate * BUSY.warn),
      actAbove: formatRate(rate * BUSY.act),
      why: `one consumer carries ${formatRate(rate)}; above that only another key helps, not more consumers`,
    },
    {
      what: `lag of a partition of ${name}`,
      warnAbove: `${formatDuration(LAG_MS.warn)} or ${formatCount(Math.round((rate * LAG_MS.warn) / 1000))} records`,
      actAbove: `${formatDuration(LAG_MS.act)} or ${formatCount(Math.round((rate * LAG_MS.act) / 1000))} records`,
      why: 'what one consumer works off in that time at full speed',
    },
    {
      what: `busiest partition of ${name} over the mean`,
      warnAbove: formatTimes(skew),
      actAbove: formatTimes(skew * 2),
      why: `${formatTimes(ordinary)} is expected with this key, and a fifth more is an ordinary day`,
    },
    ...(key === undefined
      ? []
      : [
          {
            what: `heaviest ${key.field} on ${name}`,
            warnAbove: formatRate((rate * BUSY.warn) / 2),
            actAbove: formatRate(rate * BUSY.warn),
            why: 'a key is on one partition and has one consumer: at half of what that bears it is time to look',
          },
        ]),
  ]
}
