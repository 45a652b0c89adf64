/**
 * One partition and its replicas, event by event, for a page that shows what replication promises.
 *
 * The rules are Kafka's: the leader appends; followers copy when they fetch; the in-sync replicas (ISR) are the leader
 * and those that keep up; the high watermark is the shortest log among them, and only what lies below it is committed
 * and visible to consumers. `acks=all` is acknowledged when committed, and refused while the ISR has fewer than
 * `min.insync.replicas`; `acks=1` is acknowledged as soon as the leader has it. A new leader is the first replica of
 * the list that is in the ISR. A follower cuts its log back to what it shares with the leader before it copies.
 *
 * Invariant (what the page is for): a record acknowledged under `acks=all` with `min.insync.replicas` ≥ 2 is not lost
 * by the failure of any one broker; without an unclean election it is not lost at all.
 *
 * What it does not do: time (a follower falls behind by an event, not by a clock), batches, several partitions, lost
 * disks, eligible leader replicas. One fetch copies everything. `simulated-kafka.ts` is the machine for tests; this is
 * a picture of one partition.
 * Sources: Kafka's design chapter on replication; KIP-966 for the watermark that stands still below
 * `min.insync.replicas`.
 */
export interface ReplicationState {
  readonly minInsyncReplicas: number
  /** In the order of the replica list; the first is the preferred leader. */
  readonly replicas: readonly ReplicaState[]
  /** Broker id; null: the partition is offline. */
  readonly leader: number | null
  /** Counts up with every change of leader. */
  readonly leaderEpoch: number
  readonly inSync: readonly number[]
  /** How many records are committed. */
  readonly highWatermark: number
  /** Numbers of records whose producer was told that they are safe. */
  readonly acknowledged: ReadonlySet<number>
  /** Sent with `acks=all` and neither committed nor lost yet. */
  readonly pending: ReadonlySet<number>
  /** Acknowledged, and no longer in the leader's log. */
  readonly lost: ReadonlySet<number>
  readonly refused: number
  /** The number the next record gets. */
  readonly nextRecord: number
  /** What just happened, in a sentence. */
  readonly text: string
}

export interface ReplicaState {
  readonly broker: number
  readonly rack: string | null
  readonly alive: boolean
  /** Numbers of its records, in order. */
  readonly log: readonly number[]
}

export type ReplicationEvent =
  | { readonly kind: 'produce'; readonly acks: 'all' | '1' }
  /** The follower on this broker fetches. */
  | { readonly kind: 'fetch'; readonly broker: number }
  /** It has not caught up for `replica.lag.time.max.ms`. */
  | { readonly kind: 'fall-behind'; readonly broker: number }
  | { readonly kind: 'lose-broker'; readonly broker: number }
  | { readonly kind: 'lose-rack'; readonly rack: string }
  | { readonly kind: 'return-broker'; readonly broker: number }
  /** Somebody decides that an incomplete partition is better than none. */
  | { readonly kind: 'elect-unclean' }

export interface PlacedReplica {
  readonly broker: number
  readonly rack: string | null
}

/** A new, empty partition with all its replicas in sync. `replicas`: at least one, brokers distinct. */
export const newReplication = (
  replicas: readonly PlacedReplica[],
  minInsyncReplicas: number,
): ReplicationState => {
  const [first] = replicas
  if (first === undefined) throw new RangeError('a partition has at least one replica')
  return {
    minInsyncReplicas,
    replicas: replicas.map(({ broker, rack }) => ({ broker, rack, alive: true, log: [] })),
    leader: first.broker,
    leaderEpoch: 0,
    inSync: replicas.map(replica => replica.broker),
    highWatermark: 0,
    acknowledged: new Set(),
    pending: new Set(),
    lost: new Set(),
    refused: 0,
    nextRecord: 0,
    text: `Broker ${first.broker} leads; all replicas are in sync.`,
  }
}

/** The state after the event. An event that cannot happen changes nothing but the text, which says why. */
export const advanceReplication = (state: ReplicationState, event: ReplicationEvent): ReplicationState => {
  switch (event.kind) {
    case 'produce':
      return produce(state, event.acks)
    case 'fetch':
      return fetchFromLeader(state, event.broker)
    case 'fall-behind':
      return fallBehind(state, event.broker)
    case 'lose-broker':
      return loseBroker(state, event.broker)
    case 'lose-rack':
      return loseRack(state, event.rack)
    case 'return-broker':
      return returnBroker(state, event.broker)
    case 'elect-unclean':
      return electUnclean(state)
  }
}

