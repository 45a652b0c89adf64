import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthsFrom, orderCodec, orderState, orderTone, orderVerdict, readByKey } from './order.ts'
import { offsetFates, offsetState, offsetStories, offsetVerdict } from './offsets.ts'
import { practices } from './practice.ts'
import { readersAt, rebalanceCodec, rebalanceFilms, rebalanceVerdict, stageCount } from './rebalance.ts'
import { replicationCodec, replicationState, replicationStories, replicationVerdict } from './replication.ts'

const whole = (steps: readonly string[]) => ({ steps, at: steps.length })

test('offset stories end in what they are told for', () => {
  const ends = Object.fromEntries(
    offsetStories.map(({ id, steps }) => [id, offsetVerdict(offsetState({ s: whole(steps) }))]),
  )
  assert.match(ends['again'] ?? '', /^2 records were processed twice/)
  assert.match(ends['skip'] ?? '', /^3 records were skipped/)
  assert.match(ends['lanes'] ?? '', /^One record was processed twice/)
  const fates = offsetFates(offsetState({ s: whole(offsetStories[1]?.steps ?? []) }))
  assert.deepEqual(fates.slice(0, 8), [
    'done',
    'skipped',
    'skipped',
    'skipped',
    'done',
    'done',
    'in-hand',
    'in-hand',
  ])
})

test('replication stories end in what they are told for', () => {
  const ends = Object.fromEntries(
    replicationStories.map(({ id, steps, min, racks }) => [
      id,
      replicationState({ s: whole(steps), min, racks }),
    ]),
  )
  assert.deepEqual(
    Object.fromEntries(Object.entries(ends).map(([id, { lost, refused }]) => [id, [lost.size, refused]])),
    { broker: [0, 0], acks: [1, 0], rack: [0, 0], crowded: [0, 1], unclean: [1, 0] },
  )
  for (const id of ['broker', 'rack', 'crowded'])
    assert.match(
      replicationVerdict(ends[id] as (typeof ends)[string]),
      /^All is well: one broker may fail/,
      id,
    )
})

test('several fetches are told as one, with what was cut', () => {
  const told = replicationState(replicationCodec.read({ s: 'p.F.q.x1.p.F.k1.F' }))
  assert.match(told.text, /^All followers fetch\. Broker 1 cuts 1 record off its log/)
})

test('the story of order: kept, then moved, then broken', () => {
  const settings = orderCodec.read({})
  const at = (steps: number) => {
    const state = orderState({ ...settings, s: { ...settings.s, at: steps } })
    return [orderTone(state, settings), orderVerdict(state, settings)] as const
  }
  assert.equal(at(6)[0], 'ok')
  assert.match(at(7)[1], /^anna and zoe moved to another lane/)
  const [tone, verdict] = at(settings.s.steps.length)
  assert.equal(tone, 'crit')
  assert.match(verdict, /^Order broken: 6 records/)
  const end = orderState({ ...settings, s: whole(settings.s.steps) })
  assert.deepEqual(
    readByKey(end, settings.keys).map(({ records }) => records.map(({ record }) => record.sequence)),
    [
      [4, 1, 2, 3],
      [4, 1, 2, 3],
    ],
  )
})

test('a doubling is a split and moves half, one more is a shuffle', () => {
  assert.deepEqual(
    growthsFrom(4).map(({ to, clean, movedShare }) => [to, clean, Math.round(movedShare * 100)]),
    [
      [5, false, 80],
      [8, true, 50],
    ],
  )
  assert.deepEqual(growthsFrom(12), [])
})

test('rebalancing: eager stops all, the others what moves; every partition is read or shown as unread', () => {
  const settings = rebalanceCodec.read({})
  const films = rebalanceFilms(settings)
  assert.match(rebalanceVerdict(films, 12), /nobody reads all 12 of 12 .* when eager, 3 when cooperative, 3 /)
  for (const film of films)
    for (let stage = 0; stage < stageCount(films); stage++) {
      const { rows, unread } = readersAt(film, stage, 12)
      const read = rows.flatMap(({ partitions }) => partitions.map(each => each.partition))
      assert.deepEqual(
        [...read, ...unread].toSorted((a, b) => a - b),
        Array.from({ length: 12 }, (_, partition) => partition),
      )
    }
})

test('every practice has a reason, figures and a command for the cluster that is watched', () => {
  const all = practices('kafka-1:9092')
  assert.ok(all.length >= 6)
  for (const { why, figures, commands } of all) {
    assert.ok(why.length > 100 && figures.length > 0 && commands.length > 0)
    for (const { text } of commands) if (/bootstrap/.test(text)) assert.match(text, /kafka-1:9092/)
  }
})
