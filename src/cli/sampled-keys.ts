import { type KeyPopulation, LanekeeperError, type Workload } from '../core/model/index.ts'
import { KeyTally } from '../core/routing/index.ts'
import { readKeyFile } from './keys/read-key-file.ts'
import { rowFormatOf } from './keys/rows.ts'
import type { Io } from './world.ts'

/**
 * The workload with the keys of some topics taken from files, by `TOPIC=FILE`: real keys, routed as they are, in place of
 * a stated number and skew. Rejects with USAGE or INPUT_INVALID.
 */
export const withSampledKeys = async (
  io: Io,
  workload: Workload,
  options: readonly string[],
): Promise<Workload> => {
  const sampled = new Map<string, KeyPopulation>()
  for (const option of options) {
    const [name, file] = split(option)
    const topic = workload.topics.find(each => each.name === name)
    if (topic === undefined)
      throw new LanekeeperError('USAGE', `--keys ${option}: the workload has no topic ${name}.`, {
        fix: `It has ${workload.topics.map(each => each.name).join(', ')}.`,
      })
    sampled.set(name, await populationOf(io, file, topic.key?.field ?? 'key'))
  }
  return {
    ...workload,
    topics: workload.topics.map(topic => ({ ...topic, key: sampled.get(topic.name) ?? topic.key })),
  }
}

const split = (option: string): readonly [string, string] => {
  const at = option.indexOf('=')
  if (at > 0 && at < option.length - 1) return [option.slice(0, at), option.slice(at + 1)]
  throw new LanekeeperError('USAGE', `--keys ${option}: not a topic and a file.`, {
    fix: 'Write --keys orders=customers.csv.',
  })
}

/** Each is routed by itself, several times over: more would take longer than anybody waits. */
const KEYS_MAX = 1_000_000

const populationOf = async (io: Io, file: string, field: string): Promise<KeyPopulation> => {
  const tally = new KeyTally(KEYS_MAX)
  const options = {
    file,
    rowFormat: rowFormatOf(file),
    keyColumn: 'key',
    weightColumn: undefined,
    keyFormat: 'utf8',
  } as const
  for await (const chunk of readKeyFile(io, options)) tally.add(chunk)
  const { distinct, exact, total, keyless, forEach } = tally.result()
  if (!exact)
    throw new LanekeeperError('INPUT_INVALID', `${file} has more than ${KEYS_MAX} distinct keys.`, {
      fix: 'Give a sample of the records, or state distinct and zipf in the workload.',
    })
  const keyed = total - keyless
  if (!(keyed > 0))
    throw new LanekeeperError('INPUT_INVALID', `${file}: its keys have no weight.`, {
      fix: 'Leave the weight column out to count each line as one record.',
    })
  const decoder = new TextDecoder()
  const shares = new Map<string, number>()
  forEach((key, weight) => {
    if (weight > 0) shares.set(decoder.decode(key), weight / keyed)
  })
  return { field, distinct: Math.min(distinct, shares.size), skew: { kind: 'values', shares }, splits: 1 }
}
