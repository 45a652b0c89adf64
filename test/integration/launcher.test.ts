import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
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

/** Waits until a file has content; the deadline is the test's own. */
const content = async (file: string): Promise<string> => {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (text !== '') return text
    await wait(20)
  }
}

/**
 * A project whose packages are missing, and a stand-in for npm: `npm-cli.js start` runs the launcher in a shell, as npm
 * does; `npm-cli.js ci` says its pid and installs when a file `go` appears.
 */
const uninstalled = (): { readonly folder: string; readonly npm: string } => {
  const folder = project()
  rmSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package-lock.json'), '{"packages":{}}')
  const npm = join(folder, 'npm-cli.js')
  writeFileSync(
    npm,
    `import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
if (process.argv[2] === 'start') {
  spawn('sh', ['-c', process.argv[3] + ' bin/lanekeeper.mjs; true'], { stdio: 'inherit' })
} else {
  writeFileSync('npm.pid', String(process.pid))
  setInterval(() => {
    if (!existsSync('go')) return
    mkdirSync('node_modules', { recursive: true })
    writeFileSync('node_modules/.package-lock.json', '{"packages":{}}')
    process.exit()
  }, 20)
}`,
  )
  return { folder, npm }
}

const startIn = ({ folder, npm }: { readonly folder: string; readonly npm: string }): ChildProcess =>
  spawn(process.execPath, [join(folder, 'bin', 'lanekeeper.mjs'), 'end'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, npm_execpath: npm, npm_lifecycle_event: undefined },
  })

test('SIGTERM while packages are installed ends npm as well, and the next start goes on by itself', async () => {
  const place = uninstalled()
  const launcher = startIn(place)
  const npm = identify(Number(await content(join(place.folder, 'npm.pid'))))
  assert.ok(npm !== null)
  launcher.kill('SIGTERM')
  const [, signal] = (await once(launcher, 'exit')) as [number | null, string | null]
  assert.equal(signal, 'SIGTERM')
  assert.equal(isAlive(npm), false, 'npm has ended before the launcher')

  writeFileSync(join(place.folder, 'go'), '')
  const [code] = (await once(startIn(place), 'exit')) as [number]
  assert.equal(code, 3, 'the program ran')
})

test('an npm that outlived a launcher killed hard is waited for, and not joined by a second one', async () => {
  const place = uninstalled()
  const launcher = startIn(place)
  const npmPid = await content(join(place.folder, 'npm.pid'))
  launcher.kill('SIGKILL')
  await once(launcher, 'exit')

  const next = startIn(place)
  let said = ''
  next.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said.includes('waiting for it')) writeFileSync(join(place.folder, 'go'), '')
  })
  const [code] = (await once(next, 'close')) as [number]
  assert.match(said, new RegExp(`Process ${npmPid} is installing the packages; waiting for it`))
  assert.equal(code, 3, 'the program ran')
  assert.equal(readFileSync(join(place.folder, 'npm.pid'), 'utf8'), npmPid, 'no second npm')
})

test('a lock left behind by a process whose number is in use again blocks nobody', async () => {
  const place = uninstalled()
  mkdirSync(join(place.folder, '.lanekeeper'))
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  try {
    writeFileSync(join(place.folder, '.lanekeeper', 'install.lock'), String(stranger.pid))
    writeFileSync(join(place.folder, 'go'), '')
    const [code] = (await once(startIn(place), 'exit')) as [number]
    assert.equal(code, 3, 'the program ran')
  } finally {
    stranger.kill()
  }
})

test('npm killed hard while packages are installed: nothing is installed or started any more', async () => {
  const place = uninstalled()
  const above = spawn(process.execPath, [place.npm, 'start', process.execPath], {
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, npm_execpath: place.npm, npm_lifecycle_event: 'start' },
  })
  let said = ''
  above.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const closed = once(above, 'close')
  const npm = identify(Number(await content(join(place.folder, 'npm.pid'))))
  assert.ok(npm !== null)
  above.kill('SIGKILL')
  assert.deepEqual(await waitUntilGone([npm], systemClock, 5_000), [])
  await closed
  assert.equal(said, '', 'the program did not run')
})

