/**
 * One rebalance in slow motion: who reads what at each stage, for a page that shows it.
 *
 * `beginRebalance` gives the first picture, `advanceRebalance` the next until `stage` is `done`. The end is what the
 * assignor gives (`steps.ts`); in between stands what each style makes of the way there:
 *
 * - eager: changed → joining (nobody reads anything) → done.
 * - cooperative: changed → joining (all go on reading) → handing-over (what moves is given up) → joining → done.
 * - server: changed → heartbeat by heartbeat, first of those that give something up, then of those that get it → done.
 *
 * Invariant: a partition never has two readers. What it does not do: time. A stage lasts as long as its slowest member:
 * eager and cooperative wait for all to join, at most `max.poll.interval.ms`; a heartbeat comes every
 * `group.consumer.heartbeat.interval.ms`.
 */
import { formatCount } from '../model/index.ts'
import { type AssignorName, assignors } from './assign.ts'
import {
  type Assignment,
  type GroupMember,
  noOwnership,
  type Ownership,
  ownershipSize,
  subscribedTopics,
} from './group.ts'
import { type GroupState, type GroupStep, joiningMembers, newGroup, rebalance } from './steps.ts'

export type RebalanceStage = 'changed' | 'joining' | 'handing-over' | 'heartbeat' | 'done'

/** `waiting`: reads nothing until the rebalance goes on. `idle`: reads nothing, and the rebalance is over. */
export type MemberPhase = 'reading' | 'waiting' | 'idle'

export interface RebalancePicture {
  readonly assignor: AssignorName
  readonly stage: RebalanceStage
  /** What just happened, in a sentence. */
  readonly text: string
  /** What each member reads right now. */
  readonly reads: Assignment
  readonly phases: ReadonlyMap<string, MemberPhase>
  /** Partitions that somebody subscribes to and nobody reads right now. */
  readonly unread: number
  /** The group when the rebalance is over; the input of the next `beginRebalance`. */
  readonly group: GroupState
  /** What the coming stages need; not for showing. */
  readonly plan: RebalancePlan
}

interface RebalancePlan {
  readonly step: GroupStep
  /** Server: members whose heartbeat is still to come, in order. */
  readonly heartbeats: readonly string[]
  /** Cooperative: how often all have joined. */
  readonly joins: number
}

/** With racks a cooperative group can go on for ever; a picture book has an end. */
const JOINS_MAX = 8

/** The moment at which members came or left and nobody has reacted yet. */
const beginRebalance = (assignor: AssignorName, before: GroupState, step: GroupStep): RebalancePicture => {
  const members = joiningMembers(before, step.members)
  const reads = readsOf(members, before.assignment ?? new Map())
  const [group, result] = rebalance(assignor, before, step)
  const target = result.kind === 'assigned' ? result.assignment : reads
  const style = assignors[assignor].style
  const picture = {
    assignor,
    stage: 'changed' as const,
    text:
      style === 'server'
        ? 'The coordinator knows at once who shall have what; every member hears it at its next heartbeat.'
        : 'The coordinator asks all members to join again; each hears it at its next heartbeat.',
    group,
    plan: { step, heartbeats: style === 'server' ? heartbeatsDue(members, reads, target) : [], joins: 0 },
  }
  return withReads(picture, reads)
}

/** The next stage; the picture itself when it is done. */
const advanceRebalance = (picture: RebalancePicture): RebalancePicture => {
  if (picture.stage === 'done') return picture
  switch (assignors[picture.assignor].style) {
    case 'eager':
      return advanceEager(picture)
    case 'cooperative':
      return advanceCooperative(picture)
    case 'server':
      return advanceServer(picture)
  }
}

/** All pictures from the first to the last. */
export const playRebalance = (
  assignor: AssignorName,
  before: GroupState,
  step: GroupStep,
): readonly RebalancePicture[] => {
  const pictures = [beginRebalance(assignor, before, step)]
  for (let last = pictures[0]; last !== undefined && last.stage !== 'done'; last = pictures.at(-1))
    pictures.push(advanceRebalance(last))
  return pictures
}

const advanceEager = (picture: RebalancePicture): RebalancePicture => {
  if (picture.stage === 'changed')
    return withReads(
      {
        ...picture,
        stage: 'joining',
        text: 'Every member has given up everything and waits until the slowest has joined. Nothing is read.',
      },
      new Map([...picture.reads.keys()].map(id => [id, noOwnership])),
    )
  return finish(
    picture,
    'The leader has computed the assignment; all start reading, also what they had before.',
  )
}

