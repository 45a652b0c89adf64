import { readTopic } from '../../consumer/reader.ts'
import { type KeyChunk, packKeys } from '../../core/routing/index.ts'
import type { BrokerLink } from '../../ports/broker-link.ts'
import { knownTopic } from '../known-topic.ts'
import type { TargetFlags } from '../target-options.ts'
import type { Connection, World } from '../world.ts'

/** One record of a sample; key and headers are copies. */
export interface SampledRecord {
  readonly partition: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  /** Header names and values that may tell the writer; values cut to a few characters. */
  readonly headers: readonly { readonly key: string; readonly value: string }[]
}

export interface TopicSample {
  readonly topic: string
  readonly partitions: number
  readonly records: readonly SampledRecord[]
  /** Records the topic holds by its offsets, to say what part was seen. */
  readonly held: number
}

/**
 * A sample of a live topic that spans its whole retained history: each partition is read at evenly spaced places, the
 * same number of records at each. Only the newest records would miss a writer that was replaced last week; only the
 * oldest, one that came today.
 */
const SLICES = 4
const HEADER_VALUE_MAX = 64

export const sampleTopic = async (
  world: World,
  connection: Connection,
  topic: string,
  recordsMax: number,
  flags: TargetFlags,
): Promise<TopicSample> => {
  const { cluster } = connection
  const { snapshot, info } = await knownTopic(cluster, topic, flags)
  const partitions = info.partitions.length
  const offsets = (await cluster.readOffsets(snapshot, [topic])).get(topic)
  const quota = Math.max(1, Math.ceil(recordsMax / (partitions * SLICES)))
  const link = connection.openLink('lanekeeper-sample')
  const records: SampledRecord[] = []
  let held = 0
  const cuts = Array.from({ length: partitions }, (_, partition) => {
    const start = offsets?.start[partition] ?? Number.NaN
    const end = offsets?.end[partition] ?? Number.NaN
    // a partition without a leader has no sample; the others have
    if (!(end > start)) return []
    held += end - start
    return cutsOf(start, end, quota)
  })
  for (let slice = 0; slice < SLICES; slice++) {
    const wanted = cuts.flatMap((list, partition) => {
      const cut = list[slice]
      return cut === undefined ? [] : [{ partition, ...cut }]
    })
    if (wanted.length > 0) await readSlice(world, link, topic, wanted, records)
    if (world.io.interrupted.aborted) throw world.io.interrupted.reason
  }
  return { topic, partitions, records, held }
}

interface Cut {
  readonly from: number
  readonly to: number
}

/** Places to read in [start, end): all of it where that is little, else slices of `quota` records, evenly spaced. */
const cutsOf = (start: number, end: number, quota: number): readonly Cut[] => {
  if (end - start <= quota * SLICES) return [{ from: start, to: end }]
  const step = (end - quota - start) / (SLICES - 1)
  return Array.from({ length: SLICES }, (_, slice) => {
    const from = Math.floor(start + slice * step)
    return { from, to: from + quota }
  })
}

const readSlice = async (
  world: World,
  link: BrokerLink,
  topic: string,
  wanted: readonly (Cut & { readonly partition: number })[],
  into: SampledRecord[],
): Promise<void> => {
  const open = new Map(wanted.map(({ partition, to }) => [partition, to]))
  const enough = new AbortController()
  await readTopic({
    link,
    clock: world.clock,
    codecs: world.codecs,
    topics: [topic],
    from: wanted.map(({ partition, from }) => ({ topic, partition, offset: from })),
    until: 'end',
    // placement is decided when a record is sent, whether or not its transaction commits
    isolation: 'read_uncommitted',
    signal: AbortSignal.any([world.io.interrupted, enough.signal]),
    onRecord: ({ partition, offset, timestampMs, key, headers }) => {
      const to = open.get(partition)
      if (to === undefined) return
      if (offset < to)
        into.push({
          partition,
          timestampMs,
          key: key === null ? null : key.slice(),
          headers: headers.map(header => ({
            key: header.key,
            value:
              header.value === null ? '' : Buffer.from(header.value).toString('utf8', 0, HEADER_VALUE_MAX),
          })),
        })
      // compacted and transaction records leave gaps: a slice ends at its offset and not at its number
      if (offset >= to - 1) {
        open.delete(partition)
        if (open.size === 0) enough.abort()
      }
    },
  })
}

/** The keys of a sample as one chunk. */
export const sampleChunk = ({ records }: TopicSample): KeyChunk => ({
  keys: packKeys(records.map(({ key }) => key ?? NO_BYTES)),
  weights: null,
  absent: records.some(({ key }) => key === null)
    ? Uint8Array.from(records, ({ key }) => (key === null ? 1 : 0))
    : null,
})

const NO_BYTES = new Uint8Array(0)
