import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clusters, clustersAndSpecs } from '../../../test/support/arbitrary-clusters.ts'
import type { ClusterSnapshot, TopicSpec } from '../model/index.ts'
import { applyStep, applySteps, sameConfigValue } from '../plan/index.ts'
import { diffTopics, movedKeys, specsFromSnapshot } from './index.ts'

/** The judge, written without the code it judges. */
const satisfies = (snapshot: ClusterSnapshot, spec: TopicSpec): boolean => {
  const topic = snapshot.topics.get(spec.name)
  return (
    topic?.partitions.length === spec.partitions &&
    topic.partitions.every(partition => partition.replicas.length === spec.replicationFactor) &&
    [...spec.configs].every(([key, value]) => sameConfigValue(topic.configs?.get(key) ?? null, value))
  )
}

test('the applied plan satisfies every declaration that is not refused, and a second plan is empty', () => {
  fc.assert(
    fc.property(clustersAndSpecs, ({ snapshot, specs }) => {
      const plan = diffTopics(specs, snapshot)
      const result = applySteps(snapshot, plan.steps)
      assert.ok(result.ok)
      const refused = new Set(plan.refusals.map(refusal => refusal.topic))
      for (const spec of specs)
        if (!refused.has(spec.name)) assert.ok(satisfies(result.value, spec), spec.name)
      const second = diffTopics(specs, result.value)
      assert.deepEqual(second.steps, [])
      assert.deepEqual(second.refusals, plan.refusals)
    }),
  )
})

test('every declaration is changed, refused or unchanged; what is not declared is not touched', () => {
  fc.assert(
    fc.property(clustersAndSpecs, ({ snapshot, specs }) => {
      const plan = diffTopics(specs, snapshot)
      const said = new Set([
        ...plan.unchanged,
        ...plan.refusals.map(refusal => refusal.topic),
        ...plan.steps.map(step => step.topic),
      ])
      assert.deepEqual(said, new Set(specs.map(spec => spec.name)))
      const result = applySteps(snapshot, plan.steps)
      assert.ok(result.ok)
      for (const [name, topic] of snapshot.topics)
        if (!said.has(name)) assert.equal(result.value.topics.get(name), topic)
    }),
  )
})

test('every prefix of a plan leaves enough replicas for min.insync.replicas, and never fewer partitions', () => {
  fc.assert(
    fc.property(clustersAndSpecs, ({ snapshot, specs }) => {
      let state = snapshot
      for (const step of diffTopics(specs, snapshot).steps) {
        const result = applyStep(state, step)
        assert.ok(result.ok)
        for (const [name, topic] of state.topics)
          assert.ok((result.value.topics.get(name)?.partitions.length ?? 0) >= topic.partitions.length)
        state = result.value
        const topic = state.topics.get(step.topic)
        const needed = Number(topic?.configs?.get('min.insync.replicas') ?? 1)
        assert.ok(topic?.partitions.every(partition => partition.replicas.length >= needed))
      }
    }),
  )
})

test('input order changes nothing', () => {
  fc.assert(
    fc.property(clustersAndSpecs, ({ snapshot, specs }) => {
      const reversed: ClusterSnapshot = {
        ...snapshot,
        brokers: snapshot.brokers.toReversed(),
        topics: new Map([...snapshot.topics].toReversed()),
      }
      assert.deepEqual(diffTopics(specs.toReversed(), reversed), diffTopics(specs, snapshot))
    }),
  )
})

test('a cluster differs in nothing from the declarations made of it', () => {
  fc.assert(
    fc.property(clusters, snapshot => {
      const plan = diffTopics(specsFromSnapshot(snapshot), snapshot)
      assert.deepEqual([plan.steps, plan.refusals], [[], []])
      assert.equal(plan.unchanged.length, snapshot.topics.size)
    }),
  )
})

test('the share of moved keys is the exact count over all hash values', () => {
  const count = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(count, count, fc.integer({ min: 1, max: 9_000 }), (from, to, hashValues) => {
      let moved = 0
      for (let hash = 0; hash < hashValues; hash++) if (hash % from !== hash % to) moved++
      assert.deepEqual(movedKeys(from, to, hashValues), { moved, of: hashValues, share: moved / hashValues })
    }),
  )
})
