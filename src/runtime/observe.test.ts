import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import type { Observation } from '../core/model/index.ts'
import { defaultPace, intervalFor, observe } from './observe.ts'

const watching = (
  t: TestContext,
  prepare: (clock: ManualClock, cluster: ReturnType<typeof healthy>) => void = () => {},
) => {
  const clock = new ManualClock()
  const cluster = healthy()
  prepare(clock, cluster)
  const looks: { observation: Observation; intervalMs: number; atMs: number }[] = []
  const failures: { failure: unknown; tries: number; intervalMs: number }[] = []
  const observer = observe(cluster, clock, {
    onLook: (observation, intervalMs) => looks.push({ observation, intervalMs, atMs: clock.nowMs }),
    onFailure: (failure, tries, intervalMs) => failures.push({ failure, tries, intervalMs }),
  })
  t.after(() => observer.stop())
  return { clock, cluster, looks, failures, observer }
}

const healthy = () => {
  const cluster = scriptedCluster(snapshotOf([topic('t', 2, [1, 2, 3])]))
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(10, 20), start: Float64Array.of(0, 0) })
  cluster.groups.push(groupOf('g', 't', [10, 20], [[0, 1]]))
  return cluster
}

const wait = (clock: ManualClock, ms: number) => new Promise<void>(resolve => clock.after(ms, resolve))

test('offsets and groups every second, metadata every five, sizes every ten, each in a look of its own', async t => {
  const seldom: string[] = []
  const { clock, cluster, looks } = watching(t, (now, seen) => {
    seen.before = async call => {
      if (call === 'describe' || call === 'readSizes') seldom.push(`${call} ${now.nowMs / 1_000}`)
    }
  })
  await clock.advance(21_500)
  assert.equal(looks.length, 22)
  assert.equal(cluster.calls.get('readOffsets'), 22)
  assert.equal(cluster.calls.get('readGroups'), 22)
  assert.deepEqual(seldom, [
    'describe 0',
    'readSizes 0',
    'describe 5',
    'describe 10',
    'readSizes 11',
    'describe 15',
    'describe 20',
    'readSizes 21',
  ])
})

test('where every look reads metadata, sizes come with one of those', async t => {
  const { clock, cluster, looks } = watching(t, (slow, silent) => {
    silent.before = async call => (call === 'readOffsets' ? wait(slow, 2_000) : undefined)
  })
  await clock.advance(60_000)
  assert.ok(looks.length < 10, `${looks.length} looks`)
  const sizes = cluster.calls.get('readSizes') ?? 0
  assert.ok(sizes >= 3 && sizes <= 4, `sizes were read ${sizes} times`)
})

test('one look at a time, and at most a quarter of the time when brokers answer slowly', async t => {
  let running = 0
  const { clock, looks } = watching(t, (slow, cluster) => {
    cluster.before = async call => {
      assert.equal(running++, 0, `${call} began before the last call had ended`)
      await wait(slow, 500)
      running--
    }
  })
  await clock.advance(60_000)
  const intervals = looks.slice(1).map((look, i) => look.atMs - (looks[i]?.atMs ?? 0))
  assert.ok(looks.length > 5 && intervals.slice(1).every(each => each >= 4_000), intervals.join())
  assert.ok((looks.at(-1)?.intervalMs ?? 0) >= 4_000)
})

test('the pace is four times what the middle one of three looks took, within its bounds', () => {
  assert.equal(intervalFor([100], defaultPace), 1_000)
  assert.equal(intervalFor([2_000], defaultPace), 8_000)
  assert.equal(intervalFor([50, 2_000, 60], defaultPace), 1_000)
  assert.equal(intervalFor([2_000, 60, 1_500], defaultPace), 6_000)
  assert.equal(intervalFor([60_000, 60_000, 60_000], defaultPace), defaultPace.slowestMs)
})

test('one slow look among quick ones is followed by a rest as long, and then by the pace of before', async t => {
  let delayMs = 20
  const { clock, looks } = watching(t, (slow, cluster) => {
    cluster.before = async call => (call === 'readOffsets' ? wait(slow, delayMs) : undefined)
  })
  await clock.advance(5_500)
  delayMs = 1_700
  await clock.advance(1_000)
  delayMs = 20
  await clock.advance(12_000)
  const gaps = looks.slice(1).map((look, i) => look.atMs - (looks[i]?.atMs ?? 0))
  const slowAt = gaps.findIndex(gap => gap > 2_000)
  assert.ok(slowAt > 2, gaps.join())
  assert.ok((gaps[slowAt + 1] ?? 0) >= 1_700, `rested ${gaps[slowAt + 1]} ms: ${gaps.join()}`)
  assert.ok(
    gaps.slice(slowAt + 2).every(gap => gap <= 1_100),
    gaps.join(),
  )
})

