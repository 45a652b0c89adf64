import { Command } from 'commander'
import { formatCount, printable } from '../core/model/index.ts'
import { countOption } from './count-option.ts'
import { letterAsJson, letterId, letterNamed, type ReadLetter, readLetters } from './dlq/letters.ts'
import { replayLetters, type ReplayFlags } from './dlq/replay.ts'
import { print, printJson, printTable, say } from './output.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { Io, World } from './world.ts'

interface ListFlags extends TargetFlags {
  readonly max: string
}

/** `dlq list|show|replay`: what could not be processed, why, and back again. */
export const dlqCommand = (world: World): Command => {
  const list = addTargetOptions(new Command('list'))
    .description('The dead letters of a topic: where each came from, and why it is there.')
    .argument('<topic>', 'dead-letter topic')
    .option('--max <n>', 'the latest so many', '1000')
    .action(async (topic: string, flags: ListFlags) => listLetters(world, topic, flags))

  const show = addTargetOptions(new Command('show'))
    .description('One dead letter with everything in it.')
    .argument('<topic>', 'dead-letter topic')
    .argument('<id>', 'PARTITION:OFFSET as list shows it')
    .action(async (topic: string, id: string, flags: TargetFlags) => showLetter(world, topic, id, flags))

  const replay = addTargetOptions(new Command('replay'))
    .description(
      'Write letters back to where they came from, in the order of their keys, or refuse with the reason.',
    )
    .argument('<topic>', 'dead-letter topic')
    .argument('[ids...]', 'PARTITION:OFFSET each')
    .option('--all', 'all letters of the topic', false)
    .option('--key <text>', 'all letters of this key')
    .option('--only-in-order', 'replay those that can, leave the others', false)
    .option('--allow-reorder', 'replay the others too, behind newer records of their keys', false)
    .option('-y, --yes', 'do not ask', false)
    .action(async (topic: string, ids: readonly string[], flags: ReplayFlags) =>
      withCluster(world, flags, null, connection => replayLetters(world, connection, topic, ids, flags)),
    )

  return new Command('dlq')
    .description('Dead letters: list, show, replay.')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper dlq list orders.dlq --bootstrap-server kafka:9092
  lanekeeper dlq show orders.dlq 0:17
  lanekeeper dlq replay orders.dlq 0:17
  lanekeeper dlq replay orders.dlq --all --only-in-order --yes
`,
    )
    .addCommand(list)
    .addCommand(show)
    .addCommand(replay)
}

const listLetters = async (world: World, topic: string, flags: ListFlags): Promise<void> => {
  const max = countOption('--max', flags.max)
  await withCluster(world, flags, null, async connection => {
    const { io } = world
    const { letters, strangers } = await readLetters(world, connection, topic, flags)
    const shown = letters.toSorted((a, b) => a.writtenAtMs - b.writtenAtMs).slice(-max)
    if (flags.json) printJson(io, shown.map(letterAsJson))
    else if (shown.length > 0) printLetters(io, shown)
    if (letters.length === 0) say(io, `${topic} holds no dead letters.`)
    if (shown.length < letters.length)
      say(io, `The latest ${formatCount(shown.length)} of ${formatCount(letters.length)}; --max shows more.`)
    if (strangers > 0)
      say(io, `${formatCount(strangers)} records of ${topic} are no dead letters of Lanekeeper.`)
    const [first] = shown
    if (first !== undefined && !flags.json)
      say(io, `\nNext: lanekeeper dlq show ${topic} ${letterId(first)}${targetSuffix(flags)}`)
  })
}

const printLetters = (io: Io, letters: readonly ReadLetter[]): void =>
  printTable(
    io,
    [
      { title: 'ID' },
      { title: 'WRITTEN' },
      { title: 'SOURCE' },
      { title: 'OFFSET', align: 'right' },
      { title: 'KEY' },
      { title: 'TRIES', align: 'right' },
      { title: 'ERROR' },
      { title: 'MESSAGE' },
    ],
    letters.map(letter => {
      const { writtenAt, source, key, attempts, error, message } = letterAsJson(letter)
      return [
        letterId(letter),
        writtenAt.slice(0, 19),
        `${source.topic}-${source.partition}`,
        source.offset,
        key === null ? '(no key)' : cut(key, 24),
        attempts === null ? '-' : String(attempts),
        error,
        cut(message, 60),
      ]
    }),
  )

const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`)

const showLetter = async (world: World, topic: string, id: string, flags: TargetFlags): Promise<void> =>
  withCluster(world, flags, null, async connection => {
    const { io } = world
    const { letters } = await readLetters(world, connection, topic, flags)
    const letter = letterAsJson(letterNamed(letters, id))
    if (flags.json) {
      printJson(io, letter)
      return
    }
    const { source, headers } = letter
    const rows: readonly (readonly [string, string])[] = [
      ['letter', letter.id],
      ['written', letter.writtenAt],
      ['source', `${source.topic}-${source.partition} offset ${source.offset}`],
      ['timestamp', letter.timestamp ?? 'unknown'],
      ['group', letter.group],
      ['attempts', letter.attempts === null ? 'unknown' : String(letter.attempts)],
      ['error', letter.error],
      ['message', letter.message],
      ['key', letter.key ?? '(no key)'],
      ['value', letter.value ?? '(null)'],
      ...headers.map(({ key, value }) => ['header', `${key}: ${value ?? '(null)'}`] as const),
    ]
    for (const [name, value] of rows) print(io, printable(`${name.padEnd(9)}  ${value}`))
    say(io, `\nNext: lanekeeper dlq replay ${topic} ${letter.id}${targetSuffix(flags)}`)
  })