test('a build of the page that is cut off leaves the page that was there', async () => {
  const folder = project()
  rmSync(join(folder, 'node_modules'))
  const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js')
  mkdirSync(join(vite, '..'), { recursive: true })
  // as Vite does: the folder is emptied, then the page is written, then what it loads
  writeFileSync(
    vite,
    `const { mkdirSync, rmSync, writeFileSync } = require('node:fs')
const out = process.argv.includes('--outDir') ? process.argv[process.argv.indexOf('--outDir') + 1] : 'web/dist'
rmSync(out, { recursive: true, force: true })
mkdirSync(out)
writeFileSync(out + '/index.html', 'new')
writeFileSync('vite.pid', String(process.pid))
setInterval(() => {}, 1000)`,
  )
  for (const source of ['web/public', 'web/src', 'web/dist', 'src/core', 'src/api'])
    mkdirSync(join(folder, source), { recursive: true })
  for (const source of ['web/index.html', 'web/vite.config.ts']) writeFileSync(join(folder, source), '')
  const page = join(folder, 'web', 'dist', 'index.html')
  writeFileSync(page, 'old')
  utimesSync(page, 0, 0)

  const launcher = spawn(process.execPath, [join(folder, 'bin', 'lanekeeper.mjs'), 'up'], {
    cwd: folder,
    stdio: 'ignore',
  })
  const builder = identify(Number(await content(join(folder, 'vite.pid'))))
  launcher.kill('SIGINT')
  await once(launcher, 'exit')
  assert.ok(builder !== null && !isAlive(builder), 'the build has ended')
  assert.equal(readFileSync(page, 'utf8'), 'old')
})

test('the page that the launcher builds beside the old one is whole, with what is compressed for its readers', async () => {
  const folder = tempFolder('page')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const build = ['build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn']
  const [code] = (await once(spawn(process.execPath, [vite, ...build], { cwd: root }), 'exit')) as [number]
  assert.equal(code, 0)
  const [script = ''] = /assets\/[\w-]+\.js/.exec(readFileSync(join(folder, 'index.html'), 'utf8')) ?? []
  assert.ok(existsSync(join(folder, script)) && existsSync(join(folder, `${script}.br`)), script)
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

test('a command that is suggested can be typed as it stands, however the program was called', async () => {
  const folder = tempFolder('called-as')
  const link = join(folder, 'lanekeeper')
  symlinkSync(join(root, 'bin', 'lanekeeper.mjs'), link)
  const withoutNpm = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
  )
  const suggestedBy = async (program: string, ...before: readonly string[]): Promise<string> => {
    const child = spawn(program, [...before, 'topics', '--no-such-flag'], {
      cwd: root,
      env: withoutNpm,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    await once(child, 'close')
    return /`(.*) topics --help`/.exec(said)?.[1] ?? said
  }
  assert.deepEqual(
    await Promise.all([
      suggestedBy('npx', 'lanekeeper'),
      suggestedBy(process.execPath, join(root, 'bin', 'lanekeeper.mjs')),
      // as the first line of the file makes it
      suggestedBy(process.execPath, link),
    ]),
    ['npx lanekeeper', 'npx lanekeeper', 'lanekeeper'],
  )
})

test('output that the disk does not take is one line and exit code 2, and no crash', async t => {
  if (!existsSync('/dev/full')) return t.skip('no /dev/full here')
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts'), 'route', 'a', '--partitions', '3'], {
    stdio: ['ignore', full, 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  closeSync(full)
  assert.match(said, /^error FILE_UNREADABLE: standard output: the disk is full\.$/m)
  assert.doesNotMatch(said, /node:|at write/)
  assert.equal(code, 2)
})