const advanceCooperative = (picture: RebalancePicture): RebalancePicture => {
  const { plan } = picture
  if (picture.stage !== 'joining') {
    const again = plan.joins > 0
    const [group] = again ? rebalance(picture.assignor, picture.group, plan.step) : [picture.group]
    return withReads(
      {
        ...picture,
        group,
        stage: 'joining',
        text: `All join ${again ? 'once more' : 'again'}, and go on reading what they have.`,
        plan: { ...plan, joins: plan.joins + 1 },
      },
      picture.reads,
    )
  }
  const handed = withReads({ ...picture, stage: 'handing-over', text: '' }, targetOf(picture))
  if (handed.unread === 0 || plan.joins === JOINS_MAX)
    return finish(
      picture,
      plan.joins > 1
        ? 'What was given up is free now and has found its new owner.'
        : 'Nothing has to change hands: the assignment holds at once.',
    )
  const partitions = handed.unread === 1 ? '1 partition has' : `${formatCount(handed.unread)} partitions have`
  return {
    ...handed,
    text: `What moves was left out of the assignment; its owners commit and give it up. ${partitions} no reader, the rest goes on.`,
  }
}

const advanceServer = (picture: RebalancePicture): RebalancePicture => {
  const [memberId, ...later] = picture.plan.heartbeats
  if (memberId === undefined)
    return finish(picture, 'Every member has what the coordinator wanted it to have.')
  const now = picture.reads.get(memberId) ?? noOwnership
  const wanted = targetOf(picture).get(memberId) ?? noOwnership
  const keeps = common(now, wanted)
  const givesUp = ownershipSize(now) > ownershipSize(keeps)
  const text = givesUp
    ? `${memberId} hears at its heartbeat what to give up, commits, lets go, and reads on with the rest.`
    : `${memberId} hears at its heartbeat that its new partitions are free, and starts on them.`
  return withReads(
    { ...picture, stage: 'heartbeat', text, plan: { ...picture.plan, heartbeats: later } },
    new Map(picture.reads).set(memberId, givesUp ? keeps : wanted),
  )
}

/** First all that give something up, then all that get something: free is free before it is taken. */
const heartbeatsDue = (
  members: readonly GroupMember[],
  reads: Assignment,
  target: Assignment,
): readonly string[] => {
  const kept = ({ id }: GroupMember): number =>
    ownershipSize(common(reads.get(id) ?? noOwnership, target.get(id) ?? noOwnership))
  const givers = members.filter(member => ownershipSize(reads.get(member.id) ?? noOwnership) > kept(member))
  const takers = members.filter(member => ownershipSize(target.get(member.id) ?? noOwnership) > kept(member))
  return [...givers, ...takers].map(member => member.id)
}

const finish = (picture: RebalancePicture, text: string): RebalancePicture =>
  withReads({ ...picture, stage: 'done', text }, targetOf(picture))

const targetOf = (picture: RebalancePicture): Assignment => picture.group.assignment ?? new Map()

const readsOf = (members: readonly GroupMember[], before: Assignment): Assignment =>
  new Map(members.map(({ id }) => [id, before.get(id) ?? noOwnership]))

const withReads = (
  picture: Omit<RebalancePicture, 'reads' | 'phases' | 'unread'>,
  reads: Assignment,
): RebalancePicture => {
  const { step } = picture.plan
  const members = joiningMembers(newGroup, step.members)
  const due = subscribedTopics(members, step.topics).reduce((sum, topic) => sum + topic.partitions, 0)
  const read = [...reads.values()].reduce((sum, ownership) => sum + ownershipSize(ownership), 0)
  return {
    ...picture,
    reads,
    phases: new Map([...reads].map(([id, ownership]) => [id, phaseOf(picture.stage, ownership)])),
    unread: due - read,
  }
}

const phaseOf = (stage: RebalanceStage, reads: Ownership): MemberPhase =>
  reads.size > 0 ? 'reading' : stage === 'done' ? 'idle' : 'waiting'

const common = (left: Ownership, right: Ownership): Ownership => {
  const both = new Map<string, Int32Array>()
  for (const [topic, partitions] of left) {
    const others = new Set(right.get(topic))
    const shared = partitions.filter(partition => others.has(partition))
    if (shared.length > 0) both.set(topic, shared)
  }
  return both
}