test('a first look that takes long, as on a busy machine, is followed by its rest and then by the usual pace', async t => {
  let delayMs = 2_000
  const { clock, looks } = watching(t, (slow, cluster) => {
    cluster.before = async call => (call === 'readOffsets' ? wait(slow, delayMs) : undefined)
  })
  await clock.advance(2_000)
  delayMs = 20
  await clock.advance(8_000)
  const gaps = looks.slice(1).map((look, i) => look.atMs - (looks[i]?.atMs ?? 0))
  assert.deepEqual(gaps.slice(0, 4), [2_020, 1_000, 1_000, 1_000])
})

test('a cluster that comes back after a time without answers is looked at every second at once', async t => {
  const { clock, cluster, looks, failures } = watching(t, (slow, silent) => {
    silent.before = async call => {
      if (call === 'readOffsets' && silent.failing.readOffsets !== undefined) await wait(slow, 5_000)
    }
  })
  await clock.advance(3_500)
  cluster.failing = { readOffsets: new Error('timeout') }
  await clock.advance(40_000)
  assert.ok(failures.length >= 3, `${failures.length} failures`)
  cluster.failing = {}
  const before = looks.length
  await clock.advance(13_500)
  const gaps = looks.slice(before + 1).map((look, i) => look.atMs - (looks[before + i]?.atMs ?? 0))
  assert.ok(gaps.length > 2 && gaps.every(gap => gap === 1_000), gaps.join())
})

test('however slow looks are, from the third on they take at most a quarter of the time, a lone one half', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 10, max: 2_400 }), { minLength: 8, maxLength: 20 }),
      async delays => {
        let at = 0
        const spent: number[] = []
        const { clock, looks, observer } = watching(t, (slow, cluster) => {
          cluster.before = async call => {
            if (call !== 'readOffsets') return
            const delayMs = delays[at++] ?? 10
            spent.push(delayMs)
            await wait(slow, delayMs)
          }
        })
        while (looks.length < delays.length) await clock.advance(10_000)
        observer.stop()
        for (let look = 1; look + 1 < delays.length; look++) {
          const gap = (looks[look + 1]?.atMs ?? 0) - (looks[look]?.atMs ?? 0) - (spent[look + 1] ?? 0)
          assert.ok(
            gap >= Math.min(defaultPace.slowestMs, spent[look] ?? 0) - 1,
            `rest ${gap} after ${spent[look]}`,
          )
          const usual =
            [spent[look - 2] ?? 0, spent[look - 1] ?? 0, spent[look] ?? 0].toSorted((a, b) => a - b)[1] ?? 0
          if (look >= 2)
            assert.ok(
              gap + (spent[look] ?? 0) >= Math.min(defaultPace.slowestMs, usual * 4) - 1,
              `${gap} after ${spent.slice(look - 2, look + 1).join()}`,
            )
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('a cluster that does not answer yields failures, never an observation; it recovers by itself', async t => {
  const { clock, cluster, looks, failures } = watching(t)
  await clock.advance(3_500)
  const before = looks.length
  cluster.failing = { describe: new Error('refused'), readOffsets: new Error('refused') }
  await clock.advance(30_000)
  assert.equal(looks.length, before)
  assert.ok(failures.length >= 5 && failures.length <= 10, `${failures.length} tries in 30 s`)
  assert.deepEqual(
    failures.map(each => each.tries),
    failures.map((_, i) => i + 1),
  )
  cluster.failing = {}
  await clock.advance(defaultPace.failedMs + 100)
  assert.ok(looks.length > before)
  await clock.advance(10_000)
  assert.equal(looks.at(-1)?.intervalMs, 1_000)
})

test('groups that fail leave offsets standing, are null and not empty, and say why', async t => {
  const { clock, cluster, looks } = watching(t)
  cluster.failing = { readGroups: new Error('no coordinator') }
  await clock.advance(1_500)
  const look = looks.at(-1)?.observation
  assert.equal(look?.groups, null)
  assert.equal(look?.offsets.get('t')?.end[0], 10)
  assert.deepEqual(look?.problems, ['Groups: no coordinator'])
})

test('a leader that does not answer makes metadata be read at once; none at all is a failure', async t => {
  const { clock, cluster, looks, failures } = watching(t)
  await clock.advance(1_500)
  const described = cluster.calls.get('describe') ?? 0
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(NaN, 20), start: Float64Array.of(NaN, 0) })
  await clock.advance(2_000)
  assert.equal(looks.at(-1)?.observation.offsets.get('t')?.end[0], NaN)
  assert.ok((cluster.calls.get('describe') ?? 0) > described)
  assert.equal(failures.length, 0)
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(NaN, NaN), start: Float64Array.of(NaN, NaN) })
  await clock.advance(3_000)
  assert.ok(failures.length > 0)
})

