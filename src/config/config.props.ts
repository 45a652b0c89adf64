import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { LanekeeperError } from '../core/model/index.ts'
import { loadConfig } from './config.ts'

const example = readFileSync(new URL('../../examples/streamsocial/lanekeeper.yaml', import.meta.url), 'utf8')

/** Any text is a configuration or a CONFIG_INVALID with problems; nothing else may come out. */
const judge = (text: string): void => {
  try {
    const config = loadConfig(text, 'f', { env: {}, flags: {} })
    assert.ok(Object.isFrozen(config))
  } catch (error) {
    if (!(error instanceof LanekeeperError)) throw error
    assert.equal(error.code, 'CONFIG_INVALID')
    assert.ok(error.problems.length > 0)
    for (const problem of error.problems) assert.match(problem, /^f:(\d+:\d+: |  ?and )\S/u)
  }
}

const snippets = fc.constantFrom(
  'topics:',
  '- ',
  '  ',
  '\n',
  '\t',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '!!x ',
  '? ',
  '|',
  '>',
  '#',
  '<<: ',
  '%YAML 1.1\n',
  '---\n',
  '...\n',
  '\ufeff',
  '\0',
  '\r',
  '\u2028',
  '😀',
  '010',
  '1e999',
  '.nan',
  '~',
  '__proto__',
  'name: t\n',
  'partitions: 1\n',
  'configs:\n',
  'groups:\n',
  'traffic:\n',
  'thresholds: ',
  'members: ',
)

test('no text crashes the reader', () => {
  fc.assert(
    fc.property(fc.array(snippets, { maxLength: 40 }), parts => judge(parts.join(''))),
    { numRuns: 2_000 },
  )
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), judge), { numRuns: 1_000 })
})

test('no damage to a good file crashes the reader', () => {
  const edit = fc.record({
    at: fc.nat({ max: example.length }),
    cut: fc.nat({ max: 20 }),
    put: fc.option(snippets),
  })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), edits => {
      judge(
        edits.reduce(
          (text, { at, cut, put }) => text.slice(0, at) + (put ?? '') + text.slice(at + cut),
          example,
        ),
      )
    }),
    { numRuns: 300 },
  )
})

test('no value in any place crashes the checks', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.constantFrom('topics', 'groups', 'traffic', 'cluster', 'thresholds'),
      (value, key) => judge(`${key === 'topics' ? '' : 'topics: []\n'}${key}: ${value}`),
    ),
    { numRuns: 1_000 },
  )
})

test('text made to exhaust memory, stack or patience is refused', () => {
  const full = 50_000
  for (const unit of [
    '[',
    '{',
    '- ',
    'a: ',
    '? ',
    '"',
    '&a ',
    '!x ',
    '*a ',
    ']',
    '{a: ',
    '[,',
    '\n',
    ':',
    '- - \n',
    '---\n',
  ])
    judge(unit.repeat(Math.floor(full / unit.length)))
  judge(Array.from({ length: 25_000 }, (_, index) => `k${index}: 1`).join('\n'))
  judge(Array.from({ length: 600 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'))
  judge('x'.repeat(3_000_000))
})
