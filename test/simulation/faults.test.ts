/** What the simulated cluster does when it is broken on purpose: what clients are tested against must itself be so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSimulatedCluster } from '../../src/adapters/simulated/create.ts'
import { type BrokerId, KafkaCode, LanekeeperError } from '../../src/core/model/index.ts'
import { LinkFailure } from '../../src/ports/broker-link.ts'
import { sleep } from '../../src/ports/clock.ts'
import { Bench, batchOf, recordsIn, type Subject } from '../contract/subject.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'

const BROKER_SESSION_MS = 6000

interface Scene extends Subject {
  readonly bench: Bench
  readonly faults: ReturnType<typeof createSimulatedCluster>['faults']
}

/** Runs a test body on a fresh cluster of three, on simulated time. */
const onCluster = (title: string, body: (scene: Scene) => Promise<void>): void => {
  test(title, () => {
    const clock = new SimulatedClock()
    const { cluster, openLink, faults, close } = createSimulatedCluster({ brokers: 3, seed: title, clock })
    const subject: Subject = { cluster, openLink, clock, prefix: 't', run: work => clock.run(work), close }
    return clock.run(body({ ...subject, faults, bench: new Bench(subject, 'faults') }).then(close))
  })
}

const failsWith = (kind: LinkFailure['kind'], broker: BrokerId) => (failure: unknown) =>
  failure instanceof LinkFailure && failure.kind === kind && failure.broker === broker

const replicasOf = async (bench: Bench, topic: string): Promise<[BrokerId, BrokerId, BrokerId]> => {
  const [first, second, third] = (await bench.described(topic)).partitions[0]?.replicas ?? []
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  return [first, second, third]
}

onCluster(
  'a killed broker breaks its connections, refuses new ones, and is missed only later',
  async scene => {
    const { bench, faults, clock } = scene
    const info = await bench.topic(1)
    const [leader, successor] = await replicasOf(bench, info.name)
    await bench.fetch(info, 0, 0, { maxWaitMs: 1 })
    const waiting = bench.fetch(info, 0, 0, { broker: leader, maxWaitMs: 20_000 })
    const rejected = assert.rejects(waiting, failsWith('closed', leader))
    await sleep(clock, 100)
    faults.kill(leader)
    await rejected
    await assert.rejects(bench.fetch(info, 0, 0, { broker: leader }), failsWith('refused', leader))
    await sleep(clock, BROKER_SESSION_MS - 1000)
    assert.equal(await bench.leaderOf(info.name, 0), leader, 'nobody has noticed yet')
    await sleep(clock, 1100)
    const [after] = (await bench.described(info.name)).partitions
    assert.equal(after?.leader, successor)
    assert.deepEqual(after?.offlineReplicas, [leader])
    assert.ok(!after?.isr.includes(leader))
    faults.start(leader)
    await bench.eventually('the broker is in sync again', async () => {
      const [partition] = (await bench.described(info.name)).partitions
      return partition?.isr.length === 3 && partition.offlineReplicas.length === 0
    })
    assert.equal(await bench.leaderOf(info.name, 0), successor, 'leadership stays until an election')
  },
)

onCluster('a stopped broker hands over its leaderships before it goes', async ({ bench, faults }) => {
  const info = await bench.topic(1)
  const [leader, successor] = await replicasOf(bench, info.name)
  faults.stop(leader)
  assert.equal(await bench.leaderOf(info.name, 0), successor)
})

