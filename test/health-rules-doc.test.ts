import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { healthRulesDocument } from '../scripts/health-rules-document.ts'
import {
  defaultThresholds,
  findingKinds,
  judgePartition,
  verdictRules,
  type PartitionEvidence,
} from '../src/core/health/index.ts'

const root = join(import.meta.dirname, '..')

test('docs/health-rules.md is what the tables say', () => {
  const written = readFileSync(join(root, 'docs', 'health-rules.md'), 'utf8')
  assert.equal(written, healthRulesDocument(), 'run: npm run docs')
})

test('every kind of finding in the sources has its row', () => {
  const folders = [join(root, 'src/core/health'), join(root, 'src/runtime')]
  const kinds = new Set<string>()
  for (const folder of folders)
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts') || /\.(test|props)\.ts$/.test(entry)) continue
      const text = readFileSync(join(folder, entry), 'utf8')
      // in a finding the kind stands behind its severity; other things have kinds, too
      for (const [, value] of text.matchAll(/severity: .*\n\s*kind: (.*)/g))
        for (const [, kind] of (value ?? '').matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)) kinds.add(kind ?? '')
      // of a group: what only who asks is told is no finding of the first screen
      if (!/diagnosis\/(?:elsewhere|limits)\.ts$/.test(entry))
        for (const [, kind] of text.matchAll(/aboutGroup\(\s*group,\s*'([a-z-]+)'/g)) kinds.add(kind ?? '')
    }
  assert.ok(kinds.size >= 20, [...kinds].join(' '))
  assert.deepEqual(
    [...kinds].filter(kind => !(kind in findingKinds)),
    [],
  )
})

test('each rule decides somewhere: none stands in the shadow of those before it', () => {
  const calm: PartitionEvidence = {
    lagRecords: 5,
    failingMs: 0,
    covered: true,
    wentBack: false,
    stoodStill: false,
    assigned: true,
    memberBusy: false,
    stillLately: false,
    lagGrowthShare: -0.1,
    lagMs: 10,
    historyMs: 3_600_000,
  }
  const cases: Readonly<Record<string, Partial<PartitionEvidence>>> = {
    'no-reading': { lagRecords: Number.NaN },
    'nothing-waits': { lagRecords: 0 },
    'says-so': { failingMs: 5_000, covered: false },
    'not-covered': { covered: false },
    'went-back': { wentBack: true },
    'nobody-reads': { stoodStill: true, assigned: false },
    'stands-still': { stoodStill: true },
    'too-old': { lagMs: 61_000 },
    'falls-behind': { lagMs: 11_000, lagGrowthShare: 0.5 },
    'older-than-history': { lagMs: Number.NaN },
    'age-unknown': { lagMs: Number.NaN, historyMs: 1_000 },
    'keeps-up': {},
  }
  assert.deepEqual(
    verdictRules.map(rule => rule.name),
    Object.keys(cases),
  )
  for (const rule of verdictRules) {
    const evidence = { ...calm, ...cases[rule.name] }
    const first = verdictRules.find(each => each.holds(evidence, defaultThresholds))
    assert.equal(first?.name, rule.name)
    assert.equal(judgePartition(evidence, defaultThresholds), rule.verdict)
  }
})
