/** Where ordinary ends. Every number has its reason; a file may replace any of them. */
export interface HealthThresholds {
  /**
   * Rates are over this long. In 30 s a partition with half a record a second gets 15 records, known to ± a quarter;
   * in 1 s it would read 0 or 1.
   */
  readonly rateWindowMs: number
  /** No rate from less: two looks a moment apart divide a small count by almost nothing. */
  readonly rateSpanMinMs: number
  /** How long a group is watched before a word is said. Three times Kafka's default commit interval of 5 s. */
  readonly evidenceMs: number
  /**
   * A record that its consumer says fails for this long holds up its partition. A restart of what the handler talks to,
   * or an election, is mostly over sooner; the default retries of this project's consumer go on for half a minute.
   */
  readonly heldMs: number
  /** A reading older than this is no reading; three looks at the pace in force. */
  readonly freshMs: number
  /** A group further behind than this gets a warning. */
  readonly lagWarningMs: number
  /**
   * A group this far behind that falls further behind all the time gets one sooner: at 10 s, well beyond what Kafka's
   * default commit interval of 5 s makes of a group that keeps up.
   */
  readonly fallingBehindMs: number
  /** Part of what arrived within `evidenceMs` that came on top of the lag, from which it counts as falling behind. */
  readonly fallingBehindShare: number
  /** A partition with this many times its topic's median is hot, if chance cannot explain it. */
  readonly hotTimesMean: number
  /** A busiest partition this far over the mean is worth a word, if neither chance nor the number of keys explains it. */
  readonly skewFlagged: number
  /** A busy partition counts as chance until chance alone would show one this seldom. */
  readonly chanceProbability: number
  /** Leaders of one broker over an even share before it is worth a sentence. */
  readonly leadersOverShare: number
  /** Of a broker's disks, usable share below which it is worth a warning, and below which one must act. */
  readonly diskUsableWarning: number
  readonly diskUsableAct: number
}

export const defaultThresholds: HealthThresholds = {
  rateWindowMs: 30_000,
  rateSpanMinMs: 3_000,
  evidenceMs: 15_000,
  heldMs: 5_000,
  freshMs: 5_000,
  lagWarningMs: 60_000,
  fallingBehindMs: 10_000,
  fallingBehindShare: 0.2,
  hotTimesMean: 2,
  chanceProbability: 1e-6,
  leadersOverShare: 0.2,
  skewFlagged: 0.2,
  // Kafka does not stop writing before the disk is full; then the broker stops, and with it all its partitions
  diskUsableWarning: 0.15,
  diskUsableAct: 0.05,
}