onCluster(
  'acks=all waits for a silent follower, ends in code 7, and the repeat is no second copy',
  async scene => {
    const { bench, faults, clock } = scene
    const info = await bench.topic(1, { configs: { 'min.insync.replicas': '2' } })
    const [leader, follower] = await replicasOf(bench, info.name)
    const { producerId } = await bench.link.initProducerId()
    const batch = batchOf(['a'], { id: producerId, sequence: 0 })
    faults.pause(follower)
    const startedMs = clock.monotonicMs()
    const late = await bench.produceTo(leader, info.name, 0, batch)
    assert.equal(late.code, KafkaCode.REQUEST_TIMED_OUT)
    assert.ok(clock.monotonicMs() - startedMs >= 5000)
    assert.equal(
      (await bench.fetch(info, 0, 0, { broker: leader })).highWatermark,
      0,
      'unseen until it is copied',
    )
    const again = await bench.produceTo(leader, info.name, 0, batch)
    assert.deepEqual([again.code, again.baseOffset], [0, 0])
    assert.ok(
      clock.monotonicMs() - startedMs >= BROKER_SESSION_MS,
      'the controller had to give up on the follower',
    )
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a'])
  },
)

onCluster(
  'below min.insync.replicas nothing is appended; what was appended when it fell has code 20',
  async scene => {
    const { bench, faults, clock } = scene
    const info = await bench.topic(1, { configs: { 'min.insync.replicas': '2' } })
    const [leader, first, second] = await replicasOf(bench, info.name)
    faults.pause(first)
    faults.pause(second)
    await sleep(clock, BROKER_SESSION_MS - 1000)
    const falling = await bench.produceTo(leader, info.name, 0, batchOf(['a']))
    assert.equal(falling.code, KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND)
    const below = await bench.produceTo(leader, info.name, 0, batchOf(['b']))
    assert.equal(below.code, KafkaCode.NOT_ENOUGH_REPLICAS)
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a'])
  },
)

onCluster(
  'a paused broker accepts connections, answers nothing, and does later what it had received',
  async scene => {
    const { bench, faults, clock } = scene
    const info = await bench.topic(1)
    const [leader] = await replicasOf(bench, info.name)
    const { producerId } = await bench.link.initProducerId()
    assert.equal((await bench.produce(info.name, 0, batchOf(['a'], { id: producerId, sequence: 0 }))).code, 0)
    faults.pause(leader)
    const received = bench.produceTo(leader, info.name, 0, batchOf(['b'], { id: producerId, sequence: 1 }))
    const unanswered = assert.rejects(received, failsWith('timeout', leader))
    await sleep(clock, 100)
    const startedMs = clock.monotonicMs()
    const stranger = new Bench(scene, 'stranger')
    const connecting = stranger.produceTo(leader, info.name, 0, batchOf(['never']))
    await assert.rejects(connecting, failsWith('timeout', leader))
    assert.ok(clock.monotonicMs() - startedMs < 2000, 'a connection that was never answered is given up soon')
    bench.link.abandon(leader, 'produce')
    await unanswered.catch(() => undefined)
    faults.resume(leader)
    await sleep(clock, 100)
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a', '1:b'])
  },
)

onCluster(
  'a produce request that arrives long after its connection broke is not appended twice',
  async scene => {
    const { bench, faults, clock } = scene
    const info = await bench.topic(1)
    const { producerId } = await bench.link.initProducerId()
    const leader = await bench.leaderOf(info.name, 0)
    const send = (sequence: number) =>
      bench.produceTo(leader, info.name, 0, batchOf([`v${sequence}`], { id: producerId, sequence }))
    assert.equal((await send(0)).code, 0)
    faults.setNetwork({ produceLate: 1, lateMs: 3000 })
    await assert.rejects(send(1), failsWith('closed', leader))
    faults.setNetwork({ produceLate: 0 })
    assert.equal((await send(1)).code, 0)
    assert.equal((await send(2)).code, 0)
    await sleep(clock, 5000)
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:v0', '1:v1', '2:v2'])
  },
)

