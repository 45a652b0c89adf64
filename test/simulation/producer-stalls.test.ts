/**
 * How long a partition waits when a broker is killed or stopped, in a simulated cluster: those that the broker led and
 * those with a copy on it until it is fenced (6 s after its last heartbeat), those with none hardly at all. Times are
 * simulated, so the limits are of the producer's rules alone.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { createSimulatedCluster } from '../../src/adapters/simulated/create.ts'
import { brokerId } from '../../src/core/model/index.ts'
import { integerBelow, seededRandom } from '../../src/core/simulation/index.ts'
import { sleep } from '../../src/ports/clock.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'

const SIDE_PARTITIONS = 12
const HEALTHY_MS = 3000
const AWAY_MS = 10_000
const FENCED_MS = 6000
const EVERY_MS = 5

interface Waits {
  readonly ledMs: number
  readonly copiedMs: number
  readonly untouchedMs: number
}

/** Records for all partitions of a topic with three copies and one with two, while a broker is away for ten seconds. */
const longestWaits = async (seed: string, partitions: number, how: 'kill' | 'pause'): Promise<Waits> => {
  const clock = new SimulatedClock()
  return clock.run(
    (async () => {
      const random = seededRandom(seed)
      const world = createSimulatedCluster({ brokers: 3, seed, clock })
      await world.cluster.createTopics([
        { name: 'main', partitions, replicationFactor: 3, configs: new Map([['min.insync.replicas', '2']]) },
        { name: 'side', partitions: SIDE_PARTITIONS, replicationFactor: 2, configs: new Map() },
      ])
      const { topics } = await world.cluster.describe()
      const victim = brokerId(2)
      const waits = { ledMs: 0, copiedMs: 0, untouchedMs: 0 }
      const groupOf = (topic: string, partition: number): keyof Waits => {
        const place = topics.get(topic)?.partitions[partition]
        if (place?.leader === victim) return 'ledMs'
        return place?.replicas.includes(victim) === true ? 'copiedMs' : 'untouchedMs'
      }
      const producer = createProducer({
        link: world.openLink('writer'),
        clock,
        codecs: nodeCodecs,
        random,
        options: { compression: 'none' },
      })
      let unacknowledged = 0
      const send = (topic: string, partition: number): void => {
        const sentMs = clock.monotonicMs()
        const group = groupOf(topic, partition)
        producer.send({ topic, partition, value: 'x' }, outcome => {
          if (outcome.kind !== 'acknowledged') unacknowledged++
          if (sentMs >= HEALTHY_MS) waits[group] = Math.max(waits[group], clock.monotonicMs() - sentMs)
        })
      }
      const writeUntil = async (endMs: number): Promise<void> => {
        for (; clock.monotonicMs() < endMs; await sleep(clock, EVERY_MS)) {
          send('main', integerBelow(random, partitions))
          send('side', integerBelow(random, SIDE_PARTITIONS))
        }
      }
      await writeUntil(HEALTHY_MS)
      world.faults[how](victim)
      await writeUntil(HEALTHY_MS + AWAY_MS)
      if (how === 'kill') world.faults.start(victim)
      else world.faults.resume(victim)
      await writeUntil(HEALTHY_MS + 2 * AWAY_MS)
      await producer.flush()
      await producer.close({ deadlineMs: 1000 })
      await world.close()
      assert.equal(unacknowledged, 0)
      return waits
    })(),
  )
}

/** Beyond the fence: a dead broker's leaders are looked up every 250 ms; a request to a silent one is kept for a second. */
const BEYOND_MS = { kill: 300, pause: 1300 }

for (const how of ['kill', 'pause'] as const)
  for (const partitions of [12, 300])
    test(`${how}, ${partitions} partitions: whoever has no copy on the broker waits for two short answers at most`, async () => {
      for (let seed = 1; seed <= 3; seed++) {
        const { ledMs, copiedMs, untouchedMs } = await longestWaits(`stall ${seed}`, partitions, how)
        assert.ok(untouchedMs < 1000, `without a copy: ${untouchedMs} ms`)
        assert.ok(copiedMs < FENCED_MS + 300, `with a copy: ${copiedMs} ms`)
        assert.ok(ledMs < FENCED_MS + BEYOND_MS[how], `led by it: ${ledMs} ms`)
      }
    })
