import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { LanekeeperError } from '../core/model/index.ts'
import { withUsageErrors } from './usage-errors.ts'

const failureOf = async (...args: readonly string[]): Promise<LanekeeperError> => {
  const scale = new Command('scale')
    .argument('<group>')
    .option('--min <n>')
    .action(() => undefined)
  const program = withUsageErrors(
    new Command('lanekeeper').addCommand(new Command('groups').addCommand(scale)),
  )
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (failure) {
    assert.ok(failure instanceof LanekeeperError, String(failure))
    return failure
  }
  return assert.fail(`${args.join(' ')} was accepted`)
}

test('wrong usage of a verb of a verb is one sentence, with the help of that very verb', async () => {
  const missing = await failureOf('groups', 'scale')
  assert.equal(missing.code, 'USAGE')
  assert.equal(missing.message, "Missing required argument 'group'.")
  assert.equal(missing.fix, '`lanekeeper groups scale --help` shows what it takes.')
  const misspelt = await failureOf('groups', 'scale', 'mailer', '--mim', '3')
  assert.equal(misspelt.message, "Unknown option '--mim' (Did you mean --min?)")
})

test('an unknown verb names the nearest one', async () => {
  const failure = await failureOf('group')
  assert.equal(failure.message, "Unknown command 'group' (Did you mean groups?)")
  assert.equal(failure.fix, '`lanekeeper --help` shows what it takes.')
})
