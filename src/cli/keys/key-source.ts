import type { Command } from 'commander'
import { formatCount, LanekeeperError } from '../../core/model/index.ts'
import { drawMessages, generateKeys, type KeyChunk, type KeyGenerator } from '../../core/routing/index.ts'
import { countOption } from '../count-option.ts'
import { oneOf } from '../one-of.ts'
import { keyFormatOption, shareOption } from '../routing-options.ts'
import { addTargetOptions, type TargetFlags, withCluster } from '../target-options.ts'
import type { World } from '../world.ts'
import { readKeyFile } from './read-key-file.ts'
import { rowFormatOption } from './rows.ts'
import { sampleChunk, sampleTopic } from './sample-topic.ts'

/** Where keys come from: a generator, a file or a live topic. The verbs that look at keys take all three. */
export interface KeySource {
  /** In words, for the heading of a report. */
  readonly label: string
  /** The generator, whose keys are all different; null: keys may repeat. */
  readonly generator: KeyGenerator | null
  readonly chunks: () => AsyncIterable<KeyChunk> | Iterable<KeyChunk>
}

export interface KeySourceFlags extends TargetFlags {
  readonly generate?: string
  readonly keys: string
  readonly exponent: string
  readonly share: string
  readonly messages?: string
  readonly seed: string
  readonly topic?: string
  readonly sample: string
  readonly keyFormat: string
  readonly fileFormat?: string
  readonly keyColumn: string
  readonly weightColumn?: string
}

const GENERATORS = ['uniform', 'zipf', 'sequential', 'celebrity', 'viral'] as const
const CHUNK_KEYS = 100_000
const KEYS_MAX = 4_000_000_000
/** A draw looks its key up in a table of all of them. */
const DRAWN_KEYS_MAX = 10_000_000
const MESSAGES_MAX = 100_000_000

export const addKeySourceOptions = (command: Command): Command =>
  addTargetOptions(
    command
      .argument(
        '[file]',
        'one key a line, or CSV or JSON lines with key and weight; gzip too; - is standard input',
      )
      .option('--generate <kind>', GENERATORS.join(', '))
      .option('--keys <n>', 'keys to generate, such as 1000000 or 1e9', '1000000')
      .option('--exponent <s>', 'of zipf', '1')
      .option('--share <part>', 'of the celebrity, or of the viral key at its peak', '0.2')
      .option('--messages <n>', 'draw so many messages from the generated keys, instead of weighing the keys')
      .option('--seed <n>', 'with --messages: the same seed draws the same messages', '1')
      .option('--topic <name>', 'a sample of this live topic')
      .option('--sample <n>', 'records to read of the topic', '100000')
      .option('--key-format <name>', 'how keys are written in the file', 'utf8')
      .option('--file-format <name>', 'lines, csv or jsonl; by the name of the file when absent')
      .option('--key-column <name>', 'column or field of the key', 'key')
      .option('--weight-column <name>', 'column or field of the weight (weight, or 1 where there is none)'),
  )

/** Opens the one source that is named. Rejects with USAGE where none is, or two are. */
export const openKeySource = async (
  world: World,
  file: string | undefined,
  flags: KeySourceFlags,
): Promise<KeySource> => {
  const named = [file, flags.generate, flags.topic].filter(each => each !== undefined)
  if (named.length !== 1)
    throw new LanekeeperError(
      'USAGE',
      named.length === 0 ? 'No keys are named.' : `Two sources of keys are named: ${named.join(' and ')}.`,
      { fix: 'Name a file, or --generate zipf, or --topic NAME.' },
    )
  if (flags.messages !== undefined && flags.generate === undefined)
    throw new LanekeeperError('USAGE', '--messages draws from generated keys, and none are generated.', {
      fix: 'Name a generator beside it, such as --generate zipf.',
    })
  if (flags.topic !== undefined) return topicSource(world, flags.topic, flags)
  if (flags.generate !== undefined) {
    const generator = generatorOf(flags.generate, flags)
    if (flags.messages !== undefined) return drawnSource(world, generator, flags.messages, flags.seed)
    return {
      label: `${formatCount(generator.keys)} generated keys, ${labelOf(generator)}`,
      generator,
      chunks: () => generateKeys(generator, CHUNK_KEYS),
    }
  }
  const path = file ?? '-'
  const rowFormat = rowFormatOption(flags.fileFormat, path)
  const keyFormat = keyFormatOption(flags.keyFormat)
  const { keyColumn, weightColumn } = flags
  return {
    label: path === '-' ? 'standard input' : path,
    generator: null,
    chunks: () => readKeyFile(world.io, { file: path, rowFormat, keyColumn, weightColumn, keyFormat }),
  }
}

