import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HandMadeLook, judged, windowOf } from '../../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../../test/support/scripted-cluster.ts'
import type { GroupMember, GroupObservation } from '../../model/index.ts'
import type { FindingDraft } from '../finding.ts'
import { sentenceText } from '../sentence.ts'
import { diagnoseGroup } from './diagnose.ts'
import { isMisspelt } from './elsewhere.ts'
import type { GroupEvidence } from './evidence.ts'

/** Looks once a second for so long, then asks about group `g`. */
const diagnosed = (
  seconds: number,
  look: (second: number) => HandMadeLook,
  asked: Partial<Pick<GroupEvidence, 'started' | 'keys'>> = {},
): readonly FindingDraft[] => {
  const { groups, topics } = judged(windowOf(seconds, look), seconds)
  const group = groups.find(each => each.observed.groupId === 'g')
  assert.ok(group !== undefined)
  return diagnoseGroup({ group, groups, topics, started: null, keys: null, ...asked })
}

const lines = (found: readonly FindingDraft[]): string[] =>
  found.map(each => `${each.severity} ${each.kind}: ${sentenceText(each.sentence)}`.replaceAll('\u00a0', ' '))

const cluster = snapshotOf([
  topic('orders', 4, [1, 2, 3]),
  topic('refunds', 4, [1, 2, 3]),
  topic('wide', 12, [1, 2, 3]),
])
const at = (second: number, count: number): number[] => Array.from({ length: count }, () => second * 10)

interface MemberSketch {
  readonly id?: string
  readonly instance?: string
  readonly client?: string
  readonly host?: string
  readonly subscribed?: readonly string[]
  readonly assigned?: Readonly<Record<string, readonly number[]>>
}

const member = (sketch: MemberSketch, index: number): GroupMember => ({
  memberId: sketch.id ?? `m-${index}`,
  instanceId: sketch.instance ?? null,
  clientId: sketch.client ?? `client-${index}`,
  host: sketch.host ?? `10.0.0.${index}`,
  subscribed: sketch.subscribed ?? ['orders'],
  assigned: new Map(Object.entries(sketch.assigned ?? {})),
})

/** Group `g`, which has read everything of all topics. */
const group = (
  second: number,
  members: readonly MemberSketch[],
  given: Partial<GroupObservation> = {},
): GroupObservation => ({
  ...groupOf('g', 'orders', [], []),
  state: members.length === 0 ? 'Empty' : 'Stable',
  members: members.map(member),
  committed: new Map([
    ['orders', Float64Array.from(at(second, 4))],
    ['refunds', Float64Array.from(at(second, 4))],
    ['wide', Float64Array.from(at(second, 12))],
  ]),
  ...given,
})

const calm = (second: number, ...groups: readonly GroupObservation[]): HandMadeLook => ({
  snapshot: cluster,
  ends: { orders: at(second, 4), refunds: at(second, 4), wide: at(second, 12) },
  groups,
})

const each = (...partitions: readonly number[]) => ({ assigned: { orders: partitions } })

test('a group that does its work gives no reason', () => {
  assert.deepEqual(lines(diagnosed(20, second => calm(second, group(second, [each(0, 1), each(2, 3)])))), [])
})

test('six consumers, two of them work: fewer partitions than members', () => {
  const two = snapshotOf([topic('orders', 2, [1, 2, 3])])
  const members = [each(0), each(1), {}, {}, {}, {}]
  const found = diagnosed(20, second => ({
    snapshot: two,
    ends: { orders: at(second, 2) },
    groups: [group(second, members, { committed: new Map([['orders', Float64Array.from(at(second, 2))]]) })],
  }))
  assert.deepEqual(lines(found), [
    'info idle-members: g has 6 members for 2 partitions; 4 have nothing to read.',
  ])
})

test('six consumers, two of them work: the others are in a group of almost the same name', () => {
  // same client ids, other name: the same application
  assert.deepEqual(
    lines(
      diagnosed(
        20,
        second =>
          calm(
            second,
            group(second, [
              { ...each(0, 1), client: 'mailer-1' },
              { ...each(2, 3), client: 'mailer-2' },
            ]),
            { ...group(second, [{ ...each(0, 1, 2, 3), client: 'mailer-3' }]), groupId: 'other' },
          ),
        { started: 3 },
      ),
    ),
    [
      'warning group-alike: g does not read orders alone: other looks like the same application and has 1 member.',
      'warning members-missing: g has 2 of 3 consumers that were started.',
    ],
  )
  // another group that reads the same topic is nothing to talk about
  assert.deepEqual(
    lines(
      diagnosed(20, second =>
        calm(second, group(second, [each(0, 1, 2, 3)]), {
          ...group(second, [{ ...each(0, 1, 2, 3), client: 'exporter' }]),
          groupId: 'analytics-export',
        }),
      ),
    ),
    [],
  )
})

test('a group of almost the same name that reads something else is another application', () => {
  const found = diagnosed(20, second =>
    calm(second, group(second, [each(0, 1, 2, 3)]), {
      ...group(second, [{ subscribed: ['refunds'], assigned: { refunds: [0, 1, 2, 3] } }]),
      groupId: 'g-2',
    }),
  )
  assert.deepEqual(lines(found), [])
})