const produce = (state: ReplicationState, acks: 'all' | '1'): ReplicationState => {
  const { leader, nextRecord: record, inSync, minInsyncReplicas } = state
  const refuse = (text: string): ReplicationState => ({ ...state, refused: state.refused + 1, text })
  if (leader === null) return refuse('Refused: the partition has no leader.')
  if (acks === 'all' && inSync.length < minInsyncReplicas)
    return refuse(
      `Refused (NOT_ENOUGH_REPLICAS): ${inSync.length} in sync, min.insync.replicas is ${minInsyncReplicas}. Nothing is promised that could not be kept.`,
    )
  const appended = settle({
    ...withLog(state, leader, log => [...log, record]),
    nextRecord: record + 1,
    acknowledged: acks === '1' ? new Set([...state.acknowledged, record]) : state.acknowledged,
    pending: acks === 'all' ? new Set([...state.pending, record]) : state.pending,
  })
  const text =
    acks === '1'
      ? `Leader ${leader} has record ${record} and acknowledges it; no follower has it yet.`
      : appended.acknowledged.has(record)
        ? `Leader ${leader} has record ${record}; the ISR is the leader alone, so it is committed and acknowledged.`
        : `Leader ${leader} has record ${record}; the producer waits until all in-sync replicas have it.`
  return { ...appended, text }
}

const fetchFromLeader = (state: ReplicationState, broker: number): ReplicationState => {
  const { leader } = state
  const follower = replicaOn(state, broker)
  if (follower === null || leader === null || broker === leader || !follower.alive)
    return { ...state, text: `Broker ${broker} has nobody to fetch from.` }
  const source = replicaOn(state, leader)?.log ?? []
  const shared = sharedLength(follower.log, source)
  const cut = follower.log.length - shared
  const copied = withLog(state, broker, () => source)
  const joins = !state.inSync.includes(broker)
  const after = settle(
    joins ? { ...copied, inSync: inListOrder(copied, [...copied.inSync, broker]) } : copied,
  )
  const sentences = [
    ...(cut > 0 ? [`Broker ${broker} cuts ${records(cut)} off its log that the leader does not have.`] : []),
    `Broker ${broker} copies ${records(source.length - shared)}.`,
    ...(joins ? ['It has caught up and joins the ISR.'] : []),
    ...(after.highWatermark > state.highWatermark
      ? [`The high watermark rises to ${after.highWatermark}.`]
      : []),
  ]
  return { ...after, text: sentences.join(' ') }
}

const fallBehind = (state: ReplicationState, broker: number): ReplicationState => {
  if (broker === state.leader || !state.inSync.includes(broker))
    return { ...state, text: `Broker ${broker} is no follower in the ISR.` }
  const after = settle({ ...state, inSync: state.inSync.filter(each => each !== broker) })
  return {
    ...after,
    text: `Broker ${broker} was too slow for replica.lag.time.max.ms and leaves the ISR; nobody waits for it any more.`,
  }
}

const loseBroker = (state: ReplicationState, broker: number): ReplicationState => {
  const replica = replicaOn(state, broker)
  if (replica?.alive !== true) return { ...state, text: `Broker ${broker} is not running.` }
  const left = state.inSync.filter(each => each !== broker)
  const dead = withReplica(state, broker, each => ({ ...each, alive: false }))
  // the last of the ISR stays in it: it alone is known to have all that was committed
  if (left.length === 0)
    return {
      ...dead,
      leader: null,
      text: `Broker ${broker} was the last in-sync replica: the partition is offline until it returns.`,
    }
  const shrunk = { ...dead, inSync: left }
  if (state.leader !== broker)
    return {
      ...settle(shrunk),
      text: `Broker ${broker} is gone and leaves the ISR; leader ${state.leader} goes on.`,
    }
  return electFrom(shrunk, left, `Leader ${broker} is gone.`)
}

const loseRack = (state: ReplicationState, rack: string): ReplicationState => {
  const brokers = state.replicas.filter(replica => replica.rack === rack && replica.alive)
  if (brokers.length === 0) return { ...state, text: `No replica is running in rack ${rack}.` }
  const after = brokers.reduce((before, { broker }) => loseBroker(before, broker), state)
  const outcome =
    after.leader === null
      ? 'The partition is offline.'
      : after.leader === state.leader
        ? `Leader ${after.leader} goes on.`
        : `Broker ${after.leader} leads now.`
  return {
    ...after,
    text: `Rack ${rack} is gone with ${brokers.length} of ${state.replicas.length} replicas. ${outcome}`,
  }
}

