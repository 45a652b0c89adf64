/**
 * Settles what is in doubt by reading the log.
 *
 * A batch is in doubt when it was sent and never answered for good. The log knows: a batch in it carries producer id,
 * epoch and sequence. Method, per partition: read the batch headers from where the partition's last acknowledged batch
 * ended up to the high watermark, as the leader of now tells it.
 *
 * - Found: it is acknowledged, with its offset. The partition goes on behind it.
 * - Not found, and another broker leads than any that was given the batch: it is not there and will not come. What the
 *   old leader may still have in a socket it can no longer append: it is not the leader, and a batch it appended before
 *   it knew that is cut off when it follows. The partition goes on under a fresh producer id: with the old one, a batch
 *   that turns up after all could be taken for the next one, or the next one for it.
 * - Not found, and a broker that was given it leads: it stays in doubt. That broker may have been stopped in the middle
 *   (SIGSTOP, a long garbage collection) and append the batch a moment later. Asking again later may decide.
 *
 * Nothing is written, so asking is free of consequences. Not done here: records below the log start, which retention
 * has taken away; such a doubt stays.
 */
import { type BrokerId, kafkaCodeName, type Offset } from '../core/model/index.ts'
import { forEachBatchHeader, isLogAppendTime } from '../core/records/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Doubt, Finding } from './machine/doubt.ts'
import type { Outcome, ProducerRecord } from './outcome.ts'

/** What became of a batch that was in doubt. */
export interface Resolution {
  readonly topic: string
  readonly partition: number
  /** All records of the batch, also those that nobody listened for. */
  readonly records: number
  readonly outcome: Outcome['kind']
  readonly why: string
  /** Each record that had a listener, with its outcome of now. */
  readonly each: readonly { readonly record: ProducerRecord; readonly outcome: Outcome }[]
}

interface SettleParts {
  readonly link: Pick<BrokerLink, 'metadata' | 'initProducerId' | 'fetch' | 'listOffsets'>
  readonly clock: Clock
  readonly doubts: readonly Doubt[]
  /** What the log did not tell by then stays in doubt. */
  readonly deadlineMs: number
  /** Told before the resolutions are returned. */
  readonly resolved: (doubt: Doubt, finding: Finding) => void
}

/** Never rejects: what cannot be asked stays in doubt, with the reason. */
export const settleDoubts = async (parts: SettleParts): Promise<readonly Resolution[]> => {
  const endMs = parts.clock.monotonicMs() + parts.deadlineMs
  const resolutions: Resolution[] = []
  for (const doubt of parts.doubts) {
    const finding = await findBatch(parts, doubt, endMs)
    parts.resolved(doubt, finding)
    resolutions.push(resolutionOf(doubt, finding))
  }
  return resolutions
}

const undecided = (why: string): Finding => ({ kind: 'undecided', why })

const findBatch = (parts: SettleParts, doubt: Doubt, endMs: number): Promise<Finding> =>
  new Promise(resolve => {
    const late = undecided(`nothing was heard of ${doubt.topic}-${doubt.partition} in time`)
    // brokers that stand still answer no single question in time; a link waits for each of them
    const timer = parts.clock.after(Math.max(0, endMs - parts.clock.monotonicMs()), () => resolve(late))
    lookInLog(parts, doubt, endMs)
      .catch((error: unknown) => undecided(error instanceof Error ? error.message : String(error)))
      .then(finding => {
        timer.cancel()
        resolve(finding)
      }, resolve)
  })

const FETCH_BYTES = 1024 * 1024
const FETCH_WAIT_MS = 500

