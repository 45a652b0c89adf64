import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { LanekeeperError } from '../../core/model/index.ts'
import { findKafka, KAFKA_VERSION } from './jars.ts'
import { identify, isAlive } from './process-table.ts'
import { tempFolder } from '../../../test/support/temp-folder.ts'

const newFolder = (): string => tempFolder('jars')
const silent = (): void => {}

/** A Maven that makes its output folder and then runs `script`. */
const fakeMaven = (script: string): string => {
  const bin = newFolder()
  const mvn = join(bin, 'mvn')
  writeFileSync(
    mvn,
    `#!/bin/sh\nfor a in "$@"; do case "$a" in -DoutputDirectory=*) out="\${a#*=}";; esac; done\nmkdir -p "$out"\n${script}\n`,
  )
  chmodSync(mvn, 0o755)
  return `${bin}:/usr/bin:/bin`
}

test('the Maven file names the version that the program names', () => {
  const pom = readFileSync(join(import.meta.dirname, 'kafka-pom.xml'), 'utf8')
  assert.equal(/<kafka\.version>(.*)<\/kafka\.version>/.exec(pom)?.[1], KAFKA_VERSION)
})

test('an unpacked Kafka is used as it is; an old or empty one is refused', async () => {
  const home = newFolder()
  mkdirSync(join(home, 'libs'))
  await assert.rejects(findKafka(newFolder(), { KAFKA_HOME: home }, silent), { code: 'PREREQUISITE_MISSING' })
  const old = newFolder()
  mkdirSync(join(old, 'libs'))
  writeFileSync(join(old, 'libs', 'kafka_2.13-3.9.1.jar'), '')
  await assert.rejects(findKafka(newFolder(), { KAFKA_HOME: old }, silent), { code: 'PREREQUISITE_MISSING' })
  writeFileSync(join(home, 'libs', 'kafka_2.13-4.1.0.jar'), '')
  assert.deepEqual(await findKafka(newFolder(), { KAFKA_HOME: home }, silent), {
    libs: join(home, 'libs'),
    version: '4.1.0',
  })
})

test('jars are fetched once, and appear whole', async () => {
  const folder = newFolder()
  const env = { PATH: fakeMaven('touch "$out/a.jar"') }
  const { libs } = await findKafka(folder, env, silent)
  assert.deepEqual(readdirSync(libs), ['a.jar'])
  assert.deepEqual(readdirSync(join(folder, KAFKA_VERSION)), ['libs'])
  await findKafka(folder, { PATH: '/nowhere' }, silent)
})

test("a relative folder is taken from the working directory, and not from where Maven's file lies", async () => {
  const folder = newFolder()
  const env = { PATH: fakeMaven('case "$out" in /*) touch "$out/a.jar";; esac') }
  const { libs } = await findKafka(relative(process.cwd(), folder), env, silent)
  assert.deepEqual(readdirSync(libs), ['a.jar'])
})

test('two fetches at once do not clash, and an abandoned one is removed', async () => {
  const folder = newFolder()
  const abandoned = join(folder, KAFKA_VERSION, `libs.fetching-${2 ** 22 + 1}-x`)
  mkdirSync(abandoned, { recursive: true })
  const env = { PATH: fakeMaven('touch "$out/a.jar"') }
  const found = await Promise.all([findKafka(folder, env, silent), findKafka(folder, env, silent)])
  assert.equal(found[0].libs, found[1].libs)
  assert.deepEqual(readdirSync(join(folder, KAFKA_VERSION)), ['libs'])
})

test('a failed fetch leaves nothing behind and shows what Maven said', async () => {
  const folder = newFolder()
  const env = {
    PATH: fakeMaven('touch "$out/half.jar"; echo "[ERROR] Could not transfer artifact x"; exit 1'),
  }
  await assert.rejects(findKafka(folder, env, silent), (failure: unknown) => {
    assert.ok(failure instanceof LanekeeperError)
    assert.equal(failure.code, 'PREREQUISITE_MISSING')
    assert.deepEqual(failure.problems, ['Could not transfer artifact x'])
    return true
  })
  assert.equal(existsSync(join(folder, KAFKA_VERSION, 'libs')), false)
  await assert.rejects(findKafka(folder, { PATH: '/nowhere' }, silent), /Maven \(mvn\) is not installed/)
})

test('told to end, it ends Maven, removes the half, and says no more than that it was interrupted', async () => {
  const folder = newFolder()
  const env = { PATH: fakeMaven('echo $$ > "$out/pid"; exec sleep 60') }
  const interruption = new AbortController()
  const fetched = findKafka(folder, env, silent, interruption.signal)
  const parent = join(folder, KAFKA_VERSION)
  const pidFile = (): string => join(parent, readdirSync(parent)[0] ?? '', 'pid')
  while (!existsSync(pidFile()) || readFileSync(pidFile(), 'utf8') === '') await wait(10)
  const maven = identify(Number(readFileSync(pidFile(), 'utf8')))
  assert.ok(maven !== null)
  interruption.abort(new Error('interrupted'))
  await assert.rejects(fetched, /^Error: interrupted$/)
  assert.equal(isAlive(maven), false)
  assert.deepEqual(readdirSync(parent), [])
})
