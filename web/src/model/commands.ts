/**
 * Commands that show a partition in a terminal: Kafka's own tools first, so that nobody has to take our word. The server
 * stands last in each: what tells one command from another is then seen first where a line is short.
 */
import type { Health, PartitionView } from '../../../src/api/contract.ts'
import type { Page } from './route.ts'

export interface PageCommand {
  readonly does: string
  readonly text: string
}

/** A simulated cluster lives in the process that serves the page: no command of another one can ask it. */
export const SIMULATED_ASKS = 'This cluster is simulated inside of the server: no other command can ask it.'

/** Where `serve` and `up` listen unless told otherwise. */
const DEFAULT_ORIGIN = 'http://127.0.0.1:7400'

/** How many of the newest records the console consumer starts before the end. */
const TAIL_RECORDS = 10n

export const partitionCommands = (
  bootstrapServer: string,
  topic: string,
  partition: number,
  view: PartitionView | undefined,
): readonly PageCommand[] => {
  const server = `--bootstrap-server ${quoted(bootstrapServer)}`
  const end = view?.endOffset ?? null
  const from = end === null ? 'latest' : String(atLeastZero(BigInt(end) - TAIL_RECORDS))
  return [
    {
      does: end === null ? 'Read its next records' : 'Read its last ten records',
      text: `kafka-console-consumer.sh --topic ${quoted(topic)} --partition ${partition} --offset ${from} --max-messages ${TAIL_RECORDS} --property print.key=true ${server}`,
    },
    {
      does: 'Its end offset, from the brokers',
      text: `kafka-get-offsets.sh --topic ${quoted(topic)} --partitions ${partition} ${server}`,
    },
    {
      does: 'Leader, copies, in sync',
      text: `kafka-topics.sh --describe --topic ${quoted(topic)} ${server}`,
    },
    ...(view?.groups ?? []).slice(0, 2).map(reader => ({
      does: `Lag of ${reader.groupId}`,
      text: `kafka-consumer-groups.sh --describe --group ${quoted(reader.groupId)} ${server}`,
    })),
    {
      does: 'Its keys, in a terminal',
      text: `npx lanekeeper hot ${quoted(topic)} --partition ${partition} ${server}`,
    },
    { does: 'All topics on one screen', text: `npx lanekeeper status ${server}` },
  ]
}

const atLeastZero = (value: bigint): bigint => (value < 0n ? 0n : value)

/** A group id may hold anything, and the reader will paste this into a shell. */
const quoted = (word: string): string =>
  /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`

/** What follows `lanekeeper alerts …`, where the server is not the one that it asks by itself. */
export const urlOption = (origin: string): string => (origin === DEFAULT_ORIGIN ? '' : ` --url ${origin}`)

/** The command that tells in a terminal what a page shows; undefined where none does. */
export const sameCommand = (
  page: Page,
  { bootstrapServer, simulated, calledAs }: Pick<Health, 'bootstrapServer' | 'simulated' | 'calledAs'>,
  origin: string,
): string | undefined => {
  if (page.name === 'alerts') return `${calledAs} alerts${urlOption(origin)}`
  if (simulated) return undefined
  const server = `--bootstrap-server ${quoted(bootstrapServer)}`
  switch (page.name) {
    case 'overview':
    case 'brokers':
      return `${calledAs} status ${server}`
    case 'topics':
      return `${calledAs} topics ${server}`
    case 'topic':
      return `${calledAs} hot ${quoted(page.topic)} ${server}`
    case 'partition':
      return `${calledAs} hot ${quoted(page.topic)} --partition ${page.partition} ${server}`
    case 'groups':
      return `${calledAs} groups ${server}`
    case 'group':
      return `${calledAs} groups show ${quoted(page.group)} ${server}`
    case 'plans':
      return `${calledAs} plan lanekeeper.yaml ${server}`
    case 'lab':
    case 'missing':
      return undefined
  }
}
