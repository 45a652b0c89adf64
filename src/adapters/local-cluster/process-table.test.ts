import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { systemClock } from '../system/clock.ts'
import { end, identify, isAlive, residentBytes, signal } from './process-table.ts'

const sleeper = (script: string): { pid: number; exited: Promise<unknown> } => {
  const child = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  return { pid: child.pid ?? 0, exited: once(child, 'exit') }
}

test('knows itself, and a number that nobody has', () => {
  const self = identify(process.pid)
  assert.ok(self !== null && isAlive(self))
  assert.ok((residentBytes(self) ?? 0) > 1_000_000)
  for (const pid of [0, -1, 2 ** 22 + 1, Number.NaN]) assert.equal(identify(pid), null)
})

test('a reused pid is another process: it is not alive, and it is not hit by a signal', () => {
  const stranger = { pid: process.pid, startTime: 'another time' }
  assert.equal(isAlive(stranger), false)
  assert.equal(residentBytes(stranger), null)
  assert.equal(signal(stranger, 'SIGKILL'), false)
})

test('ends with SIGTERM who listens, with SIGKILL who does not, and says nobody is left', async () => {
  const obedient = sleeper('setInterval(() => {}, 1000)')
  const stubborn = sleeper("process.on('SIGTERM', () => {}); console.log(1); setInterval(() => {}, 1000)")
  const identities = [obedient, stubborn].flatMap(({ pid }) => identify(pid) ?? [])
  assert.equal(identities.length, 2)
  assert.deepEqual(await end(identities, systemClock, 500), [])
  await Promise.all([obedient.exited, stubborn.exited])
  assert.deepEqual(identities.map(isAlive), [false, false])
})
