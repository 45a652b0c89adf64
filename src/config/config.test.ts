import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import { type Config, loadConfig } from './config.ts'
import { configSchemaText } from './file-schema.ts'
import type { ConfigFlags } from './overrides.ts'

const load = (text: string, flags: ConfigFlags = {}, env: Record<string, string> = {}): Config =>
  loadConfig(text, 'f', { env, flags })

const problemsOf = (
  text: string,
  flags: ConfigFlags = {},
  env: Record<string, string> = {},
): readonly string[] => {
  try {
    load(text, flags, env)
  } catch (error) {
    assert.ok(error instanceof LanekeeperError, String(error))
    assert.equal(error.code, 'CONFIG_INVALID')
    return error.problems
  }
  return []
}

const topic = (lines: string): string =>
  `topics:\n  - name: t\n    partitions: 12\n    replication-factor: 3\n    ordering: none\n${lines}`

const example = readFileSync(new URL('../../examples/streamsocial/lanekeeper.yaml', import.meta.url), 'utf8')

test('the StreamSocial example is a valid file that says what the scenario promises', () => {
  const config = load(example)
  assert.deepEqual(
    config.topics.map(one => [one.name, one.partitions, one.replicationFactor, one.key, one.ordering]),
    [
      ['user-actions', 1000, 3, 'user_id', 'per-key'],
      ['content-interactions', 500, 3, 'content_id', 'none'],
    ],
  )
  for (const one of config.topics) assert.equal(one.configs.get('min.insync.replicas'), '2')
  assert.equal(config.traffic?.recordsPerSecond, 300)
  assert.deepEqual(
    config.groups.map(group => [group.name, group.topics]),
    [
      ['timeline-builder', ['user-actions']],
      ['feed-ranker', ['content-interactions']],
    ],
  )
  assert.equal(config.cluster.bootstrapServer, null)
  assert.equal(config.dashboard.port, 7400)
})

test('the example and its schema find each other, and the published schema is current', () => {
  assert.equal(
    example.split('\n', 1)[0],
    '# yaml-language-server: $schema=../../schema/lanekeeper.schema.json',
  )
  const published = readFileSync(new URL('../../schema/lanekeeper.schema.json', import.meta.url), 'utf8')
  assert.equal(published, configSchemaText(), 'run scripts/write-config-schema.ts')
  assert.equal(JSON.parse(published).$schema, 'http://json-schema.org/draft-07/schema#')
})

test('each scenario has an example that runs it, scaled down and valid', () => {
  for (const name of ['ecommerce', 'gaming', 'iot']) {
    const text = readFileSync(new URL(`../../examples/${name}/lanekeeper.yaml`, import.meta.url), 'utf8')
    const config = load(text)
    assert.equal(config.traffic?.scenario, name)
    assert.match(text, /Scaled down/)
    assert.ok(config.topics.reduce((sum, { partitions }) => sum + partitions, 0) <= 60, name)
    for (const one of config.topics) assert.equal(one.ordering, 'per-key')
  }
})

test('a short file gets the defaults', () => {
  const config = load('topics: []')
  assert.deepEqual(config.cluster, { name: 'local', bootstrapServer: null, brokers: 3 })
  assert.deepEqual([config.traffic, config.groups, config.dashboard.port], [null, [], 7400])
  assert.equal(config.thresholds.lagP99Ms, 100)
})

test('config values survive as they were written', () => {
  const [spec] = load(
    topic(`    configs:
      retention.ms: 9223372036854775807
      retention.bytes: -1
      min.cleanable.dirty.ratio: 0.50
      preallocate: true
      compression.type: "zstd"
      unheard.of.in.this.version: 007`),
  ).topics
  assert.deepEqual(
    [...(spec?.configs ?? [])],
    [
      ['retention.ms', '9223372036854775807'],
      ['retention.bytes', '-1'],
      ['min.cleanable.dirty.ratio', '0.50'],
      ['preallocate', 'true'],
      ['compression.type', 'zstd'],
      ['unheard.of.in.this.version', '007'],
    ],
  )
})

