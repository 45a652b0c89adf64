/**
 * Addresses of the Lab: which instruments there are and how a link to one in a certain state looks. The command line
 * prints such links, the page reads them, so both take the names from here.
 */
export const labInstruments = [
  'produce',
  'strategies',
  'assignment',
  'calculator',
  'order',
  'offsets',
  'rebalance',
  'replication',
  'practice',
] as const

export type LabInstrument = (typeof labInstruments)[number]

/** State of an instrument by the names of its settings; what is at its standard is left out. */
export type LabSettings = Readonly<Record<string, string>>

/** A query that people can read: commas and colons need no escape there. */
export const readableQuery = (parameters: URLSearchParams): string =>
  parameters.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')

/** `/lab/strategies?keys=zipf&partitions=1000` */
export const labAddress = (instrument: LabInstrument, settings: LabSettings): string => {
  const query = readableQuery(new URLSearchParams(settings))
  return query === '' ? `/lab/${instrument}` : `/lab/${instrument}?${query}`
}

export const labInstrumentOf = (text: string): LabInstrument | undefined =>
  labInstruments.find(name => name === text)

/** Strategies that the Lab compares, under the names of `lanekeeper simulate --strategy`. */
export const labStrategies = [
  'hash',
  'salted:4',
  'salted:16',
  'isolate',
  'composite:8',
  'id-mod',
  'store-id',
  'sticky',
  'round-robin',
] as const

/** What a page can draw and compute while somebody looks on. The command line goes further. */
export const labLimits = {
  messages: 1_000_000,
  keys: 1_000_000,
  partitions: 10_000,
  /** Of a group on paper: every partition is a tile. */
  topics: 4,
  topicPartitions: 96,
  members: 24,
  changes: 30,
} as const
