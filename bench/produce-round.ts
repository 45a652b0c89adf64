/**
 * One JavaScript contestant of bench/produce.ts in a process of its own: sends the prepared records, the first of them
 * as warm-up, prints one line of JSON and ends.
 *
 *     node bench/produce-round.ts CLIENT SETTINGS BOOTSTRAP TOPIC FILE RECORDS WARM_UP BATCH_BYTES
 *
 * The peers take arrays, so they are given arrays: with SETTINGS `default` 1,000 records a call and one call at a time,
 * `tuned` 10,000 a call, and five calls at once where that keeps the order of keys: kafkajs loses it on real brokers, so
 * it stays with one. Ours takes single records.
 */
import { readFileSync } from 'node:fs'
import { compatibilityPartitioner, Producer as PlatformaticProducer } from '@platformatic/kafka'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { createProducer } from '../src/package/producer.ts'
import { KEY_BYTES, RECORD_BYTES } from './produce-records.ts'

const [
  client = '',
  settings = '',
  bootstrap = '',
  topic = '',
  file = '',
  recordsText = '0',
  warmUpText = '0',
  batchBytes = '',
] = process.argv.slice(2)
const servers = bootstrap.split(',')
const tuned = settings === 'tuned'
const records = Number(recordsText)
const warmUp = Number(warmUpText)

interface Message {
  readonly topic: string
  readonly key: Buffer
  readonly value: Buffer
}

const bytes = readFileSync(file)
const messages: readonly Message[] = Array.from({ length: records }, (_, index) => {
  const at = index * RECORD_BYTES
  return {
    topic,
    key: bytes.subarray(at, at + KEY_BYTES),
    value: bytes.subarray(at + KEY_BYTES, at + RECORD_BYTES),
  }
})

interface Contestant {
  /** Resolves when everything is acknowledged. */
  send(messages: readonly Message[]): Promise<void>
  close(): Promise<unknown>
}

const lanekeeper = async (): Promise<Contestant> => {
  const producer = await createProducer({
    bootstrapServers: servers,
    ...(tuned ? { 'linger.ms': 20, 'batch.size': batchBytes, 'compression.type': 'none' } : {}),
  })
  await producer.partitionsFor(topic)
  let sent = 0
  return {
    send: async list => {
      sent += await producer.sendFrom(list)
      await producer.flush()
      const { recordsAcknowledged } = producer.stats()
      if (recordsAcknowledged !== sent) throw new Error(`${recordsAcknowledged} of ${sent} acknowledged`)
    },
    close: () => producer.close(),
  }
}

/** `call` for slices of the list, some at once. */
const inCalls = async (
  list: readonly Message[],
  atOnceTuned: number,
  call: (slice: Message[]) => Promise<unknown>,
): Promise<void> => {
  const [size, atOnce] = tuned ? [10_000, atOnceTuned] : [1000, 1]
  let at = 0
  const worker = async (): Promise<void> => {
    while (at < list.length) {
      const slice = list.slice(at, at + size)
      at += size
      await call(slice)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const platformatic = async (): Promise<Contestant> => {
  const producer = new PlatformaticProducer({
    clientId: 'bench',
    bootstrapBrokers: servers,
    acks: -1,
    idempotent: true,
    ...(tuned ? { partitioner: compatibilityPartitioner } : {}),
  })
  return {
    send: list => inCalls(list, 5, slice => producer.send({ messages: slice })),
    close: () => producer.close(),
  }
}

const kafkajs = async (): Promise<Contestant> => {
  const producer = new Kafka({ clientId: 'bench', brokers: servers, logLevel: logLevel.NOTHING }).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
  })
  await producer.connect()
  return {
    send: list => inCalls(list, 1, slice => producer.send({ topic, messages: slice, acks: -1 })),
    close: () => producer.disconnect(),
  }
}

const clients: Readonly<Record<string, () => Promise<Contestant>>> = {
  lanekeeper,
  '@platformatic/kafka': platformatic,
  kafkajs,
}

const contestant = await (clients[client] ?? (() => Promise.reject(new Error(`no client ${client}`))))()
await contestant.send(messages.slice(0, warmUp))
const cpu = process.cpuUsage()
const startedMs = performance.now()
await contestant.send(messages.slice(warmUp))
const seconds = (performance.now() - startedMs) / 1000
const { user, system } = process.cpuUsage(cpu)
await contestant.close()
console.log(JSON.stringify({ records: records - warmUp, seconds, cpuSeconds: (user + system) / 1e6 }))
process.exit(0)