test('numbers that can be misread are refused where a count is meant', () => {
  for (const [written, advice] of [
    ['010', 'instead of 010 write 10'],
    ['3.0', 'instead of 3.0 write 3'],
    ['1e3', 'instead of 1e3 write 1000'],
    ['0x10', 'instead of 0x10 write 16'],
    ['+5', 'instead of +5 write 5'],
    ['"12"', '"12" is not'],
    ['1_000', '"1_000" is not'],
    ['.inf', '.inf is not'],
    ['0', '0 is not'],
    ['-1', '-1 is not'],
    ['1.5', '1.5 is not'],
    ['99999999999999999999', '99999999999999999999 is not'],
    ['null', 'nothing is not'],
  ] as const) {
    const [problem, ...more] = problemsOf(topic('').replace('12', written))
    assert.match(problem ?? '', /^f:3:\d+: topics\[0\]\.partitions must be /, written)
    assert.ok(problem?.endsWith(advice), problem)
    assert.deepEqual(more, [])
  }
})

test('the same goes for Kafka counts', () => {
  for (const [line, advice] of [
    ['retention.ms: 1e3', 'instead of 1e3 write 1000'],
    ['retention.ms: 010', 'instead of 010 write 10'],
    ['retention.ms: 9223372036854775808', 'must fit 64 bits'],
    ['retention.ms: soon', '"soon" is not'],
    ['retention.ms:', "remove the line to keep the broker's default"],
    ['retention.mss: 5', 'did you mean retention.ms?'],
    ['cleanup.policy: [compact, delete]', 'such as compact,delete'],
    ['cleanup.policy: remove', 'must be one of delete, compact'],
    ['preallocate: yes', 'must be true or false; "yes" is not'],
    ['min.cleanable.dirty.ratio: 2', 'from 0 to 1'],
    ['Retention: 5', 'is no Kafka config name'],
  ] as const) {
    const problems = problemsOf(topic(`    configs:\n      ${line}`))
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', /^f:7:\d+: topics\[0\]\.configs\./)
    assert.ok(problems[0]?.includes(advice), problems[0])
  }
})

test('all problems come at once, in the order of the file, each with its place', () => {
  const problems = problemsOf(
    `cluster:
  nmae: x
topics:
  - name: a b
    partitons: 12
    replication-factor: 3
    ordering: per-kee
  - name: ok
    partitions: 2
    replication-factor: 5
    ordering: per-key
    configs: {min.insync.replicas: 6}
  - name: ok
    name: ok
    partitions: 12
    replication-factor: 3
    ordering: none
    key: 12
groups:
  - {name: g, topics: [nope]}
  - {name: g, topics: [ok], members: 99}
traffic:
  scenario: streamsocial
  topics: {ok: 0.5, zz: 0.2}
thresholds: 5
`,
    { rate: '-1' },
    { LANEKEEPER_PORT: '080' },
  )
  assert.deepEqual(
    problems.map(problem => problem.split(/(?<=^[^ ]+): /)[0]),
    [
      '--rate',
      'LANEKEEPER_PORT',
      'f:2:3',
      'f:4:5',
      'f:4:11',
      'f:5:5',
      'f:7:15',
      'f:10:25',
      'f:11:15',
      'f:12:36',
      'f:13:11',
      'f:14:5',
      'f:18:10',
      'f:20:24',
      'f:21:12',
      'f:21:38',
      'f:24:11',
      'f:24:25',
      'f:25:13',
    ],
    problems.join('\n'),
  )
})

test('contradictions are named with what to do', () => {
  const one = (text: string): string => {
    const problems = problemsOf(text)
    assert.equal(problems.length, 1, problems.join('\n'))
    return problems[0] ?? ''
  }
  assert.match(one(topic('').replace('r: 3', 'r: 4')), /needs 4 brokers and the cluster has 3/)
  assert.match(one(topic('    configs: {min.insync.replicas: 4}')), /from 1 to the replication factor 3/)
  assert.match(one(topic('    configs: {min.insync.replicas: 0}')), /from 1 to the replication factor 3/)
  assert.match(one(topic('').replace('none', 'per-key')), /states no key; add key/)
  assert.match(one(topic('groups:\n  - {name: g, topics: [u]}')), /names u, which topics does not declare/)
  assert.match(one(topic('groups:\n  - {name: g, topics: [t], members: 13}')), /more than the 12 partitions/)
  assert.match(
    one(topic('  - {name: t, partitions: 1, replication-factor: 1, ordering: none}')),
    /declared already as topics\[0\]/,
  )
  assert.match(
    one(
      topic(
        '  - {name: a.b, partitions: 1, replication-factor: 1, ordering: none}\n  - {name: a_b, partitions: 1, replication-factor: 1, ordering: none}',
      ),
    ),
    /differs from a\.b only in/,
  )
  assert.match(
    one(topic('traffic: {scenario: ecommerce, topics: {t: 0.5}}')),
    /must add up to 1; they add up to 0\.5/,
  )
  assert.match(
    one(topic('traffic: {scenario: gaming, topics: {t: 1}}')),
    /must name 3 topics, in this order, for scenario gaming: movements, chat, purchases; it names 1$/,
  )
})