test('names of one application, and names that only look alike', () => {
  assert.ok(isMisspelt('orders-mailer', 'order-mailer'))
  assert.ok(isMisspelt('orders-mailer', 'orders-mialer'))
  assert.ok(isMisspelt('orders-mailer', 'orders_mailer'))
  assert.ok(isMisspelt('orders-mailer', 'ordersmailer'))
  assert.ok(!isMisspelt('orders-mailer', 'orders-printer'))
  assert.ok(!isMisspelt('orders-eu', 'orders-us'), 'two letters exchanged in a short word make another')
  assert.ok(!isMisspelt('orders-mailer', 'order-mialer'), 'two slips in one name are no slip')
  assert.ok(!isMisspelt('orders', 'orders-mailer'))
})

test('six consumers, two of them work: two processes fight for one static id', () => {
  const found = diagnosed(40, second =>
    calm(
      second,
      group(second, [
        each(0, 1),
        // every ten seconds the other one
        {
          ...each(2, 3),
          id: `m-${Math.floor(second / 10)}`,
          instance: 'worker-1',
          host: `10.0.0.${Math.floor(second / 10) % 2}`,
        },
      ]),
    ),
  )
  assert.deepEqual(lines(found), [
    'act static-id-conflict: g: 4 processes in turn took the static id worker-1 within 30 s, from 10.0.0.1 and 10.0.0.0.',
  ])
  const restart = diagnosed(40, second =>
    calm(second, group(second, [each(0, 1), { ...each(2, 3), id: second < 20 ? 'a' : 'b', instance: 'w' }])),
  )
  assert.deepEqual(lines(restart), [], 'a restart is no conflict')
})

test('six consumers, two of them work: each topic cut by itself', () => {
  const both = ['orders', 'refunds']
  const found = diagnosed(20, second =>
    calm(
      second,
      group(
        second,
        [
          ...[0, 1, 2, 3].map(p => ({ subscribed: both, assigned: { orders: [p], refunds: [p] } })),
          { subscribed: both },
          { subscribed: both },
        ],
        { assignor: 'range', type: 'classic' },
      ),
    ),
  )
  assert.deepEqual(lines(found), [
    'warning idle-by-range: g has partitions enough, but 2 have nothing to read under the range assignor: it cuts each of 2 topics by itself, and each leaves out the same members.',
  ])
})

test('six consumers, two of them work: the others are still starting', () => {
  const found = diagnosed(20, second =>
    calm(second, group(second, second < 15 ? [each(0, 1), each(2, 3)] : [each(0, 1), each(2, 3), {}])),
  )
  assert.deepEqual(lines(found), [
    'info idle-starting: g: 1 member has just joined or waits for a rebalance (state Stable), and has nothing to read yet.',
  ])
})

test('a topic subscribed by few, and one that does not exist', () => {
  const found = diagnosed(20, second =>
    calm(
      second,
      group(second, [
        { subscribed: ['orders'], assigned: { orders: [0, 1, 2, 3] } },
        { subscribed: ['refunds'], assigned: { refunds: [0, 1, 2, 3] } },
        { subscribed: ['order'] },
      ]),
    ),
  )
  assert.deepEqual(lines(found), [
    'warning idle-topic-unknown: g: 1 member subscribes to order, which does not exist here.',
    'info subscriptions-differ: g: orders is subscribed by 1 of 3 members; the others subscribe to refunds and order.',
  ])
})

test('an uneven assignment, and the range assignor that makes it', () => {
  const uneven = (assignor: string) =>
    lines(
      diagnosed(20, second =>
        calm(
          second,
          group(
            second,
            [
              { subscribed: ['orders', 'refunds'], assigned: { orders: [0, 1, 2], refunds: [0, 1, 2] } },
              { subscribed: ['orders', 'refunds'], assigned: { orders: [3], refunds: [3] } },
            ],
            { assignor },
          ),
        ),
      ),
    )
  assert.match(
    uneven('range')[0] ?? '',
    /^info uneven-assignment: g: members have from 2 to 6 partitions: the range assignor cuts/,
  )
  assert.match(uneven('uniform')[0] ?? '', /from 2 to 6 partitions, under assignor uniform\.$/)
})

test('a member that leaves and comes back again and again, and since when', () => {
  const found = diagnosed(60, second =>
    calm(
      second,
      group(second, [
        { ...each(0, 1, 2, 3), client: 'steady' },
        ...(second % 20 < 10
          ? [{ id: `s-${Math.floor(second / 20)}`, client: 'slow-one', host: '10.0.0.9' }]
          : []),
      ]),
    ),
  )
  assert.match(
    lines(found).find(line => line.includes('rebalances-again')) ?? lines(found).join('\n'),
    /^warning rebalances-again: g changed its members 6 times in 50 s; slow-one on 10\.0\.0\.9 left and came back 3 times\.$/,
  )
  const rolling = diagnosed(60, second =>
    calm(
      second,
      group(
        second,
        [0, 1, 2, 3].map(p => ({
          ...each(p),
          id: second >= 10 * (p + 1) ? `new-${p}` : `old-${p}`,
          client: 'same',
          host: 'same',
        })),
      ),
    ),
  )
  assert.deepEqual(lines(rolling), [], 'a rolling restart is not a member that restarts')
})

