import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * Kafka's own command-line tools as the second witness: they share no line with us. If they disagree with us, we are
 * wrong.
 */
export interface KafkaTools {
  /** Runs `org.apache.kafka.tools.<name>`; resolves with standard output, rejects with standard error. */
  run(name: string, args: readonly string[]): Promise<string>
  /** Sum of end offsets of the topic by GetOffsetShell. */
  endOffsetSum(topic: string): Promise<number>
  /**
   * Reads the topic from the beginning with the console consumer, exactly `count` records: an idle limit would end
   * early on a busy machine and read as loss.
   */
  readAll(
    topic: string,
    count: number,
    onRecord: (record: PrintedRecord) => void,
    extra?: readonly string[],
  ): Promise<void>
}

export interface PrintedRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string
}

export const kafkaTools = (libs: string, bootstrapServer: string): KafkaTools => {
  const start = (name: string, args: readonly string[]) =>
    spawn(
      'java',
      [
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        join(libs, '*'),
        `org.apache.kafka.tools.${name}`,
        '--bootstrap-server',
        bootstrapServer,
        ...args,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )

  const run = (name: string, args: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = start(name, args)
      let out = ''
      let err = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
      child.on('error', reject)
      child.on('close', code => {
        if (code === 0) resolve(out)
        else reject(new Error(`${name} ended with ${code}: ${err}${out}`))
      })
    })

  return {
    run,
    endOffsetSum: async topic => {
      const out = await run('GetOffsetShell', ['--topic', topic])
      const lines = out.trim().split('\n')
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(':') + 1)), 0)
    },
    readAll: (topic, count, onRecord, extra = []) =>
      new Promise((resolve, reject) => {
        if (count === 0) {
          resolve()
          return
        }
        const child = start('consumer.ConsoleConsumer', [
          '--topic',
          topic,
          '--from-beginning',
          '--max-messages',
          String(count),
          ...['print.key', 'print.partition', 'print.offset'].flatMap(name => [
            '--formatter-property',
            `${name}=true`,
          ]),
          ...extra,
        ])
        let seen = 0
        let err = ''
        child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
        const lines = createInterface({ input: child.stdout })
        lines.on('line', line => {
          seen++
          onRecord(parseLine(line))
        })
        child.on('error', reject)
        child.on('close', code => {
          if (code === 0 && seen === count) resolve()
          else
            reject(
              new Error(
                `console consumer read ${seen} of ${count} records of ${topic} (exit ${code}): ${err}`,
              ),
            )
        })
      }),
  }
}

/** `Partition:1⇥Offset:0⇥key⇥value` as the console consumer prints it. */
const parseLine = (line: string): PrintedRecord => {
  const [partition = '', offset = '', key = '', ...value] = line.split('\t')
  return {
    partition: Number(partition.slice('Partition:'.length)),
    offset: Number(offset.slice('Offset:'.length)),
    key: key === 'null' ? null : key,
    value: value.join('\t'),
  }
}
