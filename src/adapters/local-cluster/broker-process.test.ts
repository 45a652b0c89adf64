import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { lastWords } from './broker-process.ts'
import { layoutOf } from './layout.ts'

test('last words: of this start only, and a full disk first, which a broker cannot write down', () => {
  const broker = layoutOf(tempFolder('words')).broker(1)
  mkdirSync(broker.folder, { recursive: true })
  writeFileSync(broker.console, '')
  writeFileSync(broker.log, 'before\nafter\n')
  assert.deepEqual(lastWords(broker, 'before\n'.length, 1e9), ['after'])
  assert.deepEqual(lastWords(broker, 'before\n'.length, 8192), [
    `The disk of ${broker.folder} is full: 8.19\u00a0kB are left.`,
    'after',
  ])
})
