/** Strategies compared: the same messages, the same seed, one row each. */
import { labAddress } from '../../../../src/api/lab.ts'
import { formatTimes, partitionCount, readUtf8 } from '../../../../src/core/model/index.ts'
import { KeyTally, SpreadTally } from '../../../../src/core/routing/index.ts'
import {
  chunksOf,
  expectedHottest,
  messagesOf,
  type Population,
  populationSettings,
  shellWord,
  simulateCommand,
} from './population.ts'
import { type LaneFigures, laneFigures } from './production.ts'
import { PARTITIONS_MAX } from './produce.ts'
import { codecOf, someOf, whole } from './settings.ts'
import { strategyLabels, type StrategyName, strategyNames, strategyOf } from './strategies.ts'

export interface ComparisonSettings extends Population {
  readonly partitions: number
  readonly strategies: readonly StrategyName[]
}

export const comparisonCodec = codecOf<ComparisonSettings>({
  ...populationSettings,
  partitions: whole(1, PARTITIONS_MAX, 12),
  strategies: someOf(strategyNames, ['hash', 'salted:4', 'salted:16', 'isolate', 'id-mod', 'round-robin']),
})

export interface ComparedRow extends LaneFigures {
  readonly name: StrategyName
  readonly label: string
  /** The hottest lanes ÷ mean, largest first. */
  readonly profile: readonly number[]
}

export interface Comparison {
  readonly rows: readonly ComparedRow[]
  readonly hotKey: string
  readonly hotShare: number
  readonly messages: number
}

const PROFILE = 40
const CHUNK = 50_000

export const compareStrategies = (settings: ComparisonSettings): Comparison => {
  const hotKey = expectedHottest(settings)
  const messages = new KeyTally()
  const chunks = chunksOf(settings, CHUNK)
  for (let chunk = chunks.next(); chunk.done !== true; chunk = chunks.next()) messages.add(chunk.value)
  const keys = messages.result()
  const count = partitionCount(settings.partitions)
  const spreads = settings.strategies.map(name => new SpreadTally(strategyOf(name, hotKey), count))
  let hotMessages = 0
  // key by key and not message by message: the answer is the same, and a million messages have far fewer keys
  keys.forEach((key, weight) => {
    for (const spread of spreads) spread.addKey(key, weight, true)
    if (readUtf8(key, 0, key.length) === hotKey) hotMessages = weight
  })
  return {
    hotKey,
    hotShare: hotMessages / keys.total,
    messages: messagesOf(settings),
    rows: settings.strategies.map((name, index) => {
      const figures = laneFigures(spreads[index] as SpreadTally)
      const mean = figures.hottestMessages / figures.maxOverMean
      return {
        ...figures,
        name,
        label: strategyLabels[name],
        profile: [...figures.loads]
          .toSorted((a, b) => b - a)
          .slice(0, PROFILE)
          .map(load => load / mean),
      }
    }),
  }
}

/** What the table says, in a sentence. */
export const comparisonVerdict = ({ rows, hotKey }: Comparison): string => {
  const hash = rows.find(({ name }) => name === 'hash')
  const keeping = rows.filter(({ strategy, name }) => strategy.order === 'per key' && name !== 'hash')
  const best = keeping.toSorted((a, b) => a.maxOverMean - b.maxOverMean)[0]
  if (hash === undefined || best === undefined)
    return 'Even lanes and the order of every key: choose which of the two may give way.'
  if (best.maxOverMean > hash.maxOverMean * 0.95)
    return `Nothing here spreads better than the hash of the key, at ${formatTimes(hash.maxOverMean)}, and keeps the order of other keys.`
  const own = best.name.startsWith('salted') ? ` It gives up the order of ${hotKey}.` : ''
  return `${best.label}: the hottest lane falls from ${formatTimes(hash.maxOverMean)} to ${formatTimes(best.maxOverMean)} of the mean.${own}`
}

export const comparisonCommand = (settings: ComparisonSettings): string =>
  simulateCommand(
    settings,
    `--partitions ${settings.partitions} --strategy ${settings.strategies.join(',')} --hot ${shellWord(expectedHottest(settings))}`,
  )

/** The same messages on the page that shows them on their way. */
export const producedAt = (settings: ComparisonSettings): string => {
  const { strategies: _, ...shared } = comparisonCodec.print(settings)
  return labAddress('produce', shared)
}
