/** Replication: one partition on three brokers, its logs, its ISR, its high watermark, and what a failure costs. */
import {
  advanceReplication,
  newReplication,
  type PlacedReplica,
  type ReplicationEvent,
  type ReplicationState,
} from '../../../../src/core/simulation/index.ts'
import type { Story } from './offsets.ts'
import { type Script, scriptSetting, stateAt } from './script.ts'
import { codecOf, oneOf, whole } from './settings.ts'

export const rackPlans = ['spread', 'crowded'] as const
export type RackPlan = (typeof rackPlans)[number]

export interface ReplicationSettings {
  readonly min: number
  readonly racks: RackPlan
  readonly s: Script
}

export const brokers = [1, 2, 3] as const

/** Three racks with one replica each, or two replicas that share a rack. */
export const replicaPlaces: Readonly<Record<RackPlan, readonly PlacedReplica[]>> = {
  spread: [
    { broker: 1, rack: 'a' },
    { broker: 2, rack: 'b' },
    { broker: 3, rack: 'c' },
  ],
  crowded: [
    { broker: 1, rack: 'a' },
    { broker: 2, rack: 'a' },
    { broker: 3, rack: 'b' },
  ],
}

export interface ReplicationStory extends Story {
  readonly min: number
  readonly racks: RackPlan
}

/** p: a record with acks=all; q: with acks=1; F: all followers fetch; u: unclean election; others name a broker or rack. */
export const replicationStories: readonly ReplicationStory[] = [
  {
    id: 'broker',
    label: 'Lose the leader',
    text: 'with acks=all nothing acknowledged is lost; what only the leader had was never promised',
    min: 2,
    racks: 'spread',
    steps: ['p', 'F', 'p', 'F', 'p', 'f2', 'x1', 'p', 'F', 'k1', 'F'],
  },
  {
    id: 'acks',
    label: 'Trust acks=1',
    text: 'the leader alone said yes, and takes the record with it',
    min: 2,
    racks: 'spread',
    steps: ['p', 'F', 'q', 'x1', 'p', 'F', 'k1', 'F'],
  },
  {
    id: 'rack',
    label: 'Lose a rack',
    text: 'one replica a rack: the partition goes on writing',
    min: 2,
    racks: 'spread',
    steps: ['p', 'F', 'ra', 'p', 'F', 'k1', 'F'],
  },
  {
    id: 'crowded',
    label: 'Two in that rack',
    text: 'below min.insync.replicas writing stops: refused, not lost',
    min: 2,
    racks: 'crowded',
    steps: ['p', 'F', 'ra', 'p', 'k1', 'F', 'p', 'F', 'k2', 'F'],
  },
  {
    id: 'unclean',
    label: 'Elect an old replica',
    text: 'unclean election: available again at the price of acknowledged records',
    min: 1,
    racks: 'spread',
    steps: ['p', 'F', 'b2', 'b3', 'p', 'x1', 'u', 'p', 'F', 'k1', 'F'],
  },
]

const isStep = (word: string): boolean => /^([pqFu]|[fbxk][123]|r[abc])$/.test(word)

const [first] = replicationStories

export const replicationCodec = codecOf<ReplicationSettings>({
  min: whole(1, 3, 2),
  racks: oneOf(rackPlans, 'spread'),
  s: scriptSetting(isStep, first?.steps ?? []),
})

const eventsOf = (step: string, state: ReplicationState): readonly ReplicationEvent[] => {
  const broker = Number(step.slice(1))
  switch (step.charAt(0)) {
    case 'p':
      return [{ kind: 'produce', acks: 'all' }]
    case 'q':
      return [{ kind: 'produce', acks: '1' }]
    case 'F':
      return state.replicas
        .filter(replica => replica.alive && replica.broker !== state.leader)
        .map(replica => ({ kind: 'fetch', broker: replica.broker }))
    case 'f':
      return [{ kind: 'fetch', broker }]
    case 'b':
      return [{ kind: 'fall-behind', broker }]
    case 'x':
      return [{ kind: 'lose-broker', broker }]
    case 'k':
      return [{ kind: 'return-broker', broker }]
    case 'r':
      return [{ kind: 'lose-rack', rack: step.slice(1) }]
    default:
      return [{ kind: 'elect-unclean' }]
  }
}

/** One word of the script. Several fetches are told as one. */
export const replicationStep = (state: ReplicationState, step: string): ReplicationState => {
  const events = eventsOf(step, state)
  if (events.length === 0) return { ...state, text: 'There is no follower to fetch.' }
  let after = state
  const cuts: string[] = []
  for (const event of events) {
    after = advanceReplication(after, event)
    const cut = /^Broker \d+ cuts [^.]*\./.exec(after.text)?.[0]
    if (cut !== undefined) cuts.push(cut)
  }
  if (events.length === 1) return after
  const risen = after.highWatermark - state.highWatermark
  const joined = after.inSync.filter(broker => !state.inSync.includes(broker))
  return {
    ...after,
    text: [
      'All followers fetch.',
      ...cuts,
      risen === 0 ? 'The high watermark stays.' : `The high watermark rises to ${after.highWatermark}.`,
      ...(joined.length === 0 ? [] : [`Broker ${joined.join(' and ')} joins the ISR.`]),
    ].join(' '),
  }
}

export const replicationState = ({ min, racks, s }: ReplicationSettings): ReplicationState =>
  stateAt(s, newReplication(replicaPlaces[racks], min), replicationStep)

export type RecordFate = 'committed' | 'acknowledged' | 'pending' | 'not-shared'

/** What a record in the log of a replica is worth. */
export const recordFate = (
  state: ReplicationState,
  record: number,
  place: number,
  onLeader: boolean,
): RecordFate => {
  const leaderLog = state.replicas.find(replica => replica.broker === state.leader)?.log
  const shared = onLeader || leaderLog === undefined || leaderLog[place] === record
  if (!shared) return 'not-shared'
  if (place < state.highWatermark) return 'committed'
  return state.acknowledged.has(record) ? 'acknowledged' : 'pending'
}

export const replicationVerdict = (state: ReplicationState): string => {
  const alive = state.replicas.filter(replica => replica.alive).length
  if (state.lost.size > 0)
    return `${state.lost.size === 1 ? 'One record was' : `${state.lost.size} records were`} acknowledged and lost.`
  if (state.leader === null) return 'Offline: no in-sync replica runs, so nobody can write or read.'
  if (state.inSync.length < state.minInsyncReplicas)
    return `Read-only for acks=all: ${state.inSync.length} in sync, ${state.minInsyncReplicas} wanted. Nothing is lost.`
  const spare = state.inSync.length - state.minInsyncReplicas
  if (spare === 0)
    return `Writing goes on with ${alive} of ${state.replicas.length} replicas; one more loss stops it.`
  return `All is well: ${spare === 1 ? 'one broker' : `${spare} brokers`} may fail and writing goes on.`
}
