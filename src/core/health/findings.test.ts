import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged, windowOf, type HandMadeLook } from '../../../test/support/looks.ts'
import { broker, groupOf, id, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import type { ClusterSnapshot, TopicInfo } from '../model/index.ts'
import { dateFindings, defaultThresholds, findingsOf, sentenceText, type FindingDraft } from './index.ts'

const findings = (seconds: number, look: (second: number) => HandMadeLook): readonly FindingDraft[] =>
  findingsOf(judged(windowOf(seconds, look), seconds), defaultThresholds, 'host:9092')

const lines = (found: readonly FindingDraft[]): string[] =>
  found.map(each => `${each.severity} ${each.id}: ${sentenceText(each.sentence)}`.replaceAll('\u00a0', ' '))

const oneLine = (found: readonly FindingDraft[]): string => {
  assert.equal(found.length, 1, lines(found).join('\n'))
  return lines(found)[0] ?? ''
}

/** A seeded draw, so that "a calm day" has the unevenness of chance and the same one every time. */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

const calm = (partitions: number, recordsPerSecond: number) => {
  const random = seeded(7)
  const end = new Float64Array(partitions)
  return () => {
    for (let i = 0; i < recordsPerSecond; i++) {
      const p = Math.floor(random() * partitions)
      end[p] = (end[p] ?? 0) + 1
    }
    return end.slice()
  }
}

const withPartition = (info: TopicInfo, p: number, change: object): TopicInfo => ({
  ...info,
  partitions: info.partitions.map((each, i) => (i === p ? { ...each, ...change } : each)),
})

test('a calm day yields no finding: half a record a second on each of 1,000 partitions', () => {
  const next = calm(1000, 500)
  const snapshot = snapshotOf([topic('user-actions', 1000, [1, 2, 3])])
  const all = Array.from({ length: 1000 }, (_, p) => p)
  const found = findings(90, () => {
    const ends = next()
    const committed = ends.map(end => Math.max(0, end - 1))
    return {
      snapshot,
      ends: { 'user-actions': ends },
      groups: [
        groupOf(
          'g',
          'user-actions',
          committed.map((_, p) => ends[p] ?? 0),
          [all],
        ),
      ],
    }
  })
  assert.deepEqual(lines(found), [])
})

test('hot partition: nine times its share, far beyond chance', () => {
  const next = calm(100, 1000)
  const snapshot = snapshotOf([topic('t', 100, [1, 2, 3])])
  let extra = 0
  const found = findings(60, () => {
    const ends = next()
    extra += 90
    ends[41] = (ends[41] ?? 0) + extra
    return { snapshot, ends: { t: ends } }
  })
  assert.match(
    oneLine(found),
    /^warning hot-partition:t: t-41 takes 9\.\d× its share, 1\d\d\/s; its keys are not known\.$/,
  )
  assert.equal(found[0]?.partition, 41)
  assert.match(found[0]?.cure ?? '', /Chance alone would give the busiest of 100 about 1\.\d\d× from/)
})

test('twice the share of ten records is chance, not a hot partition', () => {
  const snapshot = snapshotOf([topic('t', 1000, [1, 2, 3])])
  const found = findings(40, second => ({
    snapshot,
    ends: {
      t: Float64Array.from({ length: 1000 }, (_, p) => Math.floor((second * (p === 0 ? 2.4 : 1)) / 3)),
    },
  }))
  assert.deepEqual(lines(found), [])
})

test("Kafka's own topics are uneven by design", () => {
  const offsets = { ...topic('__consumer_offsets', 50, [1, 2, 3]), internal: true }
  const found = findings(40, second => ({
    snapshot: snapshotOf([offsets]),
    ends: { __consumer_offsets: Float64Array.from({ length: 50 }, (_, p) => (p === 3 ? second * 100 : 0)) },
  }))
  assert.deepEqual(lines(found), [])
})

test('a gone broker is one finding, not one for each of its 500 partitions', () => {
  const whole = topic('t', 500, [1, 2, 3])
  const without2: ClusterSnapshot = snapshotOf(
    [
      {
        ...whole,
        partitions: whole.partitions.map(each => ({
          ...each,
          leader: each.leader === id(2) ? id(3) : each.leader,
          isr: each.isr.filter(replica => replica !== id(2)),
        })),
      },
    ],
    [broker(1, 'a'), broker(3, 'c')],
  )
  const found = findings(40, second => ({
    snapshot: second < 20 ? snapshotOf([whole]) : without2,
    ends: { t: new Float64Array(500) },
  }))
  assert.equal(
    oneLine(found),
    'act broker-gone:2: Broker 2 does not answer; 500 of its 500 replicas are out of sync.',
  )
})

test('a partition without a leader says which broker holds the copy that may lead', () => {
  const broken = withPartition(topic('t', 6, [1, 2, 3]), 4, { leader: null, isr: [id(2)] })
  const found = findings(40, () => ({ snapshot: snapshotOf([broken]), ends: { t: new Float64Array(6) } }))
  assert.ok(
    lines(found).includes(
      'act leaderless:t: t has 1 of 6 partitions without a leader: nobody can write or read them.',
    ),
    lines(found).join('\n'),
  )
  assert.match(found[0]?.cure ?? '', /on broker 2; start it/)
})

test('a copy that is behind on a broker that answers', () => {
  const behind = withPartition(topic('t', 6, [1, 2, 3]), 4, { isr: [id(2), id(3)] })
  const found = findings(40, () => ({ snapshot: snapshotOf([behind]), ends: { t: new Float64Array(6) } }))
  assert.equal(oneLine(found), 'warning under-replicated: t-4 has a copy that is behind, on broker 1.')
})

test('leaders that did not come back', () => {
  const info = topic('t', 30, [1, 2, 3])
  const moved = {
    ...info,
    partitions: info.partitions.map(each => (each.leader === id(1) ? { ...each, leader: id(2) } : each)),
  }
  const found = findings(40, () => ({ snapshot: snapshotOf([moved]), ends: { t: new Float64Array(30) } }))
  assert.equal(
    oneLine(found),
    'warning leaders-unbalanced:2: Broker 2 leads 20 of 30 partitions, 100 % over its share.',
  )
  assert.match(found[0]?.cure ?? '', /^10 of them prefer another broker/)
  assert.match(found[0]?.command ?? '', /--election-type preferred/)
})

const two = snapshotOf([topic('t', 2, [1, 2, 3])])
const groupFinding = (
  seconds: number,
  committed: (second: number) => readonly [number, number],
  members: readonly (readonly number[])[] = [[0, 1]],
): readonly FindingDraft[] =>
  findings(seconds, second => ({
    snapshot: two,
    ends: { t: [second * 10, second * 10] },
    groups: [groupOf("it's", 't', committed(second), members)],
  }))

test('a group that stopped, one that stands still, one that went backwards', () => {
  assert.equal(
    oneLine(groupFinding(40, () => [100, 100], [])),
    "act group-stopped:it's: it's has no members, and 600 records wait.",
  )
  const stalled = groupFinding(40, second => [100, second * 10])
  assert.equal(
    oneLine(stalled),
    "act group-stalled:it's: it's stands still on 1 of 2 partitions, the oldest record on t-0: records wait and no commit moves.",
  )
  assert.equal(stalled[0]?.command, "npx lanekeeper groups diagnose 'it'\\''s'", 'a name is never a command')
  assert.match(
    oneLine(groupFinding(40, second => [second < 35 ? second * 10 - 1 : second * 10 - 200, second * 10])),
    /went backwards on 1 of 2 partitions/,
  )
})

test('a group that falls behind on one partition: more members cannot help', () => {
  const found = groupFinding(300, second => [Math.floor(second * 5), second * 10])
  assert.match(
    oneLine(found),
    /^warning group-behind:it's: it's is 2 m 30 s behind on t-0, and 5 records further each second\.$/,
  )
  assert.match(found[0]?.cure ?? '', /more members cannot help.* 10\/s arrive/)
})

test('nothing committed, once a member has had the time', () => {
  assert.deepEqual(lines(groupFinding(10, second => [NaN, second * 10])), [])
  assert.match(
    oneLine(groupFinding(40, second => [NaN, second * 10])),
    /has committed nothing on 1 of 2 partitions/,
  )
})

test('more members than partitions', () => {
  assert.equal(
    oneLine(groupFinding(40, second => [second * 10, second * 10], [[0], [1], []])),
    "info idle-members:it's: it's has 3 members for 2 partitions; 1 has nothing to read.",
  )
})

test('every sentence has its subject as a link or a figure in bold, and a cure that ends', () => {
  for (const found of [groupFinding(40, () => [100, 100], []), groupFinding(300, () => [5, 5])].flat()) {
    assert.ok(found.sentence.some(piece => piece.mark === 'link' || piece.mark === 'strong'))
    assert.match(found.cure, /\.$/)
  }
})

test('a finding that flickers keeps its beginning; one that was gone for long begins anew', () => {
  const one = [{ id: 'a' }]
  let dates = dateFindings(new Map(), one, 1_000)
  dates = dateFindings(dates, [], 20_000)
  dates = dateFindings(dates, one, 40_000)
  assert.equal(dates.get('a')?.sinceMs, 1_000)
  dates = dateFindings(dates, [], 60_000)
  dates = dateFindings(dates, one, 200_000)
  assert.equal(dates.get('a')?.sinceMs, 200_000)
})
