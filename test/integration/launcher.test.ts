import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { identify, isAlive, waitUntilGone } from '../../src/adapters/local-cluster/process-table.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { tempFolder } from '../support/temp-folder.ts'

/**
 * Launcher and program as two real processes, with a stand-in for `src/main.ts` that counts the signals it gets:
 * whatever is sent to whom, the program must see one.
 */
const root = join(import.meta.dirname, '..', '..')

const standIn = `
import { endWithParent } from './cli/parent.ts'
const got: string[] = []
const end = (): void => { console.log('got ' + got.join(' ')); process.exit(7) }
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
  got.push(signal)
  // long enough for a second copy to arrive and be counted
  if (got.length === 1) setTimeout(end, 1000)
})
endWithParent()
if (process.argv[2] === 'end') process.exitCode = 3
else setInterval(() => {}, 1000)
console.log('ready ' + process.pid + ' ' + process.argv.slice(2).join(','))
`

const project = (): string => {
  const folder = tempFolder('launcher')
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'src', 'cli'), { recursive: true })
  for (const file of [...readdirSync(join(root, 'bin')).map(name => `bin/${name}`), 'src/cli/parent.ts'])
    copyFileSync(join(root, file), join(folder, file))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'src', 'main.ts'), standIn)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

interface Launched {
  readonly launcher: ChildProcess
  readonly child: number
  readonly ready: string
  /** All lines after the first, when both have ended. */
  readonly rest: Promise<readonly string[]>
}

const launch = async (args: readonly string[], options: { detached?: boolean } = {}): Promise<Launched> => {
  const launcher = spawn('node', [join(project(), 'bin', 'lanekeeper.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  })
  // both ends are listened for at once: a program that ends quickly says all it has to say in one turn
  const lines: string[] = []
  const reader = createInterface({ input: launcher.stdout })
  const closed = once(reader, 'close')
  const ready = new Promise<string>((resolve, reject) => {
    reader.on('line', line => {
      lines.push(line)
      resolve(line)
    })
    void closed.then(() => reject(new Error('the program ended without a word')))
  })
  const first = await ready
  return {
    launcher,
    child: Number(first.split(' ')[1]),
    ready: first,
    rest: closed.then(() => lines.slice(1)),
  }
}

test('arguments go in, the exit code comes out', async () => {
  const { launcher, ready, rest } = await launch(['end', '--flag', 'a b'])
  assert.match(ready, /end,--flag,a b$/)
  await rest
  if (launcher.exitCode === null) await once(launcher, 'exit')
  assert.equal(launcher.exitCode, 3)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} to the launcher alone reaches the program once, and the launcher waits for it`, async () => {
    const { launcher, rest } = await launch([])
    launcher.kill(signal)
    assert.deepEqual(await rest, [`got ${signal}`])
    if (launcher.exitCode === null) await once(launcher, 'exit')
    assert.equal(launcher.exitCode, 7)
  })

test('a Ctrl-C goes to the whole group, and npm sends the launcher another: the program sees one', async () => {
  const { launcher, rest } = await launch([], { detached: true })
  process.kill(-(launcher.pid ?? 0), 'SIGINT')
  launcher.kill('SIGINT')
  assert.deepEqual(await rest, ['got SIGINT'])
})

test('kill -9 of the launcher ends the program, too', async () => {
  const { launcher, child } = await launch([])
  const program = identify(child)
  assert.ok(program !== null && isAlive(program))
  launcher.kill('SIGKILL')
  assert.deepEqual(await waitUntilGone([program], systemClock, 5_000), [])
})

test('packages count as installed when npm finished and every version fits', async () => {
  const { isInstalled } = (await import(join(root, 'bin', 'prepare.mjs'))) as {
    isInstalled(root: string): boolean
  }
  const folder = tempFolder('prepare')
  const lock = (version: string, more = {}): string =>
    JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: version }, ...more } })
  const present = join(folder, 'node_modules', '.package-lock.json')
  assert.equal(isInstalled(folder), true, 'a published package has no lockfile')
  writeFileSync(
    join(folder, 'package-lock.json'),
    lock('1.0.0', { 'node_modules/b': { version: '1', optional: true } }),
  )
  assert.equal(isInstalled(folder), false, 'nothing there')
  mkdirSync(join(folder, 'node_modules'))
  writeFileSync(present, lock('0.9.0'))
  assert.equal(isInstalled(folder), false, 'another version')
  writeFileSync(present, lock('1.0.0', { 'node_modules/extra': { version: '1' } }))
  assert.equal(isInstalled(folder), true, 'one more does no harm, another platform’s may be absent')
  writeFileSync(present, readFileSync(present, 'utf8').slice(0, 20))
  assert.equal(isInstalled(folder), false, 'half a file')
})

test('npm start takes another file, as a reader of the examples types it', async () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const [program = '', ...parameters] = scripts.start.split(' ')
  const child = spawn(program, [...parameters, 'examples/none.yaml'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  assert.match(said, /FILE_UNREADABLE: .*examples\/none\.yaml does not exist/)
  assert.equal(code, 2)
})
