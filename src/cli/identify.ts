import { Command } from 'commander'
import { formatCount, formatShare, LanekeeperError } from '../core/model/index.ts'
import { type Identification, identifyWriters, type PlacedKey, type Writer } from '../core/routing/index.ts'
import { countOption } from './count-option.ts'
import { sampleTopic, type TopicSample } from './keys/sample-topic.ts'
import { print, printJson, printTable, say } from './output.ts'
import { startProgress } from './progress.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface IdentifyFlags extends TargetFlags {
  readonly sample: string
}

/** Findings: two writers disagree, or order is broken already. */
const FINDINGS = 3

/** `identify TOPIC`: which client wrote it, and do its writers agree? */
export const identifyCommand = (world: World): Command =>
  addTargetOptions(new Command('identify'))
    .description('Tell from a sample which clients wrote a topic, and whether they place keys alike.')
    .argument('<topic>')
    .option('--sample <n>', 'records to read, spread over the topic’s history', '50000')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper identify user-actions
  lanekeeper identify orders --sample 200000 --json | jq '.writers[] | {names, share}'

Reads only: joins no group, commits nothing. Exit code 3 when writers are mixed.
`,
    )
    .action(async (topic: string, flags: IdentifyFlags) => identify(world, topic, flags))

const identify = async (world: World, topic: string, flags: IdentifyFlags): Promise<void> => {
  const { io } = world
  const recordsMax = countOption('--sample', flags.sample, 10_000_000)
  const progress = startProgress(io, world.clock)
  progress.stage(`reading a sample of ${topic}`)
  let sample: TopicSample
  try {
    sample = await withCluster(world, flags, null, connection =>
      sampleTopic(world, connection, topic, recordsMax, flags),
    )
  } finally {
    progress.end()
  }
  if (sample.records.length === 0)
    throw new LanekeeperError('INPUT_INVALID', `Topic ${topic} holds no records.`, {
      fix: 'There is nothing to tell a writer from; produce something first.',
    })
  const keyed = sample.records.flatMap(({ key, ...rest }): PlacedKey[] =>
    key === null ? [] : [{ key, ...rest }],
  )
  const keyless = sample.records.length - keyed.length
  const found = identifyWriters(keyed, sample.partitions)
  if (flags.json)
    printJson(io, {
      topic,
      partitions: sample.partitions,
      sampled: sample.records.length,
      held: sample.held,
      keyless,
      ...found,
    })
  else show(world, sample, keyless, found, flags)
  if (found.verdict === 'mixed') io.exitWith(FINDINGS)
}

const show = (
  { io }: World,
  sample: TopicSample,
  keyless: number,
  found: Identification,
  flags: IdentifyFlags,
): void => {
  const { topic, partitions } = sample
  print(
    io,
    `${topic}: ${formatCount(partitions)} partitions, ${formatCount(sample.records.length)} of ${formatCount(sample.held)} records sampled, ` +
      `${formatCount(found.keys)} distinct keys${keyless > 0 ? `, ${formatCount(keyless)} records without a key` : ''}`,
  )
  print(io, verdictLine(found, partitions))
  for (const writer of found.writers) print(io, `  ${writerLine(writer, partitions)}`)
  if (found.scatteredKeys > 0)
    print(
      io,
      `${formatCount(found.scatteredKeys)} keys lie on more than one partition: their order is broken already, and joins with other topics miss them.`,
    )
  print(io, '')
  printTable(
    io,
    [
      { title: 'placement' },
      { title: 'keys that fit', align: 'right' },
      { title: 'as only writer', align: 'right' },
      { title: 'conventions' },
    ],
    found.likelihoods.map(({ placement, matchedShare, probability, names }) => [
      placement,
      formatShare(matchedShare),
      probability > 0.0005 ? probability.toFixed(3) : '0',
      names.join(' '),
    ]),
  )
  if (found.verdict === 'mixed')
    say(
      io,
      'Next: give all writers one convention; lanekeeper route KEY --convention all shows where each puts a key.',
    )
  if (found.verdict === 'too-few')
    say(io, `Next: lanekeeper identify ${topic} --sample 500000${targetSuffix(flags)}`)
}

const verdictLine = (
  { verdict, writers, pairs, unexplainedShare }: Identification,
  partitions: number,
): string => {
  switch (verdict) {
    case 'one':
      return 'One placement explains the sample:'
    case 'cannot-tell':
      return partitions === 1
        ? 'Cannot tell: with one partition every client places alike.'
        : `Cannot tell which of these: on ${formatCount(partitions)} partitions they put every sampled key on the same lane${
            (partitions & (partitions - 1)) === 0 ? ' (the count is a power of two)' : ''
          }.`
    case 'mixed':
      return writers.length > 1
        ? `${writers.length} ways of placing keys are mixed:`
        : `One known writer, and ${formatShare(unexplainedShare)} of the keys lie where no known client puts them:`
    case 'unknown':
      return `No known convention: ${formatShare(unexplainedShare)} of the keys lie where no client's hash puts them. Lanes are named by hand, keys are not looked at, or the partitioner is home-made.`
    case 'too-few':
      return `Too few keys to say: ${pairs} distinct ones in the sample, 20 are needed.`
  }
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 19)

const writerLine = (writer: Writer, partitions: number): string => {
  const { placements, count, share, seen, headers } = writer
  const older = count === partitions ? '' : `, by an older count of ${formatCount(count)} partitions`
  const when = seen === null ? '' : `; seen ${time(seen.firstMs)} to ${time(seen.lastMs)}`
  const how = headers.length === 0 ? '' : `; headers ${headers.join(', ')}`
  return `${formatShare(share)} of the keys: ${placements.join(' = ')}${older}${when}${how}`
}
