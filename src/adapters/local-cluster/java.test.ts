import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LanekeeperError } from '../../core/model/index.ts'
import { findJava, parseJavaMajor } from './java.ts'
import { tempFolder } from '../../../test/support/temp-folder.ts'

const fakeHome = (version: string): string => {
  const home = tempFolder('java')
  mkdirSync(join(home, 'bin'))
  const java = join(home, 'bin', 'java')
  writeFileSync(java, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`)
  chmodSync(java, 0o755)
  return home
}

test('reads the versions that Javas print', () => {
  assert.equal(parseJavaMajor('openjdk version "17.0.15" 2025-04-15'), 17)
  assert.equal(parseJavaMajor('java version "21" 2023-09-19 LTS'), 21)
  assert.equal(parseJavaMajor('openjdk version "26-ea" 2026-03-17'), 26)
  assert.equal(parseJavaMajor('java version "1.8.0_402"'), 8)
  assert.equal(parseJavaMajor('Unable to locate a Java Runtime.'), null)
})

test('an old JAVA_HOME does not hide a good Java on the path', async () => {
  const [old, good] = [fakeHome('1.8.0_402'), fakeHome('21.0.1')]
  assert.equal(await findJava({ JAVA_HOME: good, PATH: '' }), join(good, 'bin', 'java'))
  assert.equal(await findJava({ JAVA_HOME: old, PATH: `${join(good, 'bin')}:/usr/bin:/bin` }), 'java')
})

test('without a Java that is new enough: one error with what was found and the ways on', async () => {
  const old = fakeHome('11.0.2')
  await assert.rejects(findJava({ JAVA_HOME: old, PATH: '/nowhere' }), (failure: unknown) => {
    assert.ok(failure instanceof LanekeeperError)
    assert.equal(failure.code, 'PREREQUISITE_MISSING')
    assert.match(failure.problems[0] ?? '', /JAVA_HOME: Java 11/)
    assert.match(failure.problems[1] ?? '', /no Java/)
    for (const way of [/install/, /KAFKA_HOME/, /docker compose up/, /--simulated/, /--bootstrap-server/])
      assert.match(failure.fix ?? '', way)
    return true
  })
})