test('how many brokers an existing cluster has is asked there, not guessed here', () => {
  assert.deepEqual(problemsOf(topic('').replace('r: 3', 'r: 4'), { bootstrapServer: 'a:1,[::1]:9092' }), [])
})

test('what makes a file mean something else than it seems is refused', () => {
  for (const [text, expected] of [
    ['topics: []\ntopics: []', /^f:2:1: topics is written twice/],
    ['\ufefftopics: []', /^f:1:1: .*byte order mark/],
    ['topics:\n\t- a', /^f:2:1: a tab indents this line/],
    ['topics: []\n---\ntopics: []', /^f:2:1: a second document/],
    ['%YAML 1.1\n---\ntopics: []', /^f:1:1: YAML directives/],
    ['topics: &all []\ngroups: *all', /^f:1:\d+: &all is an anchor/],
    ['topics: !!seq []', /^f:1:\d+: .* is a tag/],
    ['? [topics]\n: []', /a key must be a plain name/],
    ['topics: [', /^f:1:\d+: this is not valid YAML: .*brackets$/],
    ['', /^f:1:1: the file is empty/],
    ['- topics', /^f:1:1: the file must be a mapping/],
    ['topics: []\n__proto__: {}', /^f:2:1: the file has no key __proto__/],
    ['topics: []\n"": 1', /a key must be a plain name/],
  ] as const)
    assert.ok(
      problemsOf(text).some(problem => expected.test(problem)),
      `${JSON.stringify(text)}: ${problemsOf(text).join('\n')}`,
    )
})

test('nested aliases that would expand to billions are refused at once', () => {
  const bomb = [
    'topics: &a0 [x]',
    ...Array.from({ length: 40 }, (_, i) => `k${i}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`),
  ]
  assert.ok(problemsOf(bomb.join('\n')).some(problem => problem.includes('is an alias; write the value out')))
})

test('a topic called __proto__ is a topic like any other', () => {
  const config = load(
    topic('traffic: {scenario: ecommerce, topics: {__proto__: 1}}').replace('name: t', 'name: __proto__'),
  )
  assert.equal(config.topics[0]?.name, '__proto__')
  assert.deepEqual([...(config.traffic?.topicShares ?? [])], [['__proto__', 1]])
})

test('flags win over the environment, the environment over the file', () => {
  const env = { LANEKEEPER_PORT: '7001', LANEKEEPER_RATE: '', LANEKEEPER_BOOTSTRAP_SERVER: 'b:9092' }
  const config = load(example, { port: '7002', rate: '5' }, env)
  assert.equal(config.dashboard.port, 7002)
  assert.equal(config.traffic?.recordsPerSecond, 5)
  assert.equal(load(example, {}, env).dashboard.port, 7001)
  assert.equal(load(example, {}, env).cluster.bootstrapServer, 'b:9092')
  assert.equal(load(example, {}, env).traffic?.recordsPerSecond, 300)
})

test('a rate without traffic: the flag is told, the variable is for other files', () => {
  assert.match(problemsOf('topics: []', { rate: '5' })[0] ?? '', /^--rate: has no effect/)
  assert.deepEqual(problemsOf('topics: []', {}, { LANEKEEPER_RATE: '5' }), [])
})

const mutable = (map: unknown): Map<string, unknown> => {
  assert.ok(map instanceof Map)
  return map
}

test('the configuration is frozen to its last map', () => {
  const config = load(example)
  assert.throws(() => Object.assign(config.cluster, { name: 'x' }), TypeError)
  assert.throws(() => (config.topics as unknown[]).push(1), TypeError)
  assert.throws(() => mutable(config.topics[0]?.configs).set('a', 1), TypeError)
  assert.throws(() => mutable(config.traffic?.topicShares).clear(), TypeError)
})

test('control characters from the file do not reach the terminal', () => {
  assert.ok(problemsOf('topics: []\n"\\e[2J": 1').every(problem => !problem.includes('\u001b')))
})

test('more problems than anybody reads are counted', () => {
  const problems = problemsOf(`topics:\n${'  - {}\n'.repeat(100)}`)
  assert.deepEqual([problems.length, problems.at(-1)], [51, 'f: and 350 more problems'])
})
