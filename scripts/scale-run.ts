/**
 * `groups scale --run` for real: workers as processes on this machine, a day in two minutes. Traffic rises above what
 * half of the consumers carry, stays, and falls. Prints what was decided and when, and exits 1 unless the group grew,
 * caught up, shrank, turned at most twice, and every worker ended in order.
 *
 *     node bin/with-node24.mjs scripts/scale-run.ts --bootstrap-server host:9092
 *
 * The second witness is Kafka's own consumer-groups tool: members of the group at its height, and the lag at the end.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { nodeCodecs } from '../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { seededRandom } from '../src/core/simulation/index.ts'
import { createProducer } from '../src/producer/producer.ts'
import { runKafkaTool } from '../test/support/kafka-tools.ts'
import { type ProgramEvent, startProgram } from '../test/support/program.ts'

const { values } = parseArgs({ options: { 'bootstrap-server': { type: 'string' } } })
const bootstrap = values['bootstrap-server']
if (bootstrap === undefined) throw new Error('--bootstrap-server is missing')

const PARTITIONS = 6
const HANDLER_MS = 5
const BUSY_PER_SECOND = 650
const QUIET_PER_SECOND = 60
const BUSY_MS = 60_000
const QUIET_MS = 70_000

const name = `scale-run-${Date.now().toString(36)}`
const root = join(import.meta.dirname, '..')
const kafka = await connectKafka({
  bootstrapServers: bootstrap.split(','),
  clientId: name,
  clock: systemClock,
})
await kafka.cluster.createTopics([{ name, partitions: PARTITIONS, replicationFactor: 3, configs: new Map() }])
const startedMs = Date.now()
const said = (text: string): void =>
  console.log(`${String(Math.round((Date.now() - startedMs) / 1000)).padStart(4)} s  ${text}`)

const producer = createProducer({
  link: kafka.openLink(`${name}-writer`),
  clock: systemClock,
  codecs: nodeCodecs,
  random: seededRandom(1),
})
let written = 0
const write = async (perSecond: number, forMs: number): Promise<void> => {
  const beginMs = Date.now()
  for (let sent = 0; Date.now() - beginMs < forMs; await pause(20))
    for (; sent < ((Date.now() - beginMs) * perSecond) / 1000; sent++, written++)
      producer.send({ topic: name, key: `key-${written % 3000}`, value: 'x' })
}

const flags = `--topic ${name} --bootstrap-server ${bootstrap} --json --settle 6s --lag-target 3s --catch-up 10s --quiet 10s --reverse-after 20s`
const worker = [process.execPath, join(root, 'test', 'support', 'slow-worker.ts')]
const program = startProgram(
  [
    'groups',
    'scale',
    name,
    ...flags.split(' '),
    '--run',
    '--',
    ...worker,
    bootstrap,
    name,
    name,
    String(HANDLER_MS),
  ],
  root,
)
const describe = (more: string): Promise<string> =>
  runKafkaTool(
    'consumer.group.ConsumerGroupCommand',
    ...`--bootstrap-server ${bootstrap} --describe --group ${name} ${more}`.trim().split(' '),
  )
let told = 0
const follow = setInterval(() => {
  for (const event of program.events.slice(told))
    if (event.event === 'decision') said(String(event['sentence']))
  told = program.events.length
}, 200)

said(`${BUSY_PER_SECOND} records a second, ${PARTITIONS} partitions, ${HANDLER_MS} ms a record`)
await write(BUSY_PER_SECOND, BUSY_MS)
const members = await describe('--members')
const membersSeen = members.split('\n').filter(line => line.trim().startsWith(name)).length
said(`kafka-consumer-groups counts ${membersSeen} members`)
said(`${QUIET_PER_SECOND} records a second from here on`)
await write(QUIET_PER_SECOND, QUIET_MS)
await producer.close({ deadlineMs: 10_000 })
await pause(3_000)
const lag = await describe('')
program.signal('SIGINT')
await program.ended
clearInterval(follow)
await kafka.cluster.deleteTopics([name])
await kafka.close()

const decisions = program.events.filter(event => event.event === 'decision')
const counts = decisions.map(event => Number(event['consumers']))
const ended = program.events.filter(event => event.event === 'worker-ended')
const lagLeft = lag
  .split('\n')
  .map(line => line.trim().split(/\s+/))
  .filter(cells => cells[1] === name)
  .reduce((sum, cells) => sum + (Number(cells[5]) || 0), 0)
const peak = Math.max(...counts)
const turns = turnsIn(decisions)
const checks = [
  { what: 'starts with half of the partitions', held: counts[0] === PARTITIONS / 2, seen: `${counts[0]}` },
  {
    what: 'grows, and never above the partitions',
    held: peak > PARTITIONS / 2 && peak <= PARTITIONS,
    seen: `${peak}`,
  },
  { what: 'Kafka counts as many members', held: membersSeen === peak, seen: `${membersSeen}` },
  { what: 'shrinks when it is quiet', held: (counts.at(-1) ?? peak) < peak, seen: `${counts.at(-1)}` },
  { what: 'turns at most twice', held: turns <= 2, seen: `${turns}` },
  { what: 'nothing waits in the end', held: lagLeft === 0, seen: `${lagLeft} of ${written}` },
  {
    what: 'every worker ended in order',
    held: ended.length > 0 && ended.every(event => event['asked'] === true && event['how'] === 'exit 0'),
    seen: `${ended.length} ended`,
  },
]
for (const { what, held, seen } of checks) console.log(`${held ? 'yes' : 'NO '}  ${what}: ${seen}`)
process.exit(checks.every(({ held }) => held) ? 0 : 1)

function turnsIn(events: readonly ProgramEvent[]): number {
  let last = 0
  let turned = 0
  for (const event of events) {
    const sign = Math.sign(Number(event['consumers']) - Number(event['before']))
    if (sign !== 0 && last !== 0 && sign !== last) turned++
    if (sign !== 0 && event['reason'] !== 'start') last = sign
  }
  return turned
}