const lookInLog = async ({ link, clock }: SettleParts, doubt: Doubt, endMs: number): Promise<Finding> => {
  const { topic, partition } = doubt
  const where = `${topic}-${partition}`
  const found = (await link.metadata([topic])).topics.find(({ name }) => name === topic)
  const state = found?.partitions[partition]
  if (found === undefined || state === undefined || state.leader < 0)
    return undecided(`${where} has no leader now`)
  const leader = state.leader as BrokerId
  const [start] = await link.listOffsets(leader, 'read_uncommitted', [{ topic, partition, timestamp: -2 }])
  if (start === undefined || start.code !== 0)
    return undecided(`the start of ${where} is not known: ${kafkaCodeName(start?.code ?? -1)}`)
  if (doubt.fromOffset >= 0 && start.offset > doubt.fromOffset)
    return undecided(`the log of ${where} now begins at ${start.offset}: what came before was deleted`)

  let offset = Math.max(start.offset, doubt.fromOffset)
  for (;;) {
    if (clock.monotonicMs() > endMs) return undecided(`the log of ${where} was not read to its end in time`)
    const { partitions } = await link.fetch(leader, 'fetch', {
      maxWaitMs: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolation: 'read_uncommitted',
      partitions: [
        {
          topic,
          topicId: found.topicId,
          partition,
          leaderEpoch: state.leaderEpoch,
          offset,
          lastFetchedEpoch: -1,
          maxBytes: FETCH_BYTES,
        },
      ],
    })
    const [answer] = partitions
    if (answer === undefined || answer.code !== 0)
      return undecided(`${where} cannot be read: ${kafkaCodeName(answer?.code ?? -1)}`)
    const seen = searchHeaders(answer.records, doubt, offset)
    if (seen.hit !== null) return seen.hit
    if (seen.next >= answer.highWatermark) return await notFound(link, doubt, leader, answer.highWatermark)
    if (seen.next === offset) return undecided(`${where} hands out no whole batch at offset ${offset}`)
    offset = seen.next
  }
}

/** The batch among `records`, and where to read on. */
const searchHeaders = (
  records: Uint8Array | null,
  doubt: Doubt,
  from: Offset,
): { readonly hit: Finding | null; readonly next: Offset } => {
  let hit: Finding | null = null
  let next = from
  forEachBatchHeader(records ?? new Uint8Array(), header => {
    if (
      header.producerId === doubt.producerId &&
      header.producerEpoch === doubt.producerEpoch &&
      header.baseSequence === doubt.baseSequence
    )
      hit = {
        kind: 'in-log',
        baseOffset: header.baseOffset,
        appendTimeMs: isLogAppendTime(header.attributes) ? header.maxTimestampMs : -1,
      }
    next = Math.max(next, header.baseOffset + header.lastOffsetDelta + 1)
  })
  return { hit, next }
}

const notFound = async (
  link: SettleParts['link'],
  doubt: Doubt,
  leader: BrokerId,
  end: Offset,
): Promise<Finding> => {
  const place = `not in the log of ${doubt.topic}-${doubt.partition} up to offset ${end}`
  if (doubt.triedBrokers.includes(leader))
    return undecided(`${place}, but broker ${leader}, which was given it, still leads and may append it`)
  const why = `${place}, and broker ${leader} leads, which was never given it`
  const { code, producerId, producerEpoch } = await link.initProducerId()
  const usable = code === 0 && producerId >= 0n
  return { kind: 'absent', why, identity: usable ? { producerId, producerEpoch } : null }
}

const resolutionOf = (doubt: Doubt, finding: Finding): Resolution => {
  const { topic, partition, records, listeners } = doubt
  const outcomeOf = (index: number, timestampMs: number): Outcome => {
    switch (finding.kind) {
      case 'in-log':
        return {
          kind: 'acknowledged',
          topic,
          partition,
          offset: finding.baseOffset + index,
          timestampMs: finding.appendTimeMs < 0 ? timestampMs : finding.appendTimeMs,
        }
      case 'absent':
        return { kind: 'failed', code: 'DELIVERY_FAILED', retriable: true, why: finding.why }
      case 'undecided':
        return { kind: 'in-doubt', why: finding.why }
    }
  }
  return {
    topic,
    partition,
    records,
    outcome: outcomeOf(0, 0).kind,
    why: finding.kind === 'in-log' ? `in the log from offset ${finding.baseOffset}` : finding.why,
    each: listeners.map(({ record, index, timestampMs }) => ({
      record,
      outcome: outcomeOf(index, timestampMs),
    })),
  }
}