const returnBroker = (state: ReplicationState, broker: number): ReplicationState => {
  const replica = replicaOn(state, broker)
  if (replica === null || replica.alive) return { ...state, text: `Broker ${broker} was not gone.` }
  const back = withReplica(state, broker, each => ({ ...each, alive: true }))
  if (state.leader === null && state.inSync.includes(broker))
    return electFrom(back, [broker], `Broker ${broker} returns with everything that was committed.`)
  return {
    ...back,
    text:
      state.leader === null
        ? `Broker ${broker} returns, but may lack committed records: it is not elected.`
        : `Broker ${broker} returns as a follower outside the ISR and has to catch up first.`,
  }
}

const electUnclean = (state: ReplicationState): ReplicationState => {
  if (state.leader !== null)
    return { ...state, text: `Broker ${state.leader} leads; there is nothing to elect.` }
  const candidate = state.replicas.find(replica => replica.alive)
  if (candidate === undefined) return { ...state, text: 'No replica is running: there is nobody to elect.' }
  return electFrom(
    { ...state, inSync: [candidate.broker] },
    [candidate.broker],
    'Unclean election: whatever this replica lacks is given up.',
  )
}

/** The first replica of the list that is among `candidates` leads. Its log is the truth from now on. */
const electFrom = (
  state: ReplicationState,
  candidates: readonly number[],
  reason: string,
): ReplicationState => {
  const [leader] = inListOrder(state, candidates) as [number]
  const log = new Set(replicaOn(state, leader)?.log)
  const lost = [...state.acknowledged].filter(record => !log.has(record) && !state.lost.has(record))
  const forgotten = [...state.pending].filter(record => !log.has(record))
  const after = settle({
    ...state,
    leader,
    leaderEpoch: state.leaderEpoch + 1,
    highWatermark: Math.min(state.highWatermark, log.size),
    lost: new Set([...state.lost, ...lost]),
    pending: new Set([...state.pending].filter(record => log.has(record))),
  })
  const sentences = [
    reason,
    `Broker ${leader} leads now, in epoch ${after.leaderEpoch}.`,
    ...(lost.length > 0 ? [`${records(lost.length)} acknowledged and lost.`] : []),
    ...(forgotten.length > 0
      ? [
          `${records(forgotten.length)} never acknowledged: the producer sends ${forgotten.length === 1 ? 'it' : 'them'} again.`,
        ]
      : []),
  ]
  return { ...after, text: sentences.join(' ') }
}

/** Raises the high watermark as far as logs and ISR allow, and acknowledges what it passes. */
const settle = (state: ReplicationState): ReplicationState => {
  const { leader, inSync, minInsyncReplicas, replicas } = state
  if (leader === null) return state
  const leaderLog = replicaOn(state, leader)?.log ?? []
  // records of a former leader that a follower has not cut off yet are no copies of this leader's
  const shortest = Math.min(
    ...inSync.map(broker => sharedLength(replicaOn(state, broker)?.log ?? [], leaderLog)),
  )
  const mayRise = inSync.length >= Math.min(minInsyncReplicas, replicas.length)
  const highWatermark = mayRise ? Math.max(state.highWatermark, shortest) : state.highWatermark
  const committed = new Set(leaderLog.slice(0, highWatermark))
  const done = [...state.pending].filter(record => committed.has(record))
  return {
    ...state,
    highWatermark,
    acknowledged: new Set([...state.acknowledged, ...done]),
    pending: new Set([...state.pending].filter(record => !committed.has(record))),
  }
}

const replicaOn = (state: ReplicationState, broker: number): ReplicaState | null =>
  state.replicas.find(replica => replica.broker === broker) ?? null

const withReplica = (
  state: ReplicationState,
  broker: number,
  change: (replica: ReplicaState) => ReplicaState,
): ReplicationState => ({
  ...state,
  replicas: state.replicas.map(replica => (replica.broker === broker ? change(replica) : replica)),
})

const withLog = (
  state: ReplicationState,
  broker: number,
  change: (log: readonly number[]) => readonly number[],
): ReplicationState => withReplica(state, broker, replica => ({ ...replica, log: change(replica.log) }))

const inListOrder = (state: ReplicationState, brokers: readonly number[]): readonly number[] =>
  state.replicas.map(replica => replica.broker).filter(broker => brokers.includes(broker))

/** How many records from the start on are the same. */
const sharedLength = (left: readonly number[], right: readonly number[]): number => {
  let length = 0
  while (length < left.length && length < right.length && left[length] === right[length]) length++
  return length
}

const records = (count: number): string => (count === 1 ? '1 record' : `${count} records`)
