/**
 * Every kind of finding: when it is made, and the kind of incident it comes from. docs/health-rules.md is written from
 * this table; a test finds a kind that is missing here.
 */
export interface FindingKind {
  readonly when: string
  readonly incident: string
}

export const findingKinds: Readonly<Record<string, FindingKind>> = {
  'cluster-unreachable': {
    when: 'two looks in a row brought nothing, or nothing came for three intervals',
    incident: 'A dashboard that goes on showing its last figures through an outage, green.',
  },
  'history-not-kept': {
    when: 'the last write to the history file failed, or a page of it could not be read',
    incident:
      'The disk filled up in the night of the incident, and the report of the next morning was empty.',
  },
  'broker-gone': {
    when: 'a broker that was seen, or that some partition has a copy on, is not in the metadata',
    incident: 'One broker dies and a monitor sends 500 alerts, one per partition.',
  },
  leaderless: {
    when: 'a partition has no leader',
    incident:
      'Two brokers lost with three copies and min.insync.replicas 2: some keys cannot be written, others can.',
  },
  'under-replicated': {
    when: 'a copy on a broker that answers is not in sync',
    incident: 'A disk that became slow: everything works until the other copy is lost, too.',
  },
  'leaders-unbalanced': {
    when: 'a broker leads over a fifth more than its share, and at least five partitions more, while all brokers answer',
    incident: 'After a rolling restart the last broker leads nothing, for weeks.',
  },
  'disk-nearly-full': {
    when: 'less than `diskUsableWarning` of a broker’s disks is usable',
    incident:
      'Kafka writes until the disk is full; then the broker stops, its leaders move, and the next disk fills faster.',
  },
  'hot-partition': {
    when: 'a partition has at least `hotTimesMean` times the records of the median one, beyond what chance gives for so many records and keys, records that came together counted as one, for `evidenceMs`',
    incident:
      'A viral post, a celebrity, a default key: one partition carries most of the traffic, and adding consumers or partitions changes nothing, because nobody knows that it is one key.',
  },
  'hot-bytes': {
    when: 'a partition has at least `hotTimesMean` times the bytes of the median one, though not the records, beyond what chance gives for records of that size, for `evidenceMs`',
    incident:
      'One tenant attaches pictures: its partition has as many records as any other and fills a disk, and consumers behind it fall back for no reason that a count shows.',
  },
  uneven: {
    when: 'the busiest partition is more than `skewFlagged` above the mean, beyond what chance gives for so many records and keys',
    incident: 'A topic sized for the mean, whose busiest partition reaches its limit a month early.',
  },
  'mixed-partitioners': {
    when: 'the keys seen lately lie where two or more known partitioners put them',
    incident:
      'A service is rewritten with another client library; the same key is now on two partitions, its order is gone and joins lose records, without any error.',
  },
  'partitions-added': {
    when: 'a topic with records has more partitions than at an earlier look, for an hour',
    incident:
      'Somebody adds partitions during an incident, and keys change partition under consumers that rely on their order.',
  },
  'partitions-added-as-declared': {
    when: 'the same, and the topic has as many as the file given to serve, up or check declares',
    incident: 'Somebody who applied a change is warned of it for an hour, and no longer reads warnings.',
  },
  bursts: {
    when: 'most of a topic’s records came within a fifth of the looks of the window, in at least two bursts',
    incident:
      'A hundred thousand devices whose firmware reports at the full minute: dashboards show a calm mean, and consumers fall behind once a minute.',
  },
  'group-stopped': {
    when: 'the verdict on a group is stopped',
    incident: 'See rule `nobody-reads`.',
  },
  'group-stalled': {
    when: 'the verdict on a group is stalled, and its members do not say why on all of these partitions',
    incident: 'See rule `stands-still`.',
  },
  'group-held': {
    when: 'a member of a group says that it cannot get past a record: it has failed for `heldMs` and is tried again, or waits for good',
    incident: 'See rule `says-so`.',
  },
  'group-rewinding': {
    when: 'the verdict on a group is rewinding',
    incident: 'See rule `went-back`.',
  },
  'group-behind': {
    when: 'the verdict on a group is warning',
    incident: 'See rule `too-old`.',
  },
  'nothing-committed': {
    when: 'a group has committed nothing on partitions that hold records, for `evidenceMs`',
    incident:
      'enable.auto.commit is switched off and nobody commits: all is well until the first restart, which skips or repeats everything.',
  },
  'idle-members': {
    when: 'a group has more members than partitions',
    incident: 'Consumers scaled to a hundred on twelve partitions: eighty-eight cost money and read nothing.',
  },
  'idle-topic-unknown': {
    when: 'members subscribe only to topics that do not exist',
    incident: 'A topic renamed in one place of two, or consumers of staging that were pointed at production.',
  },
  'idle-starting': {
    when: 'members have joined and were given nothing yet, or the group is in a rebalance',
    incident: 'A deployment; worth a word only because the same picture may stay.',
  },
  'idle-by-range': {
    when: 'members have nothing under the range assignor, although the topics together have partitions enough',
    incident: 'Ten topics of three partitions each and ten consumers, of which three do everything.',
  },
  'idle-others-read': {
    when: 'members get nothing of what they subscribe to, since members with another subscription read it',
    incident: 'Two services that share a group id by copy and paste.',
  },
  'idle-without-reason': {
    when: 'members of a group at rest have nothing, and none of the reasons above holds',
    incident: 'An assignor of somebody’s own that forgot a member.',
  },
  'subscriptions-differ': {
    when: 'a topic is subscribed by some members of a group only',
    incident: 'A second topic added to half of the fleet: every deployment of one half stops the other.',
  },
  'uneven-assignment': {
    when: 'members with the same subscription differ by two partitions or more, in a group at rest',
    incident: 'Range over many topics: the first member gets the extra partition of each of them.',
  },
  'rebalances-again': {
    when: 'the members of a group changed several times within minutes, and one left and came back more than once',
    incident:
      'A consumer whose processing takes longer than max.poll.interval.ms: it is thrown out, comes back, and takes the work of all others down with it each time.',
  },
  'static-id-conflict': {
    when: 'several processes took one group.instance.id in turn',
    incident: 'A deployment template with a fixed id, scaled to two.',
  },
  'assignors-differ': {
    when: 'a group changed its assignor while members came or went',
    incident: 'A rolling change of partition.assignment.strategy that stopped half way.',
  },
  'rebalance-unending': {
    when: 'a group has been in a rebalance for half a minute',
    incident: 'One member in a long call to a database; nobody reads until it is back.',
  },
}
