import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { javaArguments } from './kafka-tools.ts'

/** A record as Kafka's console consumer prints it. */
export interface PrintedRecord {
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  /** `name:value` pairs joined by commas, `NO_HEADERS` where there are none. */
  readonly headers: string
  readonly key: string
  readonly value: string
}

/** Idle time after which a reader gives up: long, because a short one reads nothing on a busy machine. */
const IDLE_MS = 90_000

const runJava = async (
  tool: string,
  parameters: readonly string[],
  input: string,
  onLine: (line: string) => void,
): Promise<void> => {
  const child = spawn('java', await javaArguments(tool, parameters), { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)))
  child.stdin.end(input)
  const lines = createInterface({ input: child.stdout }).on('line', onLine)
  await Promise.all([
    once(lines, 'close'),
    new Promise<void>((resolve, reject) =>
      child.on('close', code =>
        code === 0 ? resolve() : reject(new Error(`${tool} ended with ${code}: ${errors}`)),
      ),
    ),
  ])
}

interface ReadingOptions {
  readonly isolation?: 'read_uncommitted' | 'read_committed'
  readonly idleMs?: number
}

/**
 * Reads `records` records of a topic from its start with Kafka's console consumer, which checks every checksum. With
 * fewer in the topic it ends after `idleMs` without one: so a caller that asks for one more than it expects learns of
 * records that should not be there.
 */
export const consoleConsume = async (
  bootstrapServer: string,
  topic: string,
  records: number,
  options: ReadingOptions = {},
): Promise<readonly PrintedRecord[]> => {
  const read: PrintedRecord[] = []
  await consoleConsumeEach(bootstrapServer, topic, records, record => read.push(record), options)
  return read
}

/** The same without keeping them: for topics that do not fit in memory. */
export const consoleConsumeEach = async (
  bootstrapServer: string,
  topic: string,
  records: number,
  onRecord: (record: PrintedRecord) => void,
  { isolation = 'read_uncommitted', idleMs = IDLE_MS }: ReadingOptions = {},
): Promise<void> => {
  const shown = ['partition', 'offset', 'timestamp', 'headers', 'key', 'value']
  await runJava(
    'consumer.ConsoleConsumer',
    [
      '--from-beginning',
      `--bootstrap-server=${bootstrapServer}`,
      `--topic=${topic}`,
      `--max-messages=${records}`,
      `--timeout-ms=${idleMs}`,
      `--isolation-level=${isolation}`,
      ...shown.flatMap(field => ['--formatter-property', `print.${field}=true`]),
    ],
    '',
    line => {
      if (line.startsWith('CreateTime:')) onRecord(printedRecord(line))
    },
  )
}

const printedRecord = (line: string): PrintedRecord => {
  const [time = '', partition = '', offset = '', headers = '', key = '', value = ''] = line.split('\t')
  const figure = (text: string): number => Number(text.slice(text.indexOf(':') + 1))
  return {
    timestampMs: figure(time),
    partition: figure(partition),
    offset: figure(offset),
    headers,
    key,
    value,
  }
}

/** Writes `key<tab>value` lines with Kafka's console producer: the partition is the Java client's choice. */
export const consoleProduce = async (
  bootstrapServer: string,
  topic: string,
  lines: readonly string[],
): Promise<void> => {
  await runJava(
    'ConsoleProducer',
    ['--bootstrap-server', bootstrapServer, '--topic', topic, '--reader-property', 'parse.key=true'],
    `${lines.join('\n')}\n`,
    () => undefined,
  )
}
