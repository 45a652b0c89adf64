import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId } from '../core/model/index.ts'
import { assignOffsets, BatchBuilder, crc32c } from '../core/records/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import type { Doubt, Finding } from './machine/doubt.ts'
import { settleDoubts } from './settle.ts'

const PRODUCER = 7n

const batch = (offset: number, sequence: number, records: number, producerId = PRODUCER): Uint8Array => {
  const builder = new BatchBuilder(512)
  for (let index = 0; index < records; index++) builder.append(1000 + index, null, Buffer.from('v'))
  const bytes = builder.seal({ producerId, producerEpoch: 0, baseSequence: sequence, codec: 'none', crc32c })
  assignOffsets(bytes, offset, 0)
  return bytes
}

interface Log {
  readonly leader?: number
  readonly start?: number
  readonly batches: readonly Uint8Array[]
  readonly end: number
}

/** One batch an answer, so that reading on is needed. */
const linkOn = ({ leader = 1, start = 0, batches, end }: Log): BrokerLink => {
  let next = 0
  return {
    metadata: () =>
      Promise.resolve({
        brokers: [],
        topics: [{ name: 't', code: 0, topicId: 'a'.repeat(32), partitions: [{ leader, leaderEpoch: 3 }] }],
      }),
    listOffsets: () => Promise.resolve([{ code: 0, offset: start }]),
    initProducerId: () => Promise.resolve({ code: 0, producerId: 99n, producerEpoch: 0 }),
    fetch: () =>
      Promise.resolve({
        throttleMs: 0,
        code: 0,
        partitions: [
          {
            topicId: 'a'.repeat(32),
            partition: 0,
            code: 0,
            highWatermark: end,
            lastStableOffset: end,
            logStart: start,
            aborted: [],
            records: batches[next++] ?? null,
            leader: null,
            diverging: null,
          },
        ],
      }),
  } as Partial<BrokerLink> as BrokerLink
}

const record = { topic: 't', key: 'k', value: 'v' }
const doubt = (more: Partial<Doubt> = {}): Doubt => ({
  topic: 't',
  partition: 0,
  producerId: PRODUCER,
  producerEpoch: 0,
  baseSequence: 4,
  records: 2,
  fromOffset: 4,
  triedBrokers: [brokerId(1)],
  listeners: [{ index: 1, record, timestampMs: 1001, onOutcome: () => undefined }],
  reopens: true,
  why: 'no answer',
  ...more,
})

const settle = async (log: Log, about: Doubt = doubt()) => {
  const findings: Finding[] = []
  const [resolution] = await settleDoubts({
    link: linkOn(log),
    clock: {
      monotonicMs: () => 0,
      wallMs: () => 0,
      after: () => ({ cancel: () => undefined }),
      soon: () => undefined,
    },
    doubts: [about],
    deadlineMs: 1000,
    resolved: (_doubt, finding) => findings.push(finding),
  })
  assert.ok(resolution !== undefined)
  return { resolution, finding: findings[0] as Finding }
}

test('found by id, epoch and sequence among others: acknowledged with the offset of each record', async () => {
  const { resolution } = await settle({
    batches: [batch(4, 4, 2, 8n), batch(6, 0, 3, 9n), batch(9, 4, 2)],
    end: 11,
  })
  assert.equal(resolution.outcome, 'acknowledged')
  assert.deepEqual(resolution.each, [
    {
      record,
      outcome: { kind: 'acknowledged', topic: 't', partition: 0, offset: 10, timestampMs: 1001 },
    },
  ])
})

test('not there, and another broker leads: failed, may be sent again, under a fresh producer id', async () => {
  const { resolution, finding } = await settle({ leader: 2, batches: [batch(4, 4, 2, 8n)], end: 6 })
  assert.equal(resolution.outcome, 'failed')
  assert.equal(resolution.each[0]?.outcome.kind === 'failed' && resolution.each[0].outcome.retriable, true)
  assert.deepEqual(finding.kind === 'absent' && finding.identity, { producerId: 99n, producerEpoch: 0 })
})

test('not there, but who was given it leads: it stays in doubt, and why', async () => {
  const { resolution } = await settle({ batches: [], end: 4 })
  assert.equal(resolution.outcome, 'in-doubt')
  assert.match(resolution.why, /broker 1, which was given it, still leads/)
})

test('what retention took away decides nothing', async () => {
  const { resolution } = await settle({ leader: 2, start: 5, batches: [], end: 5 })
  assert.equal(resolution.outcome, 'in-doubt')
  assert.match(resolution.why, /now begins at 5/)
})

test('a cluster that does not answer decides nothing and throws nothing', async () => {
  const [resolution] = await settleDoubts({
    link: {
      metadata: () => Promise.reject(new Error('nobody is there')),
    } as Partial<BrokerLink> as BrokerLink,
    clock: {
      monotonicMs: () => 0,
      wallMs: () => 0,
      after: () => ({ cancel: () => undefined }),
      soon: () => undefined,
    },
    doubts: [doubt()],
    deadlineMs: 1000,
    resolved: () => undefined,
  })
  assert.equal(resolution?.outcome, 'in-doubt')
  assert.match(resolution?.why ?? '', /nobody is there/)
})
