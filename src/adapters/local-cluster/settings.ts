/**
 * Broker settings for several brokers on one small machine with many partitions (1,500 × 3 replicas on two cores),
 * each with its reason. One table: the local brokers' `server.properties` and the containers of `compose.yaml` both
 * follow it, and a test holds them together.
 *
 * Left at Kafka's defaults because measuring showed no difference: network and I/O threads, replica fetchers. A
 * shorter `replica.fetch.wait.max.ms` costs a whole core while idle.
 */
export interface Setting {
  readonly name: string
  readonly value: string
  readonly why: string
}

const minute = 60_000
const hour = 60 * minute
const mebibyte = 1024 * 1024

/** Settings that all brokers of a cluster of `brokers` share. */
export const sharedSettings = (brokers: number): readonly Setting[] => {
  const replicas = Math.min(3, brokers)
  // one copy may be missing, so that losing a broker stops nobody; with one or two brokers there is none to spare
  const inSyncMin = replicas === 3 ? 2 : 1
  const setting = (name: string, value: number | string | boolean, why: string): Setting => ({
    name,
    value: String(value),
    why,
  })
  return [
    setting('auto.create.topics.enable', false, 'a misspelt topic is an error, not a new topic'),
    setting('default.replication.factor', replicas, 'as many copies as brokers allow, three at most'),
    setting('min.insync.replicas', inSyncMin, 'one broker may be lost without stopping acks=all'),

    // twelve divides by 1, 2, 3, 4 and 6 brokers; the default of 50 would add 150 replicas to each topic kind
    setting(
      'offsets.topic.num.partitions',
      12,
      'even on 1, 2, 3, 4 and 6 brokers; 50 are for large clusters',
    ),
    setting('offsets.topic.replication.factor', replicas, 'offsets survive the loss of a broker'),
    setting('transaction.state.log.num.partitions', 12, 'as for offsets'),
    setting('transaction.state.log.replication.factor', replicas, 'as for offsets'),
    setting(
      'transaction.state.log.min.isr',
      inSyncMin,
      'the default of 2 cannot be met by fewer than two brokers',
    ),
    setting('share.coordinator.state.topic.num.partitions', 12, 'as for offsets'),
    setting('share.coordinator.state.topic.replication.factor', replicas, 'as for offsets'),
    setting('share.coordinator.state.topic.min.isr', inSyncMin, 'as for transactions'),

    setting('broker.heartbeat.interval.ms', 1_000, 'several heartbeats fit into the session'),
    setting(
      'broker.session.timeout.ms',
      4_000,
      'a killed broker loses its leaderships after 4 s (default 9 s); were it the active controller, this time begins anew when the next one takes office',
    ),
    setting(
      'controller.quorum.election.timeout.ms',
      500,
      'the two that are left miss their controller at the same moment and often split the vote: up to 1 s until the next round (default up to 2 s)',
    ),
    setting(
      'replica.fetch.backoff.ms',
      250,
      'a follower that asks the new leader before it knows of its office waits so long (default 1 s), and acks=all with it',
    ),
    setting(
      'leader.imbalance.check.interval.seconds',
      5,
      'of brokers that start together the first gets all leaders; the default gives them back after 5 minutes',
    ),

    setting(
      'group.initial.rebalance.delay.ms',
      0,
      'a demonstration does not wait 3 s for members that never come',
    ),
    setting('group.consumer.min.heartbeat.interval.ms', 1_000, 'lower bound of the next line (default 5 s)'),
    setting('group.consumer.heartbeat.interval.ms', 1_000, 'members learn of a revocation within a second'),
    setting('group.consumer.min.session.timeout.ms', 6_000, 'lower bound of the next line (default 45 s)'),
    setting(
      'group.consumer.session.timeout.ms',
      12_000,
      'longer than the loss of a coordinator takes (elections and 4 s session), so that its members outlive it',
    ),

    setting(
      'num.replica.fetchers',
      32,
      'a follower asks for all partitions of a fetcher again after each batch in one of them: many small fetchers look at few',
    ),

    setting('log.retention.ms', 6 * hour, 'days of running do not fill the disk'),
    setting('log.retention.bytes', 256 * mebibyte, 'bounds one partition, also in a bulk run'),
    setting('log.roll.ms', hour, 'only closed segments are deleted, and a quiet partition never fills one'),
    setting('log.roll.jitter.ms', 30 * minute, 'partitions created together do not roll together'),
    setting('log.segment.bytes', 16 * mebibyte, 'what retention can delete at once'),
    setting(
      'log.index.size.max.bytes',
      mebibyte,
      'enough for the segment; the default preallocates 10 MiB in each of thousands of (sparse) index files',
    ),
    setting(
      'num.recovery.threads.per.data.dir',
      8,
      'opening and closing thousands of logs waits for the disk, not for cores',
    ),
    setting('log.segment.delete.delay.ms', 5_000, 'deleted topics give their files back soon'),
    setting(
      'log.cleaner.dedupe.buffer.size',
      16 * mebibyte,
      'only small internal topics compact; saves 110 MB of heap',
    ),
  ]
}

export interface NodeAddress {
  readonly id: number
  readonly port: number
  /** Null for a broker that is no member of the controller quorum. */
  readonly controllerPort: number | null
}

export const rackOf = (id: number): string => `rack-${id}`

export const HOST = '127.0.0.1'

/** Settings of one broker: who it is and where it listens. */
export const nodeSettings = (
  node: NodeAddress,
  all: readonly NodeAddress[],
  dataFolder: string,
): readonly Setting[] => {
  const client = `PLAINTEXT://${HOST}:${node.port}`
  const listeners =
    node.controllerPort === null ? client : `${client},CONTROLLER://${HOST}:${node.controllerPort}`
  const voters = all
    .filter(each => each.controllerPort !== null)
    .map(each => `${each.id}@${HOST}:${each.controllerPort}`)
  return [
    {
      name: 'process.roles',
      value: node.controllerPort === null ? 'broker' : 'broker,controller',
      why: 'one process per broker; the first three are the controller quorum as well',
    },
    { name: 'node.id', value: String(node.id), why: 'the broker id' },
    { name: 'broker.rack', value: rackOf(node.id), why: 'one rack each, so that losing a rack can be tried' },
    { name: 'controller.quorum.voters', value: voters.join(','), why: 'fixed when the cluster is made' },
    { name: 'listeners', value: listeners, why: 'loopback only: there is no authentication' },
    { name: 'advertised.listeners', value: client, why: 'what clients connect to' },
    { name: 'controller.listener.names', value: 'CONTROLLER', why: 'which listener controllers use' },
    {
      name: 'listener.security.protocol.map',
      value: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      why: 'no encryption on loopback',
    },
    { name: 'inter.broker.listener.name', value: 'PLAINTEXT', why: 'replication uses the client listener' },
    { name: 'log.dirs', value: dataFolder, why: 'inside the state folder' },
  ]
}

/** `server.properties` with the reasons as comments. A backslash starts an escape in this format. */
export const renderProperties = (settings: readonly Setting[]): string =>
  settings.map(({ name, value, why }) => `# ${why}\n${name}=${value.replaceAll('\\', '\\\\')}\n`).join('')
