import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AssignorName, assignorNames, assignors, assignPartitions } from './assign.ts'
import { type Assignment, type GroupMember, type GroupTopic, ownershipSize } from './group.ts'
import { reportStep } from './report.ts'
import { type GroupStep, joiningMembers, rebalanceAll, type StepMember } from './steps.ts'

const topicNames = ['actions', 'orders', 'views'] as const
const racks = ['a', 'b', 'c'] as const

const topic = (name: string): fc.Arbitrary<GroupTopic> =>
  fc.integer({ min: 1, max: 14 }).chain(partitions =>
    fc.record(
      {
        name: fc.constant(name),
        partitions: fc.constant(partitions),
        id: fc.option(fc.constant(`${name.length}${'0'.repeat(31)}`)),
        racks: fc.option(
          fc.array(fc.uniqueArray(fc.constantFrom(...racks), { minLength: 1 }), {
            minLength: partitions,
            maxLength: partitions,
          }),
        ),
      },
      { noNullPrototype: true },
    ),
  )
const topics = fc.tuple(...topicNames.map(topic)).map((all): readonly GroupTopic[] => all)

const member = (subscription: fc.Arbitrary<readonly string[]>): fc.Arbitrary<StepMember> =>
  fc.record(
    {
      id: fc.stringMatching(/^[a-z]{1,6}$/),
      topics: subscription,
      instanceId: fc.option(fc.stringMatching(/^i[a-z]{4,6}$/)),
      rack: fc.option(fc.constantFrom(...racks)),
      owned: fc.constant(null),
      generation: fc.constant(null),
    },
    { noNullPrototype: true },
  )
const group = (subscription: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly StepMember[]> =>
  fc.uniqueArray(member(subscription), {
    minLength: 1,
    maxLength: 9,
    comparator: (a, b) => a.id === b.id || (a.instanceId !== null && a.instanceId === b.instanceId),
  })
/** Not empty: the sticky assignors can give partitions to a member without any topic, as Kafka's do (sticky-input.ts). */
const anything = fc.subarray([...topicNames, 'no-such-topic'], { minLength: 1 })
const everything = fc.constant([...topicNames])

/** A group of some members that becomes one of others, then rests. */
const history = (subscription: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly GroupStep[]> =>
  fc
    .tuple(group(subscription), topics, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .map(([members, present, from, to]) =>
      [members.slice(0, to), members.slice(Math.min(from, members.length - 1)), members].flatMap(some => [
        { members: some, topics: present },
        { members: some, topics: present },
      ]),
    )

const withoutRacks = (steps: readonly GroupStep[]): readonly GroupStep[] =>
  steps.map(({ members, topics: present }) => ({
    members: members.map(each => ({ ...each, rack: null })),
    topics: present,
  }))

const assigned = (assignor: AssignorName, steps: readonly GroupStep[]): readonly Assignment[] =>
  rebalanceAll(assignor, steps).map(result => {
    if (result.kind !== 'assigned') throw new Error(result.reason)
    return result.assignment
  })

const partitionsOf = (assignment: Assignment): string[] =>
  [...assignment.values()]
    .flatMap(ownership => [...ownership].flatMap(([name, list]) => [...list].map(each => `${name}-${each}`)))
    .toSorted()

const due = ({ members, topics: present }: GroupStep): string[] =>
  present
    .filter(({ name }) => members.some(each => each.topics.includes(name)))
    .flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, index) => `${name}-${index}`))
    .toSorted()

for (const assignor of assignorNames) {
  test(`${assignor}: a partition has at most one owner, who subscribes to it; none is left out but for hand-over`, () => {
    fc.assert(
      fc.property(history(anything), steps => {
        assigned(assignor, steps).forEach((assignment, index) => {
          const step = steps[index] as GroupStep
          for (const { id, topics: subscribed } of step.members)
            for (const name of assignment.get(id)?.keys() ?? []) assert.ok(subscribed.includes(name))
          const owned = partitionsOf(assignment)
          assert.equal(new Set(owned).size, owned.length)
          if (assignors[assignor].style !== 'cooperative') assert.deepEqual(owned, due(step))
        })
      }),
    )
  })

  test(`${assignor}: equal subscriptions without racks: everything owned after one follow-up, and evenly`, () => {
    fc.assert(
      fc.property(history(everything), drawn => {
        const steps = withoutRacks(drawn)
        const perTopic = assignor === 'range' || assignor === 'serverRange'
        for (const [index, assignment] of assigned(assignor, steps).entries()) {
          const isFollowUp = index % 2 === 1
          if (!isFollowUp) continue
          assert.deepEqual(partitionsOf(assignment), due(steps[index] as GroupStep))
          const counts = perTopic
            ? topicNames.map(name => [...assignment.values()].map(each => each.get(name)?.length ?? 0))
            : [[...assignment.values()].map(ownershipSize)]
          for (const each of counts) assert.ok(Math.max(...each) - Math.min(...each) <= 1)
        }
      }),
    )
  })

  test(`${assignor}: what it is given stays as it was, and the same again gives the same`, () => {
    fc.assert(
      fc.property(history(anything), steps => {
        const [first] = assigned(assignor, steps) as [Assignment]
        const members = joiningMembers({ assignment: first, generation: 1 }, steps[2]?.members ?? [])
        const present = steps[2]?.topics ?? []
        const before = structuredClone({ members, present })
        const once = assignPartitions(assignor, members, present)
        assert.deepEqual({ members, present }, before)
        assert.deepEqual(assignPartitions(assignor, members, present), once)
      }),
    )
  })
}

for (const assignor of ['range', 'roundrobin', 'serverRange'] as const)
  test(`${assignor}: the order of members and topics does not matter`, () => {
    const shuffled = group(anything).chain(members =>
      fc.tuple(fc.constant(members), fc.shuffledSubarray([...members], { minLength: members.length })),
    )
    fc.assert(
      fc.property(shuffled, topics, ([members, otherwise], present) => {
        const join = (list: readonly StepMember[]): readonly GroupMember[] =>
          joiningMembers({ assignment: null, generation: 0 }, list)
        const straight = assignPartitions(assignor, join(members), present)
        const reversed = assignPartitions(assignor, join(otherwise), present.toReversed())
        assert.deepEqual(new Map([...reversed].toSorted(byMember)), new Map([...straight].toSorted(byMember)))
      }),
    )
  })

const byMember = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

test('serverUniform: with equal subscriptions nothing moves that could stay', () => {
  fc.assert(
    fc.property(history(everything), steps => {
      let before: Assignment | null = null
      for (const [index, after] of assigned('serverUniform', steps).entries()) {
        const step = steps[index] as GroupStep
        const members = joiningMembers({ assignment: before, generation: index }, step.members)
        const report = reportStep('serverUniform', before, members, step.topics, after)
        assert.equal(report.moved, report.movedAtLeast)
        before = after
      }
    }),
  )
})

test('sticky and cooperative-sticky: without racks, an unchanged group changes nothing', () => {
  fc.assert(
    fc.property(history(everything), drawn => {
      const steps = withoutRacks(drawn)
      for (const assignor of ['sticky', 'cooperative-sticky'] as const) {
        const results = assigned(assignor, [...steps, steps.at(-1) as GroupStep])
        assert.deepEqual(results.at(-1), results.at(-2))
      }
    }),
  )
})
