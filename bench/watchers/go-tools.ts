/**
 * Burrow, kminion and kafka_exporter, where they are installed. Only what makes them look at this cluster and group is
 * set; Burrow's refresh of end offsets, thirty seconds in its example, is set to one second as ours is.
 */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Contestant, getText, linesAbout, samplesOf, seenOf, spawnServer } from './watcher.ts'

const exporter = (
  name: string,
  binary: string,
  metric: string,
  labels: { readonly topic: string; readonly partition: string; readonly group: string },
  settings: (place: { readonly bootstrapServer: string; readonly port: number }) => {
    readonly parameters: readonly string[]
    readonly env: NodeJS.ProcessEnv
  },
): Contestant => ({
  name,
  way: 'asks the brokers at each scrape',
  start: async place => {
    const { parameters, env } = settings(place)
    const server = spawnServer(binary, parameters, { cwd: place.folder, env })
    const scrape = (): Promise<string> => getText(`http://127.0.0.1:${place.port}/metrics`)
    return {
      pid: server.child.pid ?? null,
      ask: async () => {
        const text = await scrape()
        return seenOf(samplesOf(text, metric, labels, place.group), text)
      },
      say: async (topic, partition) => linesAbout(await scrape(), topic, partition),
      close: server.end,
    }
  },
})

export const kafkaExporter = (binary: string): Contestant =>
  exporter(
    'kafka_exporter',
    binary,
    'kafka_consumergroup_lag',
    { topic: 'topic', partition: 'partition', group: 'consumergroup' },
    ({ bootstrapServer, port }) => ({
      parameters: [
        ...bootstrapServer.split(',').map(server => `--kafka.server=${server}`),
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      env: {},
    }),
  )

export const kminion = (binary: string): Contestant =>
  exporter(
    'kminion',
    binary,
    'kminion_kafka_consumer_group_topic_partition_lag',
    { topic: 'topic_name', partition: 'partition_id', group: 'group_id' },
    ({ bootstrapServer, port }) => ({
      parameters: [],
      env: {
        KAFKA_BROKERS: bootstrapServer,
        EXPORTER_HOST: '127.0.0.1',
        EXPORTER_PORT: String(port),
        MINION_CONSUMERGROUPS_ENABLED: 'true',
        MINION_CONSUMERGROUPS_SCRAPEMODE: 'adminApi',
        MINION_CONSUMERGROUPS_GRANULARITY: 'partition',
        MINION_TOPICS_GRANULARITY: 'partition',
      },
    }),
  )

const ZOOKEEPER_PORT_BEHIND = 50

/** ZooKeeper listens before it serves, and Burrow gives up at once on one that does not answer. */
const untilServing = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 120; tries++) {
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'))
    const [answer] = await once(socket, 'data').catch((): [string] => [''])
    socket.destroy()
    if (String(answer).includes('Mode: standalone')) return
    await pause(250)
  }
}

/** The last of the worst: what it could not do, not what it then did not find. */
const lastError = (file: string): string =>
  readFileSync(file, 'utf8')
    .split('\n')
    .findLast(line => line.includes('"level":"error"')) ?? 'no error'

interface BurrowPartition {
  readonly topic: string
  readonly partition: number
  readonly status: string
  readonly end: { readonly offset: number; readonly lag: number } | null
  readonly current_lag: number
}

/** @param zookeeperJars a folder with ZooKeeper, without which Burrow does not start */
export const burrow = (binary: string, zookeeperJars: string): Contestant => ({
  name: 'Burrow',
  way: 'reads commits from __consumer_offsets, end offsets every second by itself',
  start: async ({ bootstrapServer, group, folder, port }) => {
    const servers = JSON.stringify(bootstrapServer.split(','))
    const zookeeper = spawnServer(
      'java',
      [
        '-Xmx128m',
        '-Dzookeeper.admin.enableServer=false',
        '-cp',
        join(zookeeperJars, '*'),
        'org.apache.zookeeper.server.ZooKeeperServerMain',
        String(port + ZOOKEEPER_PORT_BEHIND),
        join(folder, 'zookeeper'),
      ],
      { cwd: folder },
    )
    writeFileSync(
      join(folder, 'burrow.toml'),
      `[general]
pidfile="${folder}/burrow.pid"
[logging]
filename="${folder}/burrow.log"
level="warn"
[zookeeper]
servers=["127.0.0.1:${port + ZOOKEEPER_PORT_BEHIND}"]
timeout=30
root-path="/burrow"
[client-profile.here]
client-id="burrow"
kafka-version="2.1.0"
[cluster.local]
class-name="kafka"
servers=${servers}
client-profile="here"
topic-refresh=60
offset-refresh=1
[consumer.local]
class-name="kafka"
cluster="local"
servers=${servers}
client-profile="here"
[httpserver.default]
address="127.0.0.1:${port}"
[storage.default]
class-name="inmemory"
workers=20
intervals=15
expire-group=604800
min-distance=1
`,
    )
    await untilServing(port + ZOOKEEPER_PORT_BEHIND)
    const server = spawnServer(binary, ['--config-dir', folder], { cwd: folder })
    const rows = async (): Promise<readonly BurrowPartition[]> => {
      const text = await getText(`http://127.0.0.1:${port}/v3/kafka/local/consumer/${group}/lag`).catch(
        (failure: Error) => {
          throw new Error(`${failure.message}; its log: ${lastError(join(folder, 'burrow.log'))}`)
        },
      )
      return (JSON.parse(text) as { readonly status: { readonly partitions: readonly BurrowPartition[] } })
        .status.partitions
    }
    return {
      pid: server.child.pid ?? null,
      ask: async () =>
        seenOf(
          new Map(
            (await rows()).map(({ topic, partition, current_lag }) => [`${topic}-${partition}`, current_lag]),
          ),
        ),
      say: async (topic, partition) =>
        JSON.stringify((await rows()).find(row => row.topic === topic && row.partition === partition)),
      close: async () => {
        await server.end()
        await zookeeper.end()
      },
    }
  },
})
