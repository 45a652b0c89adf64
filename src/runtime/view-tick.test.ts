import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FindingDraft } from '../core/health/index.ts'
import { findingView } from './view-tick.ts'

test('a finding names commands as they are typed where the server runs, in its cure and to be copied', () => {
  const draft: FindingDraft = {
    id: 'stalled orders',
    severity: 'act',
    kind: 'group-stalled',
    sentence: [{ text: 'orders stands still', mark: 'plain' }],
    cure: 'See who holds it: `lanekeeper groups diagnose orders`.',
    command: 'npx lanekeeper groups diagnose orders',
  }
  const installed = findingView(draft, 0, { calledAs: 'lanekeeper', simulated: false })
  assert.equal(installed.cure, draft.cure)
  assert.equal(installed.command, 'lanekeeper groups diagnose orders')
  const clone = findingView(draft, 0, { calledAs: 'npx lanekeeper', simulated: false })
  assert.equal(clone.cure, 'See who holds it: `npx lanekeeper groups diagnose orders`.')
  assert.equal(clone.command, draft.command)
  const simulated = findingView(draft, 0, { calledAs: 'npx lanekeeper', simulated: true })
  assert.equal(simulated.command, null, 'nobody can ask a cluster that lives in another process')
})
