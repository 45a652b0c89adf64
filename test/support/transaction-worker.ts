/**
 * A process that writes transactions, or transforms, until it is killed: what the transaction runs start, kill and start
 * again. It uses the library as a program would. Arguments: one JSON object. Every line it prints is a JSON event.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { LanekeeperError } from '../../src/core/model/index.ts'
import { createTransactionalProducer } from '../../src/package/transactional.ts'
import { transform } from '../../src/package/transform.ts'

export interface WriterJob {
  readonly role: 'writer'
  readonly bootstrapServers: string
  readonly transactionalId: string
  readonly topic: string
  /** Number of the first transaction; the others follow. */
  readonly first: number
  readonly transactions: number
  readonly recordsPerTransaction: number
}

export interface TransformJob {
  readonly role: 'transform'
  readonly bootstrapServers: string
  readonly transactionalId: string
  readonly group: string
  readonly from: string
  readonly to: string
  /** How long the handler of a record takes. */
  readonly handlerMs: number
}

const say = (event: Readonly<Record<string, unknown>>): void =>
  void process.stdout.write(`${JSON.stringify(event)}\n`)

const write = async (job: WriterJob): Promise<void> => {
  const { bootstrapServers, transactionalId, topic, first, transactions, recordsPerTransaction: of } = job
  const producer = await createTransactionalProducer({
    bootstrapServers,
    'transactional.id': transactionalId,
    'linger.ms': 0,
  })
  await producer.init()
  say({ event: 'ready' })
  for (let number = first; number < first + transactions; number++) {
    producer.begin()
    for (let index = 0; index < of; index++) {
      producer.send({ topic, key: `key-${index}`, value: JSON.stringify({ number, index, of }) })
      // half of it is in the log when the others are only on their way
      if (index === Math.floor(of / 2)) {
        await pause(20)
        say({ event: 'open', number })
        await pause(20)
      }
    }
    await producer.commit()
    say({ event: 'committed', number })
  }
  await producer.close()
}

const transformUntilAsked = async (job: TransformJob): Promise<void> => {
  const { handlerMs, role: _, ...config } = job
  const asked = new AbortController()
  process.once('SIGTERM', () => asked.abort())
  say({ event: 'ready' })
  const stats = await transform({
    ...config,
    signal: asked.signal,
    handler: async ({ key, value, partition, offset }) => {
      if (handlerMs > 0) await pause(handlerMs)
      return { key, value: `${new TextDecoder().decode(value ?? undefined)}@${partition}:${offset}` }
    },
    onEvent: event => {
      if (event.type === 'restarting')
        say({ event: 'restarting', code: event.error.code, why: event.error.message })
    },
  })
  say({ event: 'closed', attempts: stats.attempts, transactions: stats.transactionsCommitted })
}

process.stdin.resume().once('end', () => process.exit(1))

const job = JSON.parse(process.argv[2] ?? '{}') as WriterJob | TransformJob
let code = 0
try {
  await (job.role === 'writer' ? write(job) : transformUntilAsked(job))
} catch (error) {
  say({
    event: 'failed',
    code: error instanceof LanekeeperError ? error.code : 'UNEXPECTED',
    why: String(error),
  })
  code = 1
}
// connections of what failed would keep the process alive, and so would standard input
process.exit(code)