test('a leader that stays in trouble is not asked about with every look', async t => {
  const { clock, cluster, looks } = watching(t)
  await clock.advance(1_500)
  const described = (): number => cluster.calls.get('describe') ?? 0
  const before = described()
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(NaN, 20), start: Float64Array.of(NaN, 0) })
  await clock.advance(60_000)
  // three at once, then every five seconds
  assert.ok(described() - before <= 3 + 60 / 5 + 1, `${described() - before} times in 60 s`)
  assert.ok(looks.length >= 60, 'while the rest is looked at as ever')
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(10, 20), start: Float64Array.of(0, 0) })
  await clock.advance(6_000)
  const well = described()
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(NaN, 20), start: Float64Array.of(NaN, 0) })
  await clock.advance(2_000)
  assert.ok(described() > well, 'and the next trouble is looked into at once')
})

test('what a sick cluster is asked: no more than a well one, and less the slower it is', async t => {
  const callsOf = async (delayMs: number, failing: boolean): Promise<number> => {
    const { clock, cluster } = watching(t, (slow, sick) => {
      sick.before = async () => wait(slow, delayMs)
    })
    if (failing)
      cluster.failing = {
        describe: new Error('refused'),
        readOffsets: new Error('refused'),
        readGroups: new Error('refused'),
        readSizes: new Error('refused'),
      }
    await clock.advance(120_000)
    return [...cluster.calls.values()].reduce((sum, calls) => sum + calls, 0)
  }
  const well = await callsOf(5, false)
  const counts = [await callsOf(200, false), await callsOf(1_000, false), await callsOf(4_000, false)]
  assert.ok(well > (counts[0] ?? 0) * 1.4, `${well} when well, ${counts.join()} the slower it gets`)
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => b - a),
  )
  assert.ok((counts[2] ?? 0) < well / 6)
  assert.ok((await callsOf(5, true)) < well / 6, 'and one that refuses is asked seldom')
})

test('stopping does not wait for a broker that never answers', async t => {
  const { clock, observer, looks } = watching(t, (_, cluster) => {
    cluster.before = () => new Promise(() => {})
  })
  await clock.advance(1_000)
  observer.stop()
  assert.equal(looks.length, 0)
})

test('of what was seen nothing is held on to', async t => {
  const clock = new ManualClock()
  const seen: WeakRef<Observation>[] = []
  const observer = observe(healthy(), clock, {
    onLook: observation => seen.push(new WeakRef(observation)),
    onFailure: () => assert.fail('no look may fail'),
  })
  t.after(() => observer.stop())
  await clock.advance(50_000)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  assert.ok(seen.length > 40)
  const held = seen.filter(observation => observation.deref() !== undefined).length
  assert.ok(held <= 2, `${held} of ${seen.length} observations are still held`)
})

test('starts are read every ten seconds; between, they are those known, until a topic is another one', async () => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('t', 2, [1, 2, 3], 'first')]))
  const asked: string[] = []
  const original = cluster.readOffsets
  cluster.readOffsets = async (snapshot, topics, which) => {
    asked.push(which ?? 'both')
    const all = await original(snapshot, topics, which)
    if (which !== 'ends') return all
    return new Map([...all].map(([name, each]) => [name, { ...each, start: each.start.map(() => NaN) }]))
  }
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(50, 60), start: Float64Array.of(5, 6) })
  const starts: number[][] = []
  const observer = observe(cluster, clock, {
    onLook: ({ offsets }) => starts.push([...(offsets.get('t')?.start ?? [])]),
    onFailure: () => assert.fail('no look may fail'),
  })
  await clock.advance(9_500)
  assert.equal(asked.filter(which => which === 'both').length, 1)
  assert.ok(starts.every(([a, b]) => a === 5 && b === 6))
  // made anew under the same name: the old starts say nothing about it
  cluster.snapshot = snapshotOf([topic('t', 2, [1, 2, 3], 'second')])
  cluster.offsets.set('t', { topic: 't', end: Float64Array.of(3, 4), start: Float64Array.of(0, 1) })
  await clock.advance(7_000)
  assert.deepEqual(starts.at(-1), [0, 1])
  assert.ok(starts.every(([a]) => a === 5 || a === 0 || Number.isNaN(a)))
  observer.stop()
})
