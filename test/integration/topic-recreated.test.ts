/**
 * A topic that is deleted under its consumers and created again under the same name: everything in the new one is read
 * from its start, once, and nothing that was done in the old one is committed for it. An offset of the old topic would
 * skip that many records of the new one, and nobody would ever miss them.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ConsumerBench, Effects, PARTITIONS, until } from '../support/consumer-bench.ts'

let bench: ConsumerBench

before(async () => {
  bench = await ConsumerBench.open('recreated')
})

after(() => bench.close())

const everyPartition = Array.from({ length: PARTITIONS }, (_, partition) => partition)
const WITHIN_MS = 25_000

for (const [protocol, options] of [
  ['server-side', {}],
  ['classic', { groupProtocol: 'classic', sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 }],
] as const)
  for (const away of ['at once', 'after it was missed'] as const)
    test(`${protocol}: a topic that is created again ${away} is read from its start, once`, async () => {
      const label = `${protocol}-${away.replaceAll(' ', '-')}`
      const topic = await bench.newTopic(label)
      const group = `${topic}-group`
      const seen: string[] = []
      const ids = new Set<string>()
      const member = bench.startMember(topic, group, new Effects(), {
        ...options,
        // what was done in the old topic is not committed yet when it goes, and must not be committed then
        commit: 'periodic',
        autoCommitIntervalMs: 60_000,
        handler: ({ topicId, partition, offset }) => {
          ids.add(topicId)
          seen.push(`${ids.size}:${partition}:${offset}`)
        },
      })
      const told = (type: string): boolean => member.events.some(event => event.type === type)
      for (let round = 0; round < 2; round++) await bench.write(topic, everyPartition)
      await until('the old topic is read', () => seen.length === 2 * PARTITIONS, WITHIN_MS)

      assert.deepEqual(
        (await bench.kafka.cluster.deleteTopics([topic])).map(({ code }) => code),
        [0],
      )
      if (away === 'after it was missed')
        await until('the topic is missed', () => told('topic-missing'), WITHIN_MS)
      assert.equal(await bench.newTopic(label), topic)
      await bench.write(topic, everyPartition)
      await until('the new topic is read', () => seen.length >= 3 * PARTITIONS, WITHIN_MS)
      const fromNew = everyPartition.map(partition => `2:${partition}:0`)
      assert.deepEqual(seen.slice(2 * PARTITIONS).sort(), fromNew.sort())
      // not `clean` where the topic was away: what was done in it could not be committed any more
      const { left, uncommittedOffsets } = await member.consumer.close({ deadlineMs: 10_000 })
      assert.deepEqual([left, uncommittedOffsets], [true, 0])
      await member.ended
      assert.equal(await bench.lagByKafka(group), 0)
    })