onCluster('a lost answer was done, a lost request was not', async ({ bench, faults }) => {
  const info = await bench.topic(1)
  const leader = await bench.leaderOf(info.name, 0)
  faults.setNetwork({ answerLost: 1 })
  await assert.rejects(bench.produceTo(leader, info.name, 0, batchOf(['done'])), failsWith('closed', leader))
  faults.setNetwork({ answerLost: 0, requestLost: 1 })
  await assert.rejects(bench.produceTo(leader, info.name, 0, batchOf(['lost'])), failsWith('closed', leader))
  faults.setNetwork({ requestLost: 0 })
  assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:done'])
})

onCluster(
  'with its last in-sync replica gone a partition has no leader, and no data is lost for it',
  async scene => {
    const { bench, faults, clock } = scene
    const info = await bench.topic(1)
    const [leader, first, second] = await replicasOf(bench, info.name)
    assert.equal((await bench.produce(info.name, 0, batchOf(['a']))).code, 0)
    faults.stop(first)
    faults.stop(second)
    assert.equal((await bench.produce(info.name, 0, batchOf(['b']))).code, 0)
    faults.kill(leader)
    faults.start(first)
    await sleep(clock, BROKER_SESSION_MS + 5000)
    assert.equal((await bench.described(info.name)).partitions[0]?.leader, null)
    const snapshot = await bench.snapshot(info.name)
    assert.deepEqual(
      [...((await bench.cluster.readOffsets(snapshot, [info.name])).get(info.name)?.end ?? [])],
      [NaN],
    )
    faults.start(leader)
    await bench.eventually('it leads again', async () => {
      return (await bench.described(info.name)).partitions[0]?.leader === leader
    })
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a', '1:b'])
  },
)

onCluster('with no broker left every question says so', async ({ bench, cluster, faults }) => {
  const { brokers } = await cluster.describe()
  for (const broker of brokers) faults.kill(broker.id)
  await assert.rejects(
    cluster.describe(),
    error => error instanceof LanekeeperError && error.code === 'CLUSTER_UNREACHABLE',
  )
  await assert.rejects(bench.link.metadata([]), LinkFailure)
  await assert.rejects(bench.link.findCoordinator('g'), LinkFailure)
})

onCluster('the log is cut at its retention, and a reader below it is out of range', async ({ bench }) => {
  const one = batchOf(['x'.repeat(100)])
  const info = await bench.topic(1, { configs: { 'retention.bytes': String(one.length * 3) } })
  for (let count = 0; count < 10; count++) await bench.produce(info.name, 0, one)
  const snapshot = await bench.snapshot(info.name)
  const offsets = (await bench.cluster.readOffsets(snapshot, [info.name])).get(info.name)
  assert.equal(offsets?.end[0], 10)
  assert.ok(offsets.start[0] !== undefined && offsets.start[0] >= 5 && offsets.start[0] <= 8)
  assert.equal((await bench.fetch(info, 0, 0)).code, KafkaCode.OFFSET_OUT_OF_RANGE)
})

onCluster(
  'a coordinator that wakes up does not put committed offsets back',
  async ({ bench, faults, clock }) => {
    const info = await bench.topic(1)
    const group = bench.name()
    const commit = async (offset: number): Promise<number | undefined> => {
      const coordinator = await bench.link.findCoordinator(group)
      const codes = await bench.link.commitOffsets(coordinator, {
        group,
        memberId: '',
        memberEpoch: -1,
        instanceId: null,
        offsets: [{ topic: info.name, partition: 0, offset }],
      })
      return codes[0]
    }
    assert.equal(await commit(1), 0)
    const coordinator = await bench.link.findCoordinator(group)
    faults.pause(coordinator)
    await assert.rejects(commit(2), failsWith('timeout', coordinator))
    await sleep(clock, BROKER_SESSION_MS)
    assert.equal(await commit(3), 0)
    faults.resume(coordinator)
    await sleep(clock, 1000)
    const [observed] = await bench.cluster.readGroups(await bench.snapshot(info.name), [group])
    assert.deepEqual([...(observed?.committed.get(info.name) ?? [])], [3])
    assert.notEqual(observed?.coordinator, coordinator)
  },
)
