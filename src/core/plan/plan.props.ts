import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { brokers, clusters, clustersAndSpecs, creationOf } from '../../../test/support/arbitrary-clusters.ts'
import { applyStep, inverse, placeReplicas, type Step, stepId } from './index.ts'

const alterations = clusters
  .filter(snapshot => snapshot.topics.size > 0)
  .chain(snapshot =>
    fc.record({
      snapshot: fc.constant(snapshot),
      topic: fc.constantFrom(...snapshot.topics.keys()),
      key: fc.constantFrom('retention.ms', 'cleanup.policy', '__proto__'),
      to: fc.option(fc.constantFrom('1', 'compact', '60000')),
    }),
  )
  .map(({ snapshot, topic, key, to }) => {
    const from = snapshot.topics.get(topic)?.configs?.get(key) ?? null
    return { snapshot, step: { kind: 'alter-config', topic, key, from, to } satisfies Step }
  })

test('a step taken back leaves the cluster as it was', () => {
  fc.assert(
    fc.property(alterations, ({ snapshot, step }) => {
      const forth = applyStep(snapshot, step)
      fc.pre(forth.ok)
      const undo = inverse(step)
      assert.ok(undo.ok)
      const back = applyStep(forth.value, undo.value)
      assert.deepEqual(back, { ok: true, value: snapshot })
    }),
  )
})

test('a step applied twice is already done, and applying never changes its input', () => {
  fc.assert(
    fc.property(clustersAndSpecs, ({ snapshot, specs }) => {
      const before = structuredClone(snapshot)
      for (const spec of specs) {
        const once = applyStep(snapshot, creationOf(spec))
        if (!once.ok) continue
        const twice = applyStep(once.value, creationOf(spec))
        assert.ok(!twice.ok)
        assert.equal(twice.failure.reason, 'already-done')
      }
      assert.deepEqual(snapshot, before)
    }),
  )
})

test('placement: no broker twice, racks as even as they allow, leaders within one', () => {
  fc.assert(
    fc.property(
      brokers,
      fc.integer({ min: 1, max: 60 }),
      fc.nat({ max: 3 }),
      fc.nat({ max: 99 }),
      (nodes, count, more, start) => {
        const replicationFactor = Math.min(nodes.length, 1 + more)
        const placed = placeReplicas(nodes, count, replicationFactor, start)
        const racks = Map.groupBy(nodes, broker => broker.rack)
        const rackOf = new Map(nodes.map(broker => [broker.id, broker.rack]))
        for (const replicas of placed) {
          assert.equal(replicas.length, replicationFactor)
          assert.equal(new Set(replicas).size, replicationFactor)
          const used = Map.groupBy(replicas, id => rackOf.get(id))
          // A rack that has a free broker never holds two replicas fewer than another
          for (const [rack, all] of racks) {
            const here = used.get(rack)?.length ?? 0
            if (here < all.length) for (const other of used.values()) assert.ok(other.length - here <= 1)
          }
        }
        const led = nodes.map(broker => placed.filter(replicas => replicas[0] === broker.id).length)
        assert.ok(Math.max(...led) - Math.min(...led) <= 1)
        assert.deepEqual(placeReplicas(nodes.toReversed(), count, replicationFactor, start), placed)
      },
    ),
  )
})

test('step ids differ between different targets', () => {
  fc.assert(
    fc.property(clustersAndSpecs, ({ specs }) => {
      const ids = specs.map(spec => stepId(creationOf(spec)))
      assert.equal(new Set(ids).size, specs.length)
    }),
  )
})
