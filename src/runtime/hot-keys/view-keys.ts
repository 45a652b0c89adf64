import type { PartitionKeysView } from '../../api/contract.ts'
import type { ClusterHealth, PartitionKeys } from '../../core/health/index.ts'
import { formatCount, formatDuration, formatShare } from '../../core/model/index.ts'
import { murmur2 } from '../../core/routing/index.ts'
import { hexOf, type Share } from '../../core/sketch/index.ts'
import { figure, whole } from '../figure.ts'
import type { HotKeys } from './hot-keys.ts'

/** What is known of a partition's keys now; null where there is no such partition. Asking is wanting to know more. */
export const keysOfPartition = (
  health: ClusterHealth | null,
  hotKeys: HotKeys | undefined,
  topic: string,
  partition: number,
): PartitionKeysView | null => {
  const known = health?.topics.get(topic)
  if (known === undefined || known.info.partitions[partition] === undefined) return null
  hotKeys?.want(topic, partition)
  return partitionKeysView(topic, partition, hotKeys?.partition(topic, partition) ?? null, {
    nameOf: key => hotKeys?.nameOf(key) ?? 'unknown',
    inFull: hotKeys?.showKeys ?? false,
    why: whyNone(hotKeys, topic, known.recordsPerSecond[partition] ?? Number.NaN),
  })
}

const whyNone = (hotKeys: HotKeys | undefined, topic: string, recordsPerSecond: number): string => {
  if (hotKeys === undefined || !hotKeys.reading)
    return 'No records are read here, so keys are not known (see --key-sample-bytes).'
  if (hotKeys.stats().refused.includes(topic))
    return `The records of ${topic} may not be read by this client.`
  return recordsPerSecond === 0
    ? 'Nothing was written to it in the last half minute.'
    : 'Its records are being read; the first keys are known in a few seconds.'
}

/** The keys of a partition as the HTTP contract states them. */
const partitionKeysView = (
  topic: string,
  partition: number,
  keys: PartitionKeys | null,
  showing: {
    readonly nameOf: (key: { readonly key: Uint8Array }) => string
    readonly inFull: boolean
    readonly why: string
  },
): PartitionKeysView => {
  if (keys === null)
    return {
      topic,
      partition,
      method: 'none',
      note: showing.why,
      windowMs: null,
      records: null,
      bytes: null,
      recordsRead: 0,
      keyless: { share: null, low: null, high: null },
      distinctKeys: null,
      distinctKeysError: 0,
      inFull: showing.inFull,
      keys: [],
    }
  const perSecond = keys.records / (keys.spanMs / 1000)
  const meanKey = (1 - keys.keyless.share) / keys.distinct
  return {
    topic,
    partition,
    method: keys.method,
    note: noteOf(keys),
    windowMs: Math.round(keys.spanMs),
    records: whole(keys.records),
    bytes: whole(keys.bytes),
    recordsRead: keys.recordsRead,
    keyless: shareView(keys.keyless),
    distinctKeys: whole(keys.distinct),
    distinctKeysError: keys.distinctError,
    inFull: showing.inFull,
    keys: keys.heaviest.map(each => ({
      key: showing.nameOf(each),
      hash: hexOf(murmur2(each.key)),
      records: shareView(each.records),
      bytes: shareView(each.bytes),
      recordsPerSecond: figure(perSecond * each.records.share),
      timesMeanKey: figure(each.records.share / meanKey),
    })),
  }
}

const noteOf = (keys: PartitionKeys): string => {
  const span = formatDuration(Math.round(keys.spanMs / 1000) * 1000)
  const distinct = `${keys.distinctError > 0 ? 'about ' : ''}${formatCount(keys.distinct)} ${keys.distinct === 1 ? 'key' : 'keys'} seen`
  if (keys.method === 'exact')
    return `All ${formatCount(keys.records)} records of the last ${span}, told by the producer; ${distinct}.`
  const share = keys.recordsRead / keys.records
  return share > 0.995
    ? `All ${formatCount(keys.recordsRead)} records of the last ${span} read; ${distinct}.`
    : `${formatCount(keys.recordsRead)} records read of the last ${span}, ${formatShare(share)} of what was written; ${distinct}.`
}

const shareView = ({ share, low, high }: Share) => ({
  share: fraction(share),
  low: fraction(low),
  high: fraction(high),
})

/** Four digits are a hundredth of a percent, finer than any interval here. */
const fraction = (value: number): number | null =>
  Number.isFinite(value) ? Math.round(value * 10_000) / 10_000 : null