test('members that do not offer the same assignors: seen when the assignor changes', () => {
  const found = diagnosed(20, second =>
    calm(
      second,
      second < 10
        ? group(second, [{ ...each(0, 1, 2, 3), client: 'new-app' }], {
            assignor: 'cooperative-sticky',
            type: 'classic',
          })
        : group(
            second,
            [
              { ...each(0, 1), client: 'new-app' },
              { ...each(2, 3), client: 'old-app' },
            ],
            {
              assignor: second === 10 ? null : 'range',
              type: 'classic',
            },
          ),
    ),
  )
  assert.deepEqual(lines(found), [
    'warning assignors-differ: g changed its assignor from cooperative-sticky to range when old-app joined, 9 s ago.',
  ])
})

test('a rebalance that does not end', () => {
  const found = diagnosed(50, second =>
    calm(second, group(second, [each(0, 1), each(2, 3)], second < 10 ? {} : { state: 'PreparingRebalance' })),
  )
  assert.deepEqual(lines(found), [
    'warning rebalance-unending: g has been PreparingRebalance for 40 s: its rebalance does not end.',
  ])
})

const hot = (second: number): HandMadeLook => ({
  snapshot: cluster,
  ends: { orders: [second * 10, second * 10, second * 3000, second * 10] },
  groups: [
    group(second, [each(0), each(1), each(2), each(3)], {
      committed: new Map([
        ['orders', Float64Array.of(second * 10, second * 10, second * 500, second * 10 - 1)],
      ]),
    }),
  ],
})

test('one partition is the limit, and how far it is behind the others', () => {
  const found = diagnosed(10, hot)
  assert.deepEqual(lines(found), [
    'warning limited-by-partition: g is held back by orders-2: 100 % of what waits is there (25k records, 25k× the others).',
  ])
  assert.match(
    found[0]?.cure ?? '',
    /^More members cannot help: .* 3k\/s arrive there, 500\/s are processed\./,
  )
})

test('where nobody reads, no partition holds anybody back', () => {
  const found = diagnosed(20, second => ({
    snapshot: cluster,
    ends: { orders: [10, 10, 3000, 10] },
    groups: [
      group(second, [], { state: 'Empty', committed: new Map([['orders', Float64Array.of(10, 10, 0, 10)]]) }),
    ],
  }))
  assert.deepEqual(
    found.map(({ kind }) => kind),
    ['group-stopped'],
  )
})

test('one key is the limit', () => {
  const sample = {
    topic: 'orders',
    partition: 2,
    records: 2000,
    keyless: 0,
    distinct: 41,
    top: { key: 'GUEST', records: 1960 },
  }
  const [found] = diagnosed(10, hot, { keys: sample })
  assert.match(
    lines(found === undefined ? [] : [found])[0] ?? '',
    /limited-by-key: .*; of the records that wait 98 % have one key, GUEST\.$/,
  )
  const spread = { ...sample, distinct: 900, top: { key: 'user-1', records: 20 } }
  assert.match(
    diagnosed(10, hot, { keys: spread })[0]?.cure ?? '',
    /No key stands out \(900 keys in 2,000 records sampled\)/,
  )
  const keyless = { ...sample, keyless: 1900, top: { key: 'x', records: 3 } }
  assert.match(diagnosed(10, hot, { keys: keyless })[0]?.cure ?? '', /has no key \(95\u00a0%\)/)
})

test('one member is the limit: all of its partitions wait, those of the others do not', () => {
  const found = diagnosed(10, second => ({
    snapshot: cluster,
    ends: { orders: at(second, 4) },
    groups: [
      group(second, [{ ...each(0, 1), client: 'slow' }, each(2, 3)], {
        committed: new Map([['orders', Float64Array.of(second, second, second * 10, second * 10)]]),
      }),
    ],
  }))
  assert.deepEqual(lines(found), [
    'warning limited-by-member: g is held back by one member, slow on 10.0.0.0: 100 % of what waits is on its 2 partitions.',
  ])
})

test('missing consumers: what is known of them', () => {
  const [found] = diagnosed(
    20,
    second =>
      calm(
        second,
        group(second, [
          { ...each(0, 1), instance: 'w-1', client: 'c-1' },
          ...(second < 12
            ? [{ ...each(2, 3), instance: 'w-2', client: 'c-2' }]
            : [{ ...each(2, 3), id: 'm-1', instance: 'w-3' }]),
        ]),
      ),
    { started: 6 },
  )
  assert.match(
    lines(found === undefined ? [] : [found])[0] ?? '',
    /members-missing: g has 2 of 6 consumers that were started\.$/,
  )
  assert.match(
    found?.cure ?? '',
    /static ids \(w-1 and w-3\): a second process with one of them waits outside/,
  )
})
