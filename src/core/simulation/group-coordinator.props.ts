/**
 * The promise of a group, with clients that obey but answers that get lost and clients that stop at any moment.
 *
 * What a client must do for it is more than it seems, and this property found it: its lease ends at the session
 * timeout after the send time of the last answered heartbeat, AND at the rebalance timeout after the send time of the
 * first heartbeat that the coordinator may have answered with "give up", unless the giving up was acknowledged by
 * then. Having drained in time is not enough: a coordinator that saw no acknowledgement takes everything away.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { brokerId, type ClusterSnapshot, KafkaCode, partitionIndex } from '../model/index.ts'
import { Agenda } from './agenda.ts'
import { ClassicGroups } from './classic-groups.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import type { WirePartitions } from './partition-set.ts'

const PARTITIONS = 7
const topicId = 'f'.repeat(32)
const snapshot: ClusterSnapshot = {
  clusterId: 'test',
  controllerId: brokerId(1),
  brokers: [],
  topics: new Map([
    [
      't',
      {
        name: 't',
        topicId,
        internal: false,
        configs: null,
        partitions: Array.from({ length: PARTITIONS }, (_, index) => ({
          partition: partitionIndex(index),
          leader: brokerId(1),
          leaderEpoch: 0,
          replicas: [brokerId(1)],
          isr: [brokerId(1)],
          offlineReplicas: [],
        })),
      },
    ],
  ]),
}

/** A client that obeys: it owns what it was assigned, gives up when it likes, and loses all when it is fenced. */
class Client {
  readonly id: string
  epoch = 0
  assigned: number[] = []
  owned: number[] = []
  /** Until when the coordinator cannot give its partitions to others. */
  leaseUntilMs = 0
  /** By when what it was told to give up must be given up and acknowledged, or all is lost; Infinity: nothing. */
  drainUntilMs = Infinity
  /** When it sent the first heartbeat since the last good answer: the coordinator may have begun to wait then. */
  unansweredSinceMs: number | null = null

  constructor(id: string) {
    this.id = id
  }

  wire(): WirePartitions[] {
    return this.owned.length === 0 ? [] : [{ topicId, partitions: this.owned }]
  }

  giveUp(): void {
    this.owned = this.owned.filter(one => this.assigned.includes(one))
  }

  lose(): void {
    this.epoch = 0
    this.assigned = []
    this.owned = []
    this.drainUntilMs = Infinity
    this.unansweredSinceMs = null
  }
}

const SESSION_MS = 100
const REBALANCE_MS = 150

test('no partition ever has two owners, and when all obey for a while every partition has one', () => {
  const action = fc.record({
    client: fc.nat({ max: 3 }),
    kind: fc.constantFrom('beat', 'beat', 'beat', 'lost-answer', 'give-up', 'leave', 'wait'),
    waitMs: fc.nat({ max: 60 }),
  })
  fc.assert(
    fc.property(fc.array(action, { minLength: 50, maxLength: 150, size: 'max' }), actions => {
      const agenda = new Agenda(0)
      const settings = { sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 10 }
      const coordinator = new GroupCoordinator(
        agenda,
        settings,
        () => snapshot,
        () => 1,
        new ClassicGroups(agenda, () => 1),
      )
      const clients = ['a', 'b', 'c', 'd'].map(id => new Client(id))
      const beat = (client: Client, answerArrives: boolean): void => {
        const answer = coordinator.heartbeat(
          {
            group: 'g',
            memberId: client.id,
            memberEpoch: client.epoch,
            instanceId: null,
            rebalanceTimeoutMs: REBALANCE_MS,
            topics: ['t'],
            assignor: null,
            owned: client.wire(),
          },
          'test',
        )
        client.unansweredSinceMs ??= agenda.nowMs
        if (!answerArrives) return
        if (answer.code !== 0) {
          if (answer.code === KafkaCode.FENCED_MEMBER_EPOCH)
            coordinator.heartbeat(
              {
                group: 'g',
                memberId: client.id,
                memberEpoch: -1,
                instanceId: null,
                rebalanceTimeoutMs: REBALANCE_MS,
                topics: [],
                assignor: null,
                owned: [],
              },
              'test',
            )
          client.lose()
          return
        }
        client.leaseUntilMs = agenda.nowMs + SESSION_MS
        client.epoch = answer.memberEpoch
        client.assigned = answer.assignment?.flatMap(({ partitions }) => partitions) ?? client.assigned
        const acknowledged = client.owned.every(one => client.assigned.includes(one))
        client.drainUntilMs = acknowledged
          ? Infinity
          : Math.min(client.drainUntilMs, client.unansweredSinceMs + REBALANCE_MS)
        // what is new is taken at once; what is to go stays until `give-up`
        client.owned = [...new Set([...client.owned, ...client.assigned])]
        client.unansweredSinceMs = null
      }
      const judge = (): void => {
        // a client whose lease ran out must not touch anything: it counts no longer, whatever it believes
        for (const client of clients) {
          if (agenda.nowMs >= Math.min(client.leaseUntilMs, client.drainUntilMs)) client.lose()
        }
        const owners = clients.flatMap(client => client.owned)
        assert.equal(new Set(owners).size, owners.length, `two owners: ${JSON.stringify(clients)}`)
      }
      for (const { client: index, kind, waitMs } of actions) {
        const client = clients[index] as Client
        if (kind === 'wait') agenda.runUntil(agenda.nowMs + waitMs)
        judge()
        if (kind === 'beat' || kind === 'lost-answer') beat(client, kind === 'beat')
        if (kind === 'give-up') client.giveUp()
        if (kind === 'leave' && client.epoch > 0) {
          client.owned = []
          coordinator.heartbeat(
            {
              group: 'g',
              memberId: client.id,
              memberEpoch: -1,
              instanceId: null,
              rebalanceTimeoutMs: REBALANCE_MS,
              topics: [],
              assignor: null,
              owned: [],
            },
            'test',
          )
          client.lose()
        }
        judge()
      }
      for (let round = 0; round < 60; round++) {
        agenda.runUntil(agenda.nowMs + 10)
        for (const client of clients) {
          judge()
          beat(client, true)
          client.giveUp()
        }
      }
      const owners = clients.flatMap(client => client.owned).toSorted((left, right) => left - right)
      assert.deepEqual(owners, [0, 1, 2, 3, 4, 5, 6])
      assert.equal(coordinator.view(['g'])[0]?.state, 'Stable')
    }),
    { numRuns: 200 },
  )
})
