/**
 * What keeps a partitioned system in order once it runs: each rule with its reason and with the command that shows
 * whether it holds. Kafka's own tools first; ours where they have no answer.
 */
export interface PracticeCommand {
  readonly does: string
  readonly text: string
}

export interface Practice {
  readonly id: string
  readonly rule: string
  readonly why: string
  /** From when on it is time to look, or the settings themselves. */
  readonly figures: readonly string[]
  readonly commands: readonly PracticeCommand[]
}

/** Topic and group in the commands are placeholders that run as they stand on StreamSocial's cluster. */
export const practices = (bootstrapServer: string): readonly Practice[] => {
  const server = `--bootstrap-server ${bootstrapServer}`
  return [
    {
      id: 'lag',
      rule: 'Watch lag per partition, in time, with its trend.',
      why: 'The sum over a topic hides one partition that stands still: 999 good ones outvote it. A thousand records are nothing at 50,000 a second and an hour at one every few seconds, so seconds behind is the figure that means the same everywhere, and whether it grows is the figure that says act.',
      figures: [
        'warn: behind for longer than a minute and growing',
        'act: the oldest unread record is older than half of retention',
      ],
      commands: [
        {
          does: 'Lag of each partition, with who reads it',
          text: `kafka-consumer-groups.sh ${server} --describe --group timeline-builder`,
        },
        {
          does: 'The same with a verdict and its reason',
          text: `npx lanekeeper groups show timeline-builder ${server}`,
        },
      ],
    },
    {
      id: 'decrease',
      rule: 'Partitions only ever become more; choose the count once, and well.',
      why: 'Kafka cannot take a partition away: its records would have nowhere to go. And more partitions move keys: the newer records of a key go to another lane while the older ones still lie unread on the first, so readers see them in the wrong order. 12 to 24 moves half of all keys, 12 to 13 moves twelve in thirteen.',
      figures: [
        'headroom of 1.2 to 1.5 when the topic is made',
        'grow by a multiple of the old count, or to a new topic',
      ],
      commands: [
        { does: 'The count from what must be carried', text: 'npx lanekeeper size workload.yaml' },
        {
          does: 'Which keys would move',
          text: 'npx lanekeeper simulate --generate uniform --keys 100000 --partitions 12 --from 12 --to 24',
        },
        {
          does: 'More partitions, where order does not matter; nobody takes them back',
          text: `kafka-topics.sh ${server} --alter --topic content-interactions --partitions 1000`,
        },
      ],
    },
    {
      id: 'retention',
      rule: 'Keep records longer than the longest time that a reader may be down.',
      why: 'Retention is the only limit on how long a stopped group can come back without loss: what is deleted is skipped without an error, unless auto.offset.reset is none. A compacted topic keeps the last record of every key for ever, needs a key on each record, and deletes by a record with a null value, which is itself kept for delete.retention.ms only: a reader that is away for longer never learns of the deletion.',
      figures: [
        'retention.ms: a weekend and a day at least',
        'cleanup.policy=compact for state, delete for events',
      ],
      commands: [
        {
          does: 'What holds now, and where it was set',
          text: `kafka-configs.sh ${server} --describe --all --entity-type topics --entity-name user-actions`,
        },
        {
          does: 'Keep a week',
          text: `kafka-configs.sh ${server} --alter --entity-type topics --entity-name user-actions --add-config retention.ms=604800000`,
        },
      ],
    },
    {
      id: 'producer',
      rule: 'Write with acks=all and idempotence; give batches time to fill.',
      why: 'acks=1 acknowledges what one broker has: it dies, and the record is gone though the producer was told otherwise. Idempotence numbers the batches of each partition, so a retry is stored once and in its place. Brokers pay for each batch, not for each record: with many partitions a few milliseconds of linger.ms make batches of many records out of batches of one.',
      figures: [
        'acks=all, enable.idempotence=true',
        'max.in.flight.requests.per.connection ≤ 5',
        'linger.ms 5 to 100, batch.size 64 kB and more, compression.type lz4 or zstd',
        'delivery.timeout.ms as long as the caller can wait; retries left as they are',
      ],
      commands: [
        {
          does: 'What a producer reaches with these settings, on a topic of its own',
          text: `kafka-producer-perf-test.sh --topic perf-test --num-records 100000 --record-size 200 --throughput -1 --producer-props bootstrap.servers=${bootstrapServer} acks=all linger.ms=20 batch.size=65536`,
        },
      ],
    },
    {
      id: 'under-replicated',
      rule: 'An under-replicated partition is an alarm, an offline one an outage.',
      why: 'Fewer copies in sync than declared means that the next failure is the one that hurts: below min.insync.replicas writing stops, without a leader reading stops too. A short dip during a restart is ordinary; one that stays, or always names the same broker, is a disk or a network about to go.',
      figures: [
        'warn: any for longer than replica.lag.time.max.ms (30 s)',
        'act: any at min.insync.replicas, any without leader',
      ],
      commands: [
        {
          does: 'Fewer in sync than declared',
          text: `kafka-topics.sh ${server} --describe --under-replicated-partitions`,
        },
        {
          does: 'One failure from refusing writes',
          text: `kafka-topics.sh ${server} --describe --at-min-isr-partitions`,
        },
        { does: 'Without a leader', text: `kafka-topics.sh ${server} --describe --unavailable-partitions` },
        { does: 'All of it on one screen', text: `npx lanekeeper status ${server}` },
      ],
    },
    {
      id: 'racks',
      rule: 'One replica in each rack, three copies, two of them in sync.',
      why: 'A rack, or an availability zone, fails as a whole. Brokers that name theirs (broker.rack) get each new partition spread over as many racks as there are copies; replication factor 3 with min.insync.replicas 2 then survives the loss of one without a refused write. Two copies in one rack are one copy on the day that counts. Partitions made before racks were named stay where they are.',
      figures: [
        'broker.rack on every broker',
        'replication.factor=3, min.insync.replicas=2',
        'unclean.leader.election.enable=false',
      ],
      commands: [
        { does: 'Where the replicas lie', text: `kafka-topics.sh ${server} --describe --topic user-actions` },
        {
          does: 'Leaders back to the preferred broker after a restart',
          text: `kafka-leader-election.sh ${server} --election-type preferred --all-topic-partitions`,
        },
      ],
    },
    {
      id: 'members',
      rule: 'Fewer members than partitions, cooperative or server-side rebalancing, static ids.',
      why: 'A partition has one reader in a group, so a member too many idles. Eager assignors stop the whole group whenever somebody comes or goes; the cooperative one and the server-side protocol stop only what moves. A static id (group.instance.id) lets a member restart within its session timeout without any rebalance at all.',
      figures: [
        'start with half as many members as partitions',
        'group.protocol=consumer, or CooperativeStickyAssignor',
      ],
      commands: [
        {
          does: 'Who has how much, who idles',
          text: `kafka-consumer-groups.sh ${server} --describe --group timeline-builder --members --verbose`,
        },
        {
          does: 'What one more member would move, on paper',
          text: 'npx lanekeeper groups simulate --topics user-actions:1000 --members 6 --join 1',
        },
      ],
    },
    {
      id: 'keys',
      rule: 'Look at the keys before they are many.',
      why: 'A partition is as hot as its hottest key, and no count of partitions divides a key. Too few different keys leave lanes empty; one that stands for many (GUEST, unknown, 0) fills one; ids that count up can fall into step with the count. All of it is visible in a sample, before anybody has produced a record.',
      figures: [
        'at least a thousand keys, a hundred for each partition',
        'no key above the share of one partition',
      ],
      commands: [
        {
          does: 'What is wrong with the keys of a topic',
          text: `npx lanekeeper lint keys --topic user-actions --partitions 1000 ${server}`,
        },
        {
          does: 'Which client wrote it, and so which hash',
          text: `npx lanekeeper identify user-actions ${server}`,
        },
      ],
    },
  ]
}
