import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged, windowOf } from '../../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../../test/support/scripted-cluster.ts'
import type { FailingRecord, FailingState } from '../../model/index.ts'
import { defaultThresholds, findingsOf, sentenceText } from '../index.ts'

const PARTITIONS = 12
const members = [
  [0, 1, 2, 3],
  [4, 5, 6, 7],
  [8, 9, 10, 11],
]

const failing = (state: FailingState, given: Partial<FailingRecord> = {}): FailingRecord => ({
  offset: 207,
  records: 1,
  state,
  attempts: 8,
  failingMs: 7_000,
  error: 'SyntaxError',
  ...given,
})

/** Twelve partitions; those of `says` stand at 207 from second 20 on, and their member says why. */
const judgedAt = (
  seconds: number,
  says: ReadonlyMap<number, FailingRecord>,
  given: { readonly members?: readonly (readonly number[])[]; readonly mute?: readonly number[] } = {},
) => {
  const snapshot = snapshotOf([topic('t', PARTITIONS, [1, 2, 3])])
  const stands = new Set([...says.keys(), ...(given.mute ?? [])])
  const window = windowOf(seconds, second => {
    const committed = Array.from({ length: PARTITIONS }, (_, p) =>
      stands.has(p) && second > 20 ? 207 : second * 10 - 3,
    )
    return {
      snapshot,
      ends: { t: Array.from({ length: PARTITIONS }, () => second * 10) },
      groups: [
        {
          ...groupOf('g', 't', committed, given.members ?? members),
          ...(second > 20 && says.size > 0 ? { failing: new Map([['t', says]]) } : {}),
        },
      ],
    }
  })
  const health = judged(window, seconds)
  return {
    verdict: health.groups[0]?.verdict,
    reason: health.groups[0]?.reason,
    findings: findingsOf(health, defaultThresholds, 'h:1').map(each => ({
      ...each,
      text: sentenceText(each.sentence).replaceAll('\u00a0', ' '),
    })),
  }
}

const five = (record: FailingRecord) => new Map([[5, record]])

test('a record that fails is named with topic, partition and offset as soon as its consumer says so', () => {
  const { verdict, reason, findings } = judgedAt(22, five(failing('retrying')))
  assert.equal(verdict, 'stalled')
  assert.match(
    reason ?? '',
    /^1 of 12 partitions is held up: its consumer says that a record fails there again and again\./,
  )
  assert.deepEqual(
    findings.map(({ kind, severity, text }) => `${severity} ${kind}: ${text}`),
    [
      'act group-held: g is held up on t-5, at offset 207: the handler of client-1 on /127.0.0.1 failed at least 8 times with SyntaxError and tries again; 13 records wait.',
    ],
  )
  const [found] = findings
  assert.deepEqual([found?.topic, found?.partition], ['t', 5])
  assert.equal(found?.command, 'npx lanekeeper consume t --partition 5 --offset 207 --max 1')
  assert.match(found?.cure ?? '', /lanekeeper offsets reset g --topic t:5 --to-offset 208\./)
})

test('what is told once is not told again as standing still, however long it lasts', () => {
  const told = [30, 40, 60, 90].map(seconds =>
    judgedAt(seconds, five(failing('retrying')))
      .findings.map(({ kind }) => kind)
      .join(),
  )
  assert.deepEqual([...new Set(told)], ['group-held'])
})

test('a failure of a moment is no finding; one that nobody tries again is one at once', () => {
  assert.deepEqual(judgedAt(22, five(failing('retrying', { failingMs: 4_000 }))).findings, [])
  for (const [state, words] of [
    ['stopped', /^g stands on t-5, at offset 207: .* failed 8 times with SyntaxError and gave up; /],
    ['parked', /^g has parked a key on t-5, at offset 207: .* failed 8 times with SyntaxError; /],
  ] as const) {
    const [found, ...more] = judgedAt(22, five(failing(state, { failingMs: 0 }))).findings
    assert.deepEqual(more, [])
    assert.match(found?.text ?? '', words)
  }
})

test('a dead letter that cannot be written is another trouble, with another cure', () => {
  const [found] = judgedAt(22, five(failing('letter-refused', { error: 'DEAD_LETTER_FAILED' }))).findings
  assert.match(
    found?.text ?? '',
    /its dead letter could not be written, at least 8 times with DEAD_LETTER_FAILED/,
  )
  assert.match(found?.cure ?? '', /^It is tried until it succeeds.*min\.insync\.replicas/)
})

test('of a batch no record is blamed, and nothing tells to step over all of it', () => {
  const [found] = judgedAt(22, five(failing('stopped', { records: 500 }))).findings
  assert.match(found?.text ?? '', /^g stands on t-5, at the batch of 500 from offset 207: /)
  assert.doesNotMatch(found?.cure ?? '', /offsets reset/)
})

test('the same error on many partitions is one finding, and no record is blamed', () => {
  const says = new Map([4, 5, 6, 7].map(p => [p, failing('retrying', { error: 'ECONNREFUSED' })]))
  const [found, ...more] = judgedAt(40, says).findings
  assert.deepEqual(more, [])
  assert.equal(
    found?.text,
    'g is held up on 4 of 12 partitions: handlers fail with ECONNREFUSED, on t-4 at offset 207, on t-5 at offset 207, on t-6 at offset 207, and on 1 more; 772 records wait.',
  )
  assert.match(
    found?.cure ?? '',
    /^The same error on 4 partitions at once is hardly the fault of as many records/,
  )
})

test('silence is no sign of health: a partition that stands without a word is told beside the one that says why', () => {
  const { findings } = judgedAt(60, five(failing('retrying')), { mute: [9] })
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['group-held', 'group-stalled'],
  )
  assert.match(findings[1]?.text ?? '', /^g stands still on 1 of 12 partitions/)
})

test('the word of a member that is gone does not hold for the partition it left to nobody', () => {
  const { verdict, findings } = judgedAt(60, five(failing('retrying')), {
    members: [
      [0, 1, 2, 3],
      [4, 6, 7],
    ],
  })
  assert.equal(verdict, 'stopped')
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['group-stopped'],
  )
})
