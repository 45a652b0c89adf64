import { LanekeeperError } from '../core/model/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { OnOutcome, ProducerRecord } from './outcome.ts'
import type { Producer } from './producer.ts'

/** After so many records the event loop gets its turn: answers and timers must not wait for a source that never waits. */
const SLICE_RECORDS = 1_000

/** Resolves when there is room, at once while there is; rejects with BUFFER_FULL when there is none in time. */
export const roomWithin = (
  producer: Pick<Producer, 'drained'>,
  clock: Clock,
  deadlineMs: number,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = clock.after(deadlineMs, () =>
      reject(
        new LanekeeperError('BUFFER_FULL', `The send buffer stayed full for ${deadlineMs} ms.`, {
          fix: 'Look whether brokers answer (stats().answersByCode), raise buffer.memory, or send more slowly.',
        }),
      ),
    )
    const goOn = (): void => {
      timer.cancel()
      resolve()
    }
    void producer.drained().then(goOn)
  })

/**
 * Sends what `source` yields, asking for no more than there is room for, and returns the count. Rejects with what the
 * source throws, with BUFFER_FULL when there was no room for `maxBlockMs`, with PRODUCER_CLOSED once `isClosed`.
 */
export const sendFrom = async (
  producer: Pick<Producer, 'send' | 'drained'>,
  source: AsyncIterable<ProducerRecord> | Iterable<ProducerRecord>,
  options: {
    readonly clock: Clock
    readonly maxBlockMs: number
    readonly isClosed: () => boolean
    readonly onOutcome: OnOutcome | undefined
  },
): Promise<number> => {
  const { clock, maxBlockMs, isClosed, onOutcome } = options
  let count = 0
  /** What must be waited for before the next record; null, as nearly always, where nothing is. */
  const take = (record: ProducerRecord): Promise<void> | null => {
    if (isClosed())
      throw new LanekeeperError(
        'PRODUCER_CLOSED',
        `The producer was closed after ${count} records of the source.`,
      )
    const room = producer.send(record, onOutcome)
    count++
    if (!room) return roomWithin(producer, clock, maxBlockMs)
    return count % SLICE_RECORDS === 0 ? new Promise(resolve => clock.soon(resolve)) : null
  }
  if (Symbol.asyncIterator in source)
    for await (const record of source) {
      const wait = take(record)
      if (wait !== null) await wait
    }
  // apart: `for await` over what never waits costs three promises a record, a third of all that a record costs
  // and once more: in a function that may wait, the iterator of an array is an object a record
  else if (Array.isArray(source))
    for (let index = 0; index < source.length; index++) {
      const wait = take(source[index] as ProducerRecord)
      if (wait !== null) await wait
    }
  else
    for (const record of source) {
      const wait = take(record)
      if (wait !== null) await wait
    }
  return count
}
