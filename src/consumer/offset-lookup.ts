import { KafkaCode, LanekeeperError, type Offset } from '../core/model/index.ts'
import type { BrokerLink, Isolation } from '../ports/broker-link.ts'
import { type Clock, sleep } from '../ports/clock.ts'
import type { Leaders } from './leaders.ts'

/** ListOffsets' words for the two ends of a log. */
export const EARLIEST = -2
export const LATEST = -1

const RETRY_PAUSE_MS = 100

export interface OffsetQuestion {
  readonly topic: string
  readonly partition: number
  readonly timestamp: typeof EARLIEST | typeof LATEST
}

export interface OffsetLookup {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly leaders: Leaders
  readonly isolation: Isolation
}

/**
 * Offsets in the order of the questions, one request per leader, asked again through leader moves until all are known
 * or `stillWanted` says no (the missing ones are null then).
 */
export const lookUpOffsets = async (
  { link, clock, leaders, isolation }: OffsetLookup,
  questions: readonly OffsetQuestion[],
  stillWanted: () => boolean,
): Promise<(Offset | null)[]> => {
  const offsets = new Array<Offset | null>(questions.length).fill(null)
  for (;;) {
    const open = questions.flatMap((question, index) =>
      offsets[index] === null ? [{ question, index }] : [],
    )
    if (open.length === 0 || !stillWanted()) return offsets
    const byLeader = Map.groupBy(
      open,
      ({ question }) => leaders.leader(question.topic, question.partition).broker,
    )
    await Promise.all(
      [...byLeader].map(async ([broker, asked]) => {
        if (broker === null) return
        const items = asked.map(({ question }) => question)
        const answers = await link.listOffsets(broker, isolation, items).catch((failure: unknown) => {
          if (failure instanceof LanekeeperError) throw failure
          return []
        })
        answers.forEach((answer, at) => {
          const index = asked[at]?.index
          if (index !== undefined && answer.code === KafkaCode.NONE) offsets[index] = answer.offset
        })
      }),
    )
    if (offsets.includes(null)) {
      await sleep(clock, RETRY_PAUSE_MS)
      await leaders.refresh()
    }
  }
}
