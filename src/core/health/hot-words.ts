import { formatCount, formatShare, formatTimes } from '../model/index.ts'
import { fullKey, isPlaceholder, plusMinus, type Share } from '../sketch/index.ts'
import type { HotCause } from './hot-cause.ts'
import { code, plain, strong, type SentencePiece } from './sentence.ts'

/**
 * A cause in words: what to put behind "takes 9.4× its share", and what mends it, in order of cost: other leaders (no
 * data moves), other replicas (data moves), another key strategy (order of some key is given up), more partitions (keys
 * move). What helps comes first, for who reads no further; then which of the others do not, so that nobody needs to try.
 */
export const causeWords = (
  cause: HotCause,
  nameOf: (key: { readonly key: Uint8Array }) => string,
): readonly SentencePiece[] => {
  switch (cause.kind) {
    case 'one-key':
      return [
        plain('; '),
        strong(shareWords(cause.share)),
        plain(' of it is one key, '),
        code(nameOf(cause.key)),
        plain('.'),
      ]
    case 'few-keys':
      return [
        plain('; '),
        strong(`${formatCount(cause.keys)} keys`),
        plain(' are '),
        strong(formatShare(cause.share)),
        plain(' of it.'),
      ]
    case 'keyless':
      return [plain('; '), strong(shareWords(cause.share)), plain(' of its records have no key.')]
    case 'broker':
      return [
        plain(`; all that broker ${cause.broker} leads of this topic are busy, `),
        strong(formatTimes(cause.times)),
        plain(' the others.'),
      ]
    case 'many-keys':
      return [plain(`; no key of the ${formatCount(cause.keys)} seen is heavy.`)]
    case 'unknown':
      return [plain('; its keys are not known.')]
  }
}

/** What would mend it, cheapest first, and what would not. */
export const cureWords = (cause: HotCause, partitions: number): string => {
  switch (cause.kind) {
    case 'one-key':
      return isPlaceholder(fullKey(cause.key.key))
        ? `That key stands for nobody in particular, so its records need no common order: send them without a key, or with one that tells them apart, such as the session. Other leaders, other replicas or more partitions do not split a key.`
        : `Without that key it would carry ${formatTimes(cause.timesWithout)}. A partition of its own keeps the key's order and frees its neighbours; ${formatCount(suffixes(cause, partitions))} suffixes on it spread it, at the price of its order. What does not help: another leader or other replicas only take the load to another broker, and more partitions do not split a key.`
    case 'few-keys':
      return 'Another leader takes the load to another broker, without data moving. More partitions part the keys by luck only and move others. A finer key (user and device, region and city) spreads them, where order is not needed across it.'
    case 'keyless':
      return 'Kafka promises no order without a key, so nothing is given up: let the producer choose a partition per batch (partitioner.class unset, Java client 3.3 or later), with a smaller batch.size where traffic is low. Other leaders or more partitions do not help while it stays with one.'
    case 'broker':
      return `Cheapest: elect leaders elsewhere, no data moves. Then look at why: leaders that were placed for another day, or a producer that prefers the broker that answers fastest (partitioner.adaptive.partitioning.enable).`
    case 'many-keys':
      return 'Many ordinary keys met on one partition, or some are busier than elsewhere. Another leader takes the load to another broker, without data moving. More partitions spread them, and move keys, which breaks their order; a repartition to a new topic keeps it.'
    case 'unknown':
      return 'Its records could not be read, so whether one key is behind it is not known. Moving leaders or adding partitions does not spread a key; salting that key does, at the price of its order.'
  }
}

/** 81 % ± 2 %; without the interval where every record was counted; its lower end where the upper one is all. */
export const shareWords = (share: Share): string => {
  const half = plusMinus(share)
  // below half a tenth of a percent it would print as 0
  if (half < 0.0005) return formatShare(share.share)
  return share.share + half > 1
    ? `at least ${formatShare(share.low)}`
    : `${formatShare(share.share)} ± ${formatShare(half)}`
}

/** So many that each part weighs no more than an ordinary partition does already. */
const suffixes = (cause: Extract<HotCause, { readonly kind: 'one-key' }>, partitions: number): number => {
  const timesOfKey = (cause.timesWithout * cause.share.share) / Math.max(1e-9, 1 - cause.share.share)
  return Math.max(2, Math.min(partitions, Math.ceil(timesOfKey)))
}
