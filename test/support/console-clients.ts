import { spawn } from 'node:child_process'
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

const runJava = async (tool: string, parameters: readonly string[], input: string): Promise<string> => {
  const child = spawn('java', await javaArguments(tool, parameters), { stdio: ['pipe', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  child.stdin.end(input)
  await new Promise<void>((resolve, reject) =>
    child.on('close', code =>
      code === 0
        ? resolve()
        : reject(new Error(`${tool} ended with ${code}: ${Buffer.concat(errors).toString().slice(-2000)}`)),
    ),
  )
  return Buffer.concat(output).toString()
}

/** Reads `records` records of a topic from its start with Kafka's console consumer, which checks every checksum. */
export const consoleConsume = async (
  bootstrapServer: string,
  topic: string,
  records: number,
): Promise<readonly PrintedRecord[]> => {
  const shown = ['partition', 'offset', 'timestamp', 'headers', 'key', 'value']
  const printed = await runJava(
    'consumer.ConsoleConsumer',
    [
      '--from-beginning',
      `--bootstrap-server=${bootstrapServer}`,
      `--topic=${topic}`,
      `--max-messages=${records}`,
      `--timeout-ms=${IDLE_MS}`,
      ...shown.flatMap(field => ['--formatter-property', `print.${field}=true`]),
    ],
    '',
  )
  const lines = printed.split('\n').filter(line => line.startsWith('CreateTime:'))
  return lines.map(line => {
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
  })
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
  )
}
