import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlanView } from '../../../src/api/plan.ts'
import { planFigures, planHeadline, planRows } from './plan.ts'

const plan: PlanView = {
  file: 'lanekeeper.yaml',
  compared: true,
  observedAt: '2026-03-14T14:32:08.000Z',
  topics: [
    {
      topic: 'orders',
      change: 'changed',
      properties: [
        { property: 'partitions', kind: 'partitions', actual: '6', declared: '12', change: 'changed' },
        {
          property: 'replication-factor',
          kind: 'replication-factor',
          actual: '3',
          declared: '3',
          change: 'unchanged',
        },
        { property: 'retention.ms', kind: 'config', actual: null, declared: '1000', change: 'added' },
      ],
    },
    { topic: 'payments', change: 'unchanged', properties: [] },
  ],
  steps: [{ id: 's', text: 'Set retention.ms.' }],
  refusals: [{ topic: 'orders', code: 'ORDER_WOULD_BREAK', message: 'keys would move', fix: 'move' }],
  unchanged: ['payments'],
  cost: { topicsCreated: 0, partitionsCreated: 0, replicasCreated: 0, configsChanged: 1 },
  planCommand: 'plan',
  applyCommand: 'apply',
}

test('the headline counts what differs, and claims nothing that was not compared', () => {
  assert.equal(planHeadline(plan, true).title, 'One of 2 topics differs from lanekeeper.yaml.')
  assert.match(planHeadline(plan, true).sub, /One difference is refused/)
  assert.match(planHeadline({ ...plan, compared: false }, true).title, /Not compared/)
  assert.match(planHeadline({ ...plan, file: null }, true).title, /No topics are declared/)
  assert.match(planHeadline(plan, false).sub, /last time it was seen/)
  const same: PlanView = { ...plan, topics: plan.topics.slice(1), refusals: [] }
  assert.equal(planHeadline(same, true).title, 'payments is as lanekeeper.yaml declares.')
})

test('rows: only what differs, the name once, and a refused count beside a setting that is not', () => {
  assert.deepEqual(
    planRows(plan).map(row => [row.first, row.property, row.actual, row.refused]),
    [
      [true, 'partitions', '6', true],
      [false, 'retention.ms', null, false],
    ],
  )
  assert.equal(planFigures(plan).at(-1)?.tone, 'crit')
})
