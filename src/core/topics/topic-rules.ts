/** Each rule with its reason, in the order in which findings are told. */
export const topicRules = {
  'replication-factor':
    'with one copy a broker that is down takes its partitions with it, and its disk their records',
  'min-insync-replicas':
    'it decides how many copies an acknowledged record has, and how many brokers may be gone before nobody can write',
  racks: 'a rack is lost whole: copies that share one are gone together',
  retention: 'a log that nothing shortens fills the disk, and a full disk stops the broker',
  segments: 'Kafka deletes whole segments: a record stays until its segment is closed and past its time',
  compaction:
    'a changelog keeps the last value of each key; cut by age, it forgets keys that nobody wrote lately',
  'unclean-leader-election':
    'a copy that was behind becomes leader, and what it does not have is lost without a word',
  leaders: 'a partition is written and read at its leader: a broker that leads more works more',
} as const satisfies Record<string, string>

export type TopicRule = keyof typeof topicRules

export interface TopicFinding {
  readonly rule: TopicRule
  readonly severity: 'warning' | 'critical'
  /** Null: about all topics that were looked at, or about the brokers. */
  readonly topic: string | null
  /** What was seen, as a sentence that does not name the topic. */
  readonly sentence: string
  readonly why: string
  readonly advice: string
}

export type TopicDraft = Omit<TopicFinding, 'why'>
