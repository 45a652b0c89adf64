/** Lanekeeper as a user starts it, asked in the dialect of kafka_exporter as a Prometheus would ask it. */
import { join } from 'node:path'
import {
  type Contestant,
  getText,
  linesAbout,
  type Place,
  samplesOf,
  seenOf,
  spawnServer,
  type Watcher,
} from './watcher.ts'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'lanekeeper.mjs')

interface Finding {
  readonly topic: string | null
  readonly partition: number | null
  readonly sentence: readonly { readonly text: string }[]
  readonly cure: string
}

const textOf = ({ sentence }: Finding): string => sentence.map(({ text }) => text).join('')

export interface Ours extends Contestant {
  readonly start: (place: Place) => Promise<OurWatcher>
}

export interface OurWatcher extends Watcher {
  /** The partition of the topic whose sentence names one key; null while none does. */
  keyNamedOn(topic: string): Promise<number | null>
}

/** `flags` beside the address. */
export const lanekeeper = (name: string, flags: readonly string[]): Ours => ({
  name,
  way: 'looks every second by itself; answers from memory',
  start: async ({ bootstrapServer, group, folder, port }) => {
    const server = spawnServer(
      process.execPath,
      [
        launcher,
        'serve',
        '--bootstrap-server',
        bootstrapServer,
        '--state-dir',
        folder,
        '--port',
        String(port),
        ...flags,
      ],
      { cwd: folder },
    )
    const url = `http://127.0.0.1:${port}`
    const findings = async (): Promise<readonly Finding[]> =>
      JSON.parse(await getText(`${url}/api/v1/findings`)) as Finding[]
    return {
      pid: server.child.pid ?? null,
      ask: async () => {
        const text = await getText(`${url}/metrics`)
        const labels = { topic: 'topic', partition: 'partition', group: 'consumergroup' }
        return seenOf(samplesOf(text, 'kafka_consumergroup_lag', labels, group), text)
      },
      say: async (topic, partition) => {
        const about = (await findings()).filter(each => each.topic === topic && each.partition === partition)
        return about.length === 0
          ? linesAbout(await getText(`${url}/metrics`), topic, partition)
          : about.map(each => `${textOf(each)}\n${each.cure}`).join('\n')
      },
      keyNamedOn: async topic =>
        (await findings()).find(each => each.topic === topic && / of it is one key, /.test(textOf(each)))
          ?.partition ?? null,
      close: server.end,
    }
  },
})