/** Drawn messages repeat their keys as a file does, so they are counted and not known beforehand. */
const drawnSource = (world: World, generator: KeyGenerator, text: string, seedText: string): KeySource => {
  const messages = countOption('--messages', text, MESSAGES_MAX)
  const seed = countOption('--seed', seedText)
  if (generator.keys > DRAWN_KEYS_MAX)
    throw new LanekeeperError(
      'USAGE',
      `--keys ${generator.keys}: messages are drawn from at most ${formatCount(DRAWN_KEYS_MAX)} keys.`,
      { fix: 'Leave --messages out to weigh all keys, or generate fewer.' },
    )
  return {
    label: `${formatCount(messages)} messages of ${formatCount(generator.keys)} keys, ${labelOf(generator)}, seed ${seed}`,
    generator: null,
    chunks: () => drawMessages(generator, messages, world.seededRandom(seed), CHUNK_KEYS),
  }
}

/** Shares of nothing are not 0 but unknown, so a population without any traffic has no report. */
export const refuseWeightless = (source: KeySource, total: number): void => {
  if (total > 0) return
  throw new LanekeeperError('INPUT_INVALID', `${source.label}: all weights are 0.`, {
    fix: 'A weight is the traffic of the key; is --weight-column the right one?',
  })
}

const topicSource = async (world: World, topic: string, flags: KeySourceFlags): Promise<KeySource> => {
  const recordsMax = countOption('--sample', flags.sample, 50_000_000)
  const sample = await withCluster(world, flags, null, connection =>
    sampleTopic(world, connection, topic, recordsMax, flags),
  )
  if (sample.records.length === 0)
    throw new LanekeeperError('INPUT_INVALID', `Topic ${topic} holds no records.`, {
      fix: 'Produce something first, or name a file of keys.',
    })
  return {
    label: `${formatCount(sample.records.length)} of ${formatCount(sample.held)} records of ${topic}`,
    generator: null,
    chunks: () => [sampleChunk(sample)],
  }
}

const generatorOf = (text: string, flags: KeySourceFlags): KeyGenerator => {
  const kind = oneOf('--generate', text, GENERATORS)
  const keys = keysOption(flags.keys)
  switch (kind) {
    case 'uniform':
    case 'sequential':
      return { kind, keys }
    case 'zipf':
      return { kind, keys, exponent: exponentOption(flags.exponent) }
    case 'celebrity':
    case 'viral':
      if (keys < 2)
        throw new LanekeeperError('USAGE', `--keys ${keys}: ${kind} needs others beside the one.`, {
          fix: 'Write --keys 1000000.',
        })
      return { kind, keys, share: shareOption('--share', flags.share) }
  }
}

const labelOf = (generator: KeyGenerator): string => {
  switch (generator.kind) {
    case 'zipf':
      return `Zipf with exponent ${generator.exponent}`
    case 'celebrity':
      return `one with ${(generator.share * 100).toFixed(0)} % of the traffic`
    case 'viral':
      return `one going viral to ${(generator.share * 100).toFixed(0)} % of the traffic`
    case 'uniform':
    case 'sequential':
      return generator.kind
  }
}

/** `1000000`, or `1e9` for those who think in powers. */
const keysOption = (text: string): number => {
  const power = /^([1-9])e(\d)$/.exec(text)
  return countOption('--keys', power === null ? text : `${power[1]}${'0'.repeat(Number(power[2]))}`, KEYS_MAX)
}

const exponentOption = (text: string): number => {
  const exponent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(exponent > 0 && exponent <= 5))
    throw new LanekeeperError('USAGE', `--exponent ${text}: not a number above 0 and up to 5.`, {
      fix: 'Write 1 for people, words and cities; more is more uneven.',
    })
  return exponent
}
