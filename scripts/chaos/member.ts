/**
 * One member of the group in a process of its own, so that it can be stopped and killed for real. Every effect, and
 * every change of what it owns, becomes a line in its file, written before anything else happens. SIGTERM closes it.
 *
 *     member.ts TASK(JSON of MemberTask)
 *
 * Lines: `E nanos period partition offset key sequence` (an effect), `A`, `R`, `L` `nanos partition …` (assigned, given up
 * with 1 in time or 0, lost), `X nanos text` (ended by an error), `C nanos consumed processed dead-lettered in-flight
 * given-back` (what became of its records, once it has come to rest). Nanos are of the machine's monotonic clock, which all
 * processes share; a period is named by the nanos of its `A`.
 */
import { openSync, writeSync } from 'node:fs'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { createConsumer } from '../../src/consumer/consumer.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { openDeadLetterWriter } from '../../src/runtime/dead-letter-writer.ts'
import type { MemberTask } from './members.ts'
import { deadTopicOf, isPoison } from './poison.ts'
import { openSinkEffects } from './sink-effects.ts'

const task = JSON.parse(process.argv[2] ?? '') as MemberTask
const { topic, group, file } = task
const sink = task.database === null ? null : openSinkEffects(task.database, group)
const out = openSync(file, 'a')
const nanos = (): bigint => process.hrtime.bigint()
const note = (line: string): void => {
  writeSync(out, `${line}\n`)
}
const partitionOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1))
const text = new TextDecoder()

const kafka = await connectKafka({
  bootstrapServers: task.bootstrapServer.split(','),
  clientId: `chaos-${process.pid}`,
  clock: systemClock,
})
const periods = new Map<number, bigint>()
const deadLetters = task.poison
  ? openDeadLetterWriter({
      link: kafka.openLink(`chaos-${process.pid}-letters`),
      clock: systemClock,
      codecs: nodeCodecs,
      random: seededRandom(String(process.pid)),
    })
  : undefined
const consumer = createConsumer({
  link: kafka.openLink(`chaos-${process.pid}`),
  clock: systemClock,
  codecs: nodeCodecs,
  ...(deadLetters === undefined ? {} : { deadLetters }),
  options: {
    group,
    topics: [topic],
    handler: async record => {
      const { partition, offset } = record
      const period = periods.get(partition) ?? 0n
      const key = text.decode(record.key ?? undefined)
      const sequence = text.decode(record.value ?? undefined)
      // uneven, so that keys overtake each other
      if (offset % 8 === 0) await new Promise(resolve => setTimeout(resolve, offset % 5))
      sink?.once(record, key, sequence)
      if (record.owned()) note(`E ${nanos()} ${period} ${partition} ${offset} ${key} ${sequence}`)
      if (task.poison && isPoison(Number(sequence))) throw new Error('poison')
    },
    onEvent: event => {
      if (event.type === 'committed') sink?.settle(event.offsets)
      if (event.type === 'assigned')
        for (const partition of event.partitions.map(partitionOf)) {
          const now = nanos()
          periods.set(partition, now)
          note(`A ${now} ${partition}`)
        }
      if (event.type === 'assigned' && event.partitions.length > 0) process.send?.('works')
      if (event.type === 'revoked')
        for (const partition of event.partitions.map(partitionOf))
          note(`R ${nanos()} ${partition} ${event.inTime ? 1 : 0}`)
      if (event.type === 'lost')
        for (const partition of event.partitions.map(partitionOf))
          note(`L ${nanos()} ${partition} ${event.reason}`)
    },
    // one attempt: a second would be a second effect
    ...(task.poison
      ? {
          retry: { attempts: 1 },
          onFailure: { policy: 'dead-letter' as const, topic: deadTopicOf(topic) },
        }
      : {}),
    ...task.settings,
  },
})
// the run that started it is gone, however it ended
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => void consumer.close({ deadlineMs: 20_000 }))
try {
  await consumer.run()
} catch (failure) {
  note(`X ${nanos()} ${String(failure)}`)
  process.exitCode = 1
} finally {
  const { recordsConsumed, recordsProcessed, recordsDeadLettered, recordsInFlight, recordsGivenBack } =
    consumer.stats()
  note(
    `C ${nanos()} ${recordsConsumed} ${recordsProcessed} ${recordsDeadLettered} ${recordsInFlight} ${recordsGivenBack}`,
  )
  await deadLetters?.close()
  await kafka.close()
}
process.exit()
