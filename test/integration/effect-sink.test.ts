/**
 * Effects in a database, each once: two members as processes, one stopped until the group gives its partitions away and
 * then woken up in the middle of its work, one killed. The database is the witness.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import {
  assertEachOnceInOrder,
  createTopic,
  deleteTopicsOf,
  keyedRecords,
  until,
  writeRecords,
} from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'
import { tempFolder } from '../support/temp-folder.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('sink')
const KEYS = 40
const PER_KEY = 100

let kafka: KafkaConnection
const children: ChildProcess[] = []

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
})

after(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('a zombie and a kill -9: every effect once, in order per key', async () => {
  const topic = await createTopic(kafka, `${prefix}-topic`, 6)
  const file = join(tempFolder('sink'), 'effects.db')
  const [zombie, victim] = [member(topic, file), member(topic, file)]
  await until('both are members', async () => (await sharesOf(topic)).join() === '3,3')
  await writeRecords(kafka, topic, keyedRecords(KEYS * PER_KEY, KEYS))
  await until('both work', () => byPid(file, zombie) > 100 && byPid(file, victim) > 100)
  zombie.kill('SIGSTOP')
  victim.kill('SIGKILL')
  const heir = member(topic, file)
  await until('the heir works on what they left', () => byPid(file, heir) > 1000)
  zombie.kill('SIGCONT')
  await until('everything is done', () => rows(file)?.length === KEYS * PER_KEY)

  const reports = [lastLine(zombie), lastLine(heir)]
  for (const child of [zombie, heir]) child.kill('SIGTERM')
  const repeated = (await Promise.all(reports)).reduce((sum, report) => sum + Number(report['repeated']), 0)
  assert.ok(repeated > 0, 'something came twice, and was refused')
  assertEachOnceInOrder(rows(file) ?? [], KEYS, PER_KEY)
})

/** Partitions of each member, by the coordinator. */
const sharesOf = async (topic: string): Promise<readonly number[]> => {
  const snapshot = await kafka.cluster.describe({ topics: [topic] })
  const [group] = await kafka.cluster.readGroups(snapshot, [`${topic}-group`])
  return (group?.members ?? []).map(({ assigned }) => assigned.get(topic)?.length ?? 0)
}

const member = (topic: string, file: string): ChildProcess => {
  const script = join(import.meta.dirname, '..', 'support', 'sink-member.ts')
  const child = spawn(
    process.execPath,
    ['--no-warnings', script, servers.join(','), topic, `${topic}-group`, file],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  return child
}

/** In the order in which they were written; null while there is no table. */
const rows = (
  file: string,
): { readonly key: string; readonly sequence: number; readonly pid: number }[] | null => {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return database
        .prepare('SELECT key, sequence, pid FROM effects ORDER BY rowid')
        .all()
        .map(row => ({ key: String(row['key']), sequence: Number(row['sequence']), pid: Number(row['pid']) }))
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}

const byPid = (file: string, child: ChildProcess): number =>
  rows(file)?.filter(row => row.pid === child.pid).length ?? 0

const lastLine = (child: ChildProcess): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    child.once('close', () => {
      const line = text.trim().split('\n').at(-1) ?? ''
      if (line.startsWith('{')) resolve(JSON.parse(line) as Record<string, unknown>)
      else reject(new Error(`it said ${line}`))
    })
  })
