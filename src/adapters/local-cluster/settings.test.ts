import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { nodeSettings, renderProperties, sharedSettings } from './settings.ts'

interface Compose {
  readonly services: Readonly<Record<string, { readonly image?: string; readonly environment?: Environment }>>
}
type Environment = Readonly<Record<string, string>>

const compose = parse(readFileSync(join(import.meta.dirname, '../../../compose.yaml'), 'utf8'), {
  merge: true,
}) as Compose

const containers = Object.entries(compose.services).filter(([, { image }]) =>
  image?.startsWith('apache/kafka:'),
)

/** What the image's entry point makes of a variable: `KAFKA_A_B` sets `a.b`. */
const propertiesOf = (environment: Environment): Map<string, string> =>
  new Map(
    Object.entries(environment)
      .filter(([name]) => name.startsWith('KAFKA_') && name !== 'KAFKA_HEAP_OPTS')
      .map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), value]),
  )

const node = (id: number, port: number, controllerPort: number | null) => ({ id, port, controllerPort })

test('the containers of compose.yaml have the settings of the local brokers, no more and no less', () => {
  assert.equal(containers.length, 3)
  const shared = sharedSettings(3).map(({ name, value }): [string, string] => [name, value])
  const own = nodeSettings(node(1, 1, 2), [node(1, 1, 2)], '/data').map(({ name }) => name)
  for (const [service, { environment = {} }] of containers) {
    const properties = propertiesOf(environment)
    for (const [name, value] of properties) assert.equal(typeof value, 'string', `${service}: quote ${name}`)
    for (const [name, value] of shared) assert.equal(properties.get(name), value, `${service}: ${name}`)
    assert.deepEqual([...properties.keys()].sort(), [...shared.map(([name]) => name), ...own].sort(), service)
  }
})

test('each container is a broker, a controller and a rack of its own', () => {
  for (const [index, [service, { environment }]] of containers.entries()) {
    assert.equal(environment?.['KAFKA_NODE_ID'], String(index + 1))
    assert.equal(environment?.['KAFKA_BROKER_RACK'], `rack-${index + 1}`)
    assert.equal(environment?.['KAFKA_ADVERTISED_LISTENERS'], `PLAINTEXT://${service}:9092`)
    assert.equal(
      environment?.['KAFKA_CONTROLLER_QUORUM_VOTERS']?.split(',')[index],
      `${index + 1}@${service}:9093`,
    )
  }
})

test('internal topics fit the number of brokers', () => {
  const value = (brokers: number, name: string): string | undefined =>
    sharedSettings(brokers).find(setting => setting.name === name)?.value
  for (const [brokers, replicas, inSync] of [
    [1, '1', '1'],
    [2, '2', '1'],
    [3, '3', '2'],
    [6, '3', '2'],
  ] as const) {
    assert.equal(value(brokers, 'offsets.topic.replication.factor'), replicas)
    assert.equal(value(brokers, 'transaction.state.log.min.isr'), inSync)
    assert.equal(value(brokers, 'min.insync.replicas'), inSync)
  }
})

test('related settings keep their relations, so that no broker refuses to start', () => {
  const value = (name: string): number =>
    Number(sharedSettings(3).find(setting => setting.name === name)?.value)
  assert.ok(value('broker.session.timeout.ms') >= 3 * value('broker.heartbeat.interval.ms'))
  assert.ok(value('group.consumer.session.timeout.ms') >= value('group.consumer.min.session.timeout.ms'))
  assert.ok(
    value('group.consumer.heartbeat.interval.ms') >= value('group.consumer.min.heartbeat.interval.ms'),
  )
  assert.ok(value('group.consumer.session.timeout.ms') > value('broker.session.timeout.ms'))
  assert.ok(value('log.roll.ms') < value('log.retention.ms'))
  assert.ok(value('log.segment.bytes') < value('log.retention.bytes'))
  // one index entry of 8 bytes per 4 KiB of log
  assert.ok(value('log.index.size.max.bytes') >= (value('log.segment.bytes') / 4096) * 8)
})

test('a broker outside the quorum has no controller listener', () => {
  const all = [node(1, 19092, 19192), node(2, 19093, null)]
  const text = renderProperties(nodeSettings(all[1] ?? node(0, 0, 0), all, 'C:\\data'))
  assert.match(text, /^process\.roles=broker$/m)
  assert.match(text, /^listeners=PLAINTEXT:\/\/127\.0\.0\.1:19093$/m)
  assert.match(text, /^controller\.quorum\.voters=1@127\.0\.0\.1:19192$/m)
  assert.match(text, /^log\.dirs=C:\\\\data$/m)
})

test('every setting has its reason', () => {
  for (const { name, why } of sharedSettings(3)) assert.ok(why.length > 5, name)
})
