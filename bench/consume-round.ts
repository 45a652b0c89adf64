/**
 * One contestant of bench/consume.ts in a process of its own: reads the topic from its start as a new member of a new
 * group, checks every record, prints one line of JSON and ends.
 *
 *     node bench/consume-round.ts CONTESTANT BOOTSTRAP TOPIC GROUP RECORDS CONCURRENCY
 *
 * CPU counts from the start of the client to the last record, joining and warming up included: a client that fetches
 * ahead has paid for what it hands out later. The rate counts from the second tenth of the records. Every record is checked alike: its value begins with the number of its key
 * and its sequence number within the key.
 */
import { Consumer as PlatformaticConsumer, MessagesStreamModes } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { type RunOptions, createConsumer } from '../src/package/consumer.ts'

const [contestant = '', bootstrap = '', topic = '', group = '', recordsText = '0', concurrencyText = '1'] =
  process.argv.slice(2)
const servers = bootstrap.split(',')
const records = Number(recordsText)
const concurrency = Number(concurrencyText)
const HANDLER_MS = 5
const KEYS = 10_000
const warmUp = Math.floor(records / 10)

/** Counts, and follows the sequence of each key. The same few steps for every contestant. */
class Check {
  readonly #next = new Uint32Array(2 ** 20)
  count = 0
  outOfOrder = 0
  readonly #cpu = process.cpuUsage()
  #startMs = 0
  #end: () => void = () => undefined
  readonly ended = new Promise<void>(resolve => {
    this.#end = resolve
  })

  see(value: Uint8Array): void {
    if (this.count === warmUp) this.#startMs = performance.now()
    const key = ((value[0] as number) << 16) | ((value[1] as number) << 8) | (value[2] as number)
    const sequence = ((value[3] as number) << 16) | ((value[4] as number) << 8) | (value[5] as number)
    if (sequence !== this.#next[key]) this.outOfOrder++
    this.#next[key] = sequence + 1
    if (++this.count === records) this.#finish()
  }

  #finish(): void {
    const { user, system } = process.cpuUsage(this.#cpu)
    const seconds = (performance.now() - this.#startMs) / 1000
    console.log(
      JSON.stringify({
        records: this.count,
        outOfOrder: this.outOfOrder,
        cpuMicrosPerRecord: (user + system) / records,
        recordsPerSecond: (records - warmUp) / seconds,
        residentMb: Math.round(process.memoryUsage.rss() / 1e6),
      }),
    )
    this.#end()
  }
}

const check = new Check()

const ours = async (options: Pick<RunOptions, 'handler' | 'handleBatch' | 'concurrency'>): Promise<void> => {
  const consumer = createConsumer({ bootstrapServers: servers, 'client.id': 'bench' })
  const running = consumer.run({ group, topics: [topic], ...options })
  await Promise.race([check.ended, running])
  await consumer.close()
  await running
}

/** Waits as long as a call to a database would; the record counts when it is over. */
const waiting = ({ value }: { readonly value: Uint8Array | null }): Promise<void> =>
  new Promise(resolve => {
    setTimeout(() => {
      if (value !== null) check.see(value)
      resolve()
    }, HANDLER_MS)
  })

/** The same handler without Kafka, `concurrency` of them at a time: what this machine's timers allow. */
const ideal = async (): Promise<void> => {
  let begun = 0
  const next = (): Uint8Array => {
    const [key, sequence] = [begun % KEYS, Math.floor(begun++ / KEYS)]
    return Uint8Array.of(key >> 16, key >> 8, key, sequence >> 16, sequence >> 8, sequence)
  }
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (begun < records) await waiting({ value: next() })
    }),
  )
}

const kafkajs = async (mode: 'batch' | 'message', partitionsConsumedConcurrently: number): Promise<void> => {
  const consumer = new Kafka({ clientId: 'bench', brokers: servers, logLevel: logLevel.NOTHING }).consumer({
    groupId: group,
    maxWaitTimeInMs: 500,
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently,
    ...(mode === 'batch'
      ? {
          eachBatch: async ({ batch }) =>
            batch.messages.forEach(({ value }) => void (value && check.see(value))),
        }
      : { eachMessage: async ({ message: { value } }) => void (value && check.see(value)) }),
  })
  await check.ended
  await consumer.disconnect()
}

const platformatic = async (): Promise<void> => {
  const consumer = new PlatformaticConsumer({ groupId: group, clientId: 'bench', bootstrapBrokers: servers })
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.EARLIEST,
    autocommit: 1000,
    maxWaitTime: 500,
  })
  stream.on('data', ({ value }: { readonly value: Uint8Array }) => check.see(value))
  await check.ended
  await stream.close()
  await consumer.close(true)
}

const contestants: Readonly<Record<string, () => Promise<void>>> = {
  lanekeeper: () => ours({ handler: ({ value }) => void (value && check.see(value)) }),
  'lanekeeper promise': () =>
    ours({ handler: ({ value }) => (value && check.see(value), Promise.resolve()), concurrency: 64 }),
  'lanekeeper batches': () =>
    ours({
      handleBatch: ({ records: batch }) => batch.forEach(({ value }) => void (value && check.see(value))),
    }),
  'lanekeeper 5 ms': () => ours({ handler: waiting, concurrency }),
  'timers alone': ideal,
  'kafkajs eachBatch': () => kafkajs('batch', 1),
  'kafkajs eachBatch tuned': () => kafkajs('batch', 12),
  'kafkajs eachMessage': () => kafkajs('message', 1),
  '@platformatic/kafka': platformatic,
}

await (contestants[contestant] ?? (() => Promise.reject(new Error(`no contestant ${contestant}`))))()
process.exit(0)
