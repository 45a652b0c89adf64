import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clusters } from '../../test/support/arbitrary-clusters.ts'
import { partitionCount } from '../core/model/index.ts'
import { diffTopics, specsFromSnapshot } from '../core/topics/index.ts'
import { loadConfig } from './config.ts'
import { printConfig } from './print-config.ts'

const printed = { clusterName: 'c', bootstrapServer: 'h:9092', brokers: 3, remarks: new Map() }
const load = (text: string) => loadConfig(text, 'f', { env: {}, flags: {} })

test('adopted, printed and loaded again, a cluster differs in nothing', () => {
  fc.assert(
    fc.property(clusters, snapshot => {
      const config = load(printConfig({ ...printed, topics: specsFromSnapshot(snapshot) }))
      const plan = diffTopics(config.topics, snapshot)
      assert.deepEqual([plan.steps, plan.refusals], [[], []])
      assert.equal(config.topics.length, snapshot.topics.size)
    }),
  )
})

test('any config value and any key name survives printing and loading', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom(
      'true',
      'no',
      '~',
      '010',
      '1e3',
      '-',
      '- a',
      'a: b',
      '#',
      '*a',
      '&a',
      "'",
      '"',
      '',
      ' ',
      '0x1',
      '.inf',
      '3.0',
      '\u0085',
    ),
  )
  fc.assert(
    fc.property(
      text,
      text.filter(key => key !== ''),
      (value, key) => {
        const topic = {
          name: '1e3',
          partitions: partitionCount(1),
          replicationFactor: 1,
          key,
          ordering: 'per-key' as const,
          configs: new Map([['some.future.config', value]]),
        }
        const [loaded] = load(
          printConfig({ ...printed, topics: [topic], remarks: new Map([['1e3', 'a\nb']]) }),
        ).topics
        assert.deepEqual(loaded, topic)
      },
    ),
  )
})
