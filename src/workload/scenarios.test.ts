import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionCount } from '../core/model/index.ts'
import { routeKey, skewOf } from '../core/routing/index.ts'
import { seededRandom } from '../core/simulation/index.ts'
import { createScenario, type Scenario, type ScenarioName } from './scenarios.ts'
import { createStreamSocial, type StampedValue } from './streamsocial.ts'

const shares = {
  streamsocial: new Map([
    ['user-actions', 0.6],
    ['content-interactions', 0.4],
  ]),
  ecommerce: new Map([['orders', 1]]),
  gaming: new Map([
    ['game-movements', 0.8],
    ['game-chat', 0.15],
    ['game-purchases', 0.05],
  ]),
  iot: new Map([['device-telemetry', 1]]),
} satisfies Record<ScenarioName, ReadonlyMap<string, number>>

const keyFields = {
  streamsocial: { 'user-actions': 'user_id', 'content-interactions': 'content_id' },
  ecommerce: { orders: 'customer_id' },
  gaming: {
    'game-movements': 'game_session_id',
    'game-chat': 'game_session_id',
    'game-purchases': 'game_session_id',
  },
  iot: { 'device-telemetry': 'device_id' },
} satisfies Record<ScenarioName, Readonly<Record<string, string>>>

const scenario = (name: ScenarioName, seed: number): Scenario =>
  createScenario({
    name,
    topicShares: shares[name],
    users: 300,
    contents: 60,
    run: 5,
    random: seededRandom(seed),
  })

for (const name of Object.keys(shares) as ScenarioName[])
  test(`${name}: stamped per topic and key, JSON that repeats its key, shares held, the same for a seed`, () => {
    const { next, distinctKeys } = scenario(name, 3)
    const again = scenario(name, 3)
    const last = new Map<string, number>()
    const records = new Map<string, number>()
    const total = 8000
    for (let index = 0; index < total; index++) {
      const record = next()
      assert.deepEqual(again.next(), record)
      const value = JSON.parse(record.value) as StampedValue & Record<string, unknown>
      assert.ok(record.value.startsWith(`{"run":5,"seq":${value.seq},`))
      const place = `${record.topic} ${record.key}`
      assert.equal(value.seq, (last.get(place) ?? 0) + 1)
      last.set(place, value.seq)
      const field = (keyFields[name] as Readonly<Record<string, string>>)[record.topic] ?? ''
      assert.ok(record.key.endsWith(String(value[field])), `${record.key} ${record.value}`)
      records.set(record.topic, (records.get(record.topic) ?? 0) + 1)
    }
    for (const [topic, share] of shares[name])
      assert.ok(Math.abs((records.get(topic) ?? 0) / total - share) < 0.03, topic)
    for (const [topic, keys] of distinctKeys) {
      const seen = [...last.keys()].filter(place => place.startsWith(`${topic} `)).length
      assert.ok(seen <= keys && seen > keys * 0.9, `${seen} of ${keys} keys of ${topic}`)
    }
  })

test('StreamSocial is what it was before there were other scenarios', () => {
  const { next } = scenario('streamsocial', 9)
  const before = createStreamSocial({
    userActionsTopic: 'user-actions',
    contentInteractionsTopic: 'content-interactions',
    users: 300,
    contents: 60,
    userActionsShare: 0.6,
    run: 5,
    random: seededRandom(9),
  })
  for (let index = 0; index < 500; index++) assert.deepEqual(next(), before())
})

test('the composite key of devices fills partitions that regions alone leave empty', () => {
  const { next } = scenario('iot', 1)
  const regions = new Set<string>()
  const [composite, region] = [new Float64Array(12), new Float64Array(12)]
  for (let index = 0; index < 20_000; index++) {
    const { key } = next()
    regions.add(key.split('/')[0] ?? '')
    composite[routeKey('java', key, partitionCount(12))]! += 1
    region[routeKey('java', key.split('/')[0] ?? '', partitionCount(12))]! += 1
  }
  assert.equal(regions.size, 8)
  assert.ok(skewOf(composite).maxOverMean < 1.6)
  assert.ok(skewOf(region).maxOverMean > 3)
  assert.ok(region.filter(count => count === 0).length >= 4)
})

test('a scenario with fewer topics than roles is refused', () => {
  assert.throws(
    () =>
      createScenario({
        name: 'gaming',
        topicShares: new Map([['a', 1]]),
        users: 1,
        contents: 1,
        run: 1,
        random: seededRandom(1),
      }),
    RangeError,
  )
})
