/**
 * What only the past of a group shows, on the real cluster and with the classic protocol, where members decide: an
 * assignor that changes with who is in, and two processes that take one static id from each other.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { type Consumer, type ConsumerOptions, createConsumer } from '../../src/consumer/consumer.ts'
import { sentenceText } from '../../src/core/health/index.ts'
import { diagnoseFrom } from '../../src/runtime/diagnose-group.ts'
import { type LiveState, startLive } from '../../src/runtime/live-state.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('unrest')
const DEADLINE_MS = 90_000

let kafka: KafkaConnection
let live: LiveState
const consumers: Consumer[] = []

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  await kafka.cluster.createTopics([
    { name: prefix, partitions: 4, replicationFactor: 3, configs: new Map() },
  ])
  live = startLive({ cluster: kafka.cluster, clock: systemClock, clusterName: null, version: '0' })
})

after(async () => {
  await Promise.all(consumers.map(consumer => consumer.close({ deadlineMs: 3_000 })))
  await live.close()
  await kafka.cluster.deleteTopics([prefix])
  await kafka.close()
})

const start = (clientId: string, group: string, options: Partial<ConsumerOptions>): void => {
  const consumer = createConsumer({
    link: kafka.openLink(clientId),
    clock: systemClock,
    codecs: nodeCodecs,
    options: { ...options, group, topics: [prefix], handler: () => undefined, groupProtocol: 'classic' },
  })
  consumers.push(consumer)
  // one that loses its static id ends with an error, which is what is wanted
  consumer.run().catch(() => undefined)
}

/** Waits until the group was seen so. */
const until = (what: string, group: string, holds: (seen: Seen) => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      unsubscribe()
      settle()
    }
    const look = (): void => {
      const seen = seenOf(group)
      if (seen !== undefined && holds(seen)) finish(resolve)
    }
    const timer = setTimeout(
      () => finish(() => reject(new Error(`not within ${DEADLINE_MS} ms: ${what}`))),
      DEADLINE_MS,
    )
    const unsubscribe = live.subscribe(look)
    look()
  })

const seenOf = (group: string) =>
  live.judgement()?.groups.find(each => each.observed.groupId === group)?.observed
type Seen = NonNullable<ReturnType<typeof seenOf>>

const reasonsFor = async (group: string): Promise<readonly string[]> => {
  const health = live.judgement()
  assert.ok(health !== null)
  const parts = {
    openLink: kafka.openLink,
    clock: systemClock,
    codecs: nodeCodecs,
    signal: new AbortController().signal,
  }
  const diagnosis = await diagnoseFrom(health, group, null, parts)
  return (diagnosis?.reasons ?? []).map(({ kind, sentence }) => `${kind}: ${sentenceText(sentence)}`)
}

test('members that offer different assignors: who joined when the group changed its own', async () => {
  const group = `${prefix}-assignors`
  start('new-app', group, { partitionAssignmentStrategy: ['cooperative-sticky', 'range'] })
  await until('the first assignor', group, ({ assignor }) => assignor === 'cooperative-sticky')
  start('old-app', group, { partitionAssignmentStrategy: ['range'] })
  await until('the assignor that both have', group, ({ assignor }) => assignor === 'range')
  const [reason] = await reasonsFor(group)
  assert.match(
    reason ?? '',
    /^assignors-differ: .* changed its assignor from cooperative-sticky to range when old-app joined, /,
  )
})

test('two processes with one static id, each of which throws the other out', async () => {
  const group = `${prefix}-static`
  const holder = (): string | undefined =>
    seenOf(group)?.members.find(each => each.assigned.size > 0)?.memberId
  for (const clientId of ['first', 'second', 'first again']) {
    const before = holder()
    start(clientId, group, { groupInstanceId: 'worker-1' })
    await until(`${clientId} holds the id`, group, () => holder() !== undefined && holder() !== before)
  }
  const [reason] = await reasonsFor(group)
  assert.match(
    reason ?? '',
    /^static-id-conflict: .*: 2 processes in turn took the static id worker-1 within /,
  )
})
