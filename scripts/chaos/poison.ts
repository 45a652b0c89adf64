/** Records that no handler can process: what becomes of them under chaos, by the dead-letter topic's own word. */
import type { Cluster } from '../../src/ports/cluster.ts'
import { consoleConsume } from '../../test/support/console-clients.ts'

/** Every so many records of a key are poison. */
const POISON_EVERY = 50

/** By the number within its key, so that writer, members and judge agree without asking each other. */
export const isPoison = (sequence: number): boolean => sequence % POISON_EVERY === POISON_EVERY - 1

export const deadTopicOf = (topic: string): string => `${topic}-dead`

export interface PoisonVerdict {
  readonly letters: number
  /** More than one letter of the same record: a member died between the letter and the commit. */
  readonly repeats: number
  readonly problems: readonly string[]
}

/** Every poisoned record has a letter, and nothing else has. */
export const judgeLetters = async (
  bootstrapServer: string,
  topic: string,
  cluster: Cluster,
  byKey: ReadonlyMap<string, number>,
): Promise<PoisonVerdict> => {
  const dead = deadTopicOf(topic)
  const snapshot = await cluster.describe({ topics: [dead] })
  const ends = (await cluster.readOffsets(snapshot, [dead])).get(dead)?.end ?? new Float64Array()
  const letters = ends.reduce((sum, end) => sum + end, 0)
  const seen = new Set<string>()
  const problems: string[] = []
  for (const { key, value } of await consoleConsume(bootstrapServer, dead, letters)) {
    if (!isPoison(Number(value))) problems.push(`a good record in the dead-letter topic: ${key}#${value}`)
    seen.add(`${key}#${value}`)
  }
  for (const [key, count] of byKey)
    for (let sequence = POISON_EVERY - 1; sequence < count; sequence += POISON_EVERY)
      if (!seen.has(`${key}#${sequence}`))
        problems.push(`a poisoned record has no letter: ${key}#${sequence}`)
  return { letters, repeats: letters - seen.size, problems }
}
