import type { FigureSource, Ordering } from '../model/index.ts'

/**
 * The answer of `sizePartitions`: plain values all through, so that printed as JSON it is the report. Units stand in
 * the names.
 */
export interface SizingReport {
  readonly name: string
  readonly demand: Demand
  readonly constraints: readonly Constraint[]
  /** Largest of the constraints that ask for partitions: what carries the design rate at utilisation 1. */
  readonly neededPartitions: number
  readonly headroom: { readonly low: number; readonly high: number; readonly source: FigureSource }
  readonly recommendedPartitions: {
    readonly low: number
    readonly high: number
    /** The pick: what the topics below add up to. */
    readonly chosen: number
  }
  readonly topics: readonly TopicDesign[]
  readonly capacity: Capacity
  readonly brokers: BrokerLoad
  /** Filled by `withEvents`. */
  readonly events: readonly EventFigures[]
  readonly watch: readonly Watch[]
  readonly risks: readonly Risk[]
  /** Figures that nobody gave or measured, with the reason for each. */
  readonly assumptions: readonly { readonly name: string; readonly value: number; readonly why: string }[]
}

export interface Demand {
  /** As stated, in the unit of one second. */
  readonly statedRecordsPerSecond: number
  readonly peakFactor: number
  readonly peakSource: FigureSource
  readonly growthFactor: number
  /** What the design must carry. */
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
  readonly arithmetic: readonly string[]
}

export interface Constraint {
  readonly name: string
  /** `at least` asks for partitions, `at most` bounds the useful ones, `for comparison` does neither. */
  readonly kind: 'at least' | 'at most' | 'for comparison'
  readonly arithmetic: string
  readonly partitions: number
  readonly source: FigureSource
  /** The one constraint that decides. */
  readonly binding: boolean
}

export interface TopicDesign {
  readonly name: string
  readonly partitions: number
  readonly partitionsToday: number | null
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
  readonly recordBytes: number
  readonly consumerRecordsPerSecond: number
  readonly consumerSource: FigureSource
  readonly ordering: Ordering
  /** Design rate ÷ what as many consumers as partitions carry, for a mean partition. */
  readonly utilisation: number
  readonly keyStrategy: string
  /** The field to key by: the topic's own, or the alternative that fits where that one does not. */
  readonly keyChosen: string | null
  /** The key of the topic first, then its alternatives; empty for a topic without a key. */
  readonly keys: readonly KeyFit[]
  /** Half the partitions, or the divisor near it. */
  readonly startingConsumers: number
  /** Consumers that carry the design rate if the load were even. */
  readonly consumersAtDesignRate: number
  readonly choices: readonly CountChoice[]
}

export interface KeyFit {
  readonly field: string
  readonly distinctKeys: number
  readonly keysPerPartition: number
  readonly heaviestShare: number
  readonly heaviestKeyRecordsPerSecond: number
  /** 1 ÷ the heaviest key's share, or the number of keys: more partitions than this cannot be equally busy. */
  readonly usefulPartitions: number
  /** Of this population, its keys routed as the Java client routes them. */
  readonly maxOverMean: number
  /** What chance gives for as many equally heavy keys. */
  readonly expectedMaxOverMean: number
  readonly emptyPartitions: number
  readonly verdict: 'fits' | 'uneven' | 'too few keys' | 'one key too heavy'
}

export interface CountChoice {
  readonly partitions: number
  readonly divisors: number
  readonly why: string
}

/** What the counts carry when every consumer is as fast as stated. */
export interface Capacity {
  /** All partitions busy all the time. */
  readonly recordsPerSecondAtFullUtilisation: number
  /** The hottest partition is full and the others are not. */
  readonly recordsPerSecondSustainable: number
  readonly maxOverMean: number
  /** The same for the bare need. */
  readonly neededRecordsPerSecondAtFullUtilisation: number
  readonly neededRecordsPerSecondSustainable: number
}

export interface BrokerLoad {
  readonly brokers: number
  readonly replicationFactor: number
  readonly replicasPerBroker: number
  readonly leadersPerBroker: number
  /** Written by producers, and copied from other leaders. */
  readonly bytesWrittenPerSecondPerBroker: number
  /** Read by one consumer group, and by followers. */
  readonly bytesReadPerSecondPerBroker: number
  readonly brokersForBytes: number
  readonly recordsPerBatch: number
  readonly batchFillShare: number
  /** As leader; what followers do for them is part of the limit. */
  readonly batchesPerSecondPerBroker: number
  readonly batchesPerSecondPerBrokerMax: number
  readonly batchArithmetic: string
  readonly retentionHours: number
  readonly diskBytesPerBroker: number
  readonly residentBytesPerBroker: number
  readonly fileHandlesPerBroker: number
  readonly memoryMapsPerBroker: number
}

/** One event on one topic with one key, simulated. */
export interface EventFigures {
  readonly event: string
  readonly topic: string
  readonly key: string
  readonly partitions: number
  /** Whole topic. */
  readonly peakRecordsPerSecond: number
  readonly hottestRecordsPerSecond: number
  /** One draw in twenty is hotter; equal to the above where nothing is drawn. */
  readonly hottestRecordsPerSecondHigh: number
  readonly maxOverMean: number
  /** Hottest partition ÷ what one consumer carries. */
  readonly utilisation: number
  readonly partitionsOverCapacity: number
  /** Records waiting on all partitions when the event ends. */
  readonly backlogRecords: number
  /** Until the last partition has caught up; null: never, it is over capacity on an ordinary day. */
  readonly drainSeconds: number | null
  readonly setUp: string
}

export interface Watch {
  readonly what: string
  readonly warnAbove: string
  readonly actAbove: string
  readonly why: string
}

export interface Risk {
  /** `blocker`: the design does not work. `warning`: it works until something ordinary happens. `note`: know it. */
  readonly level: 'blocker' | 'warning' | 'note'
  readonly text: string
  readonly advice: string
}
