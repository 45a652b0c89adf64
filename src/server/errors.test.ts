import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import { errorBody } from './errors.ts'

test('an error names commands as they are typed where the server runs', () => {
  const error = new LanekeeperError('NOT_FOUND', 'Nothing is there; `lanekeeper topics` lists what is.', {
    fix: 'Start one: lanekeeper cluster start',
  })
  assert.deepEqual(errorBody(error, 'npx lanekeeper').error, {
    code: 'NOT_FOUND',
    message: 'Nothing is there; `npx lanekeeper topics` lists what is.',
    fix: 'Start one: npx lanekeeper cluster start',
    retriable: false,
  })
  assert.equal(errorBody(new LanekeeperError('NOT_FOUND', 'Nothing.'), 'npx lanekeeper').error.fix, null)
})
