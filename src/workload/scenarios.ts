import type { Random } from '../ports/random.ts'
import { createKeyedStreams, type KeyedStream } from './keyed-streams.ts'
import { createShape, type ShapeName } from './shapes.ts'
import { createStreamSocial, type ScenarioRecord } from './streamsocial.ts'

/** The worked scenarios, by the names they have in `traffic.scenario`. */
export type ScenarioName = 'streamsocial' | 'ecommerce' | 'gaming' | 'iot'

export interface ScenarioOptions {
  readonly name: ScenarioName
  /** Part of the records by topic, in the order of the scenario's roles. */
  readonly topicShares: ReadonlyMap<string, number>
  /** Distinct users, customers, players or devices. */
  readonly users: number
  /** Distinct content items or game sessions. */
  readonly contents: number
  readonly run: number
  readonly random: Random
  /** Laid over the scenario's calm day; none: the calm day itself. */
  readonly shapes?: readonly ShapeName[]
}

export interface Scenario {
  /** The record of a time since the start. */
  readonly next: (atMs?: number) => ScenarioRecord
  /** Factor on the asked rate at a time since the start. */
  readonly rateAt: (atMs: number) => number
  /** Distinct keys by topic: how even a hash can be follows from it where they are equally active. */
  readonly distinctKeys: ReadonlyMap<string, number>
  /** Topics whose keys the shapes make unequally active: no hash spreads them evenly. */
  readonly unevenTopics: ReadonlySet<string>
}

/** The same options and seed give the same records. Topics beyond the scenario's roles get nothing. */
export const createScenario = (options: ScenarioOptions): Scenario => {
  const { name, topicShares, users, contents, run, random } = options
  const [first, second, third] = [...topicShares].map(([topic, share]) => ({ topic, share }))
  const role = (topic: typeof first): { readonly topic: string; readonly share: number } => {
    if (topic === undefined) throw new RangeError(`scenario ${name} has more roles than traffic.topics names`)
    return topic
  }
  switch (name) {
    case 'streamsocial': {
      const [actions, interactions] = [role(first), role(second)]
      const shape = createShape(options.shapes ?? [], random, ['people', 'things'])
      return {
        next: createStreamSocial({
          userActionsTopic: actions.topic,
          contentInteractionsTopic: interactions.topic,
          users,
          contents,
          userActionsShare: actions.share,
          run,
          random,
          shape,
        }),
        rateAt: shape.rateAt,
        distinctKeys: new Map([
          [actions.topic, users],
          [interactions.topic, contents],
        ]),
        unevenTopics: new Set([
          ...(shape.isEven('people') ? [] : [actions.topic]),
          ...(shape.isEven('things') ? [] : [interactions.topic]),
        ]),
      }
    }
    case 'ecommerce':
      return keyed([orders(role(first), users)], options)
    case 'gaming':
      return keyed(
        [
          movements(role(first), contents, users),
          chat(role(second), contents, users),
          purchases(role(third), contents, users),
        ],
        options,
      )
    case 'iot':
      return keyed([telemetry(role(first), users)], options)
  }
}

type Role = { readonly topic: string; readonly share: number }

const keyed = (
  streams: readonly KeyedStream[],
  { shapes, run, random }: Pick<ScenarioOptions, 'shapes' | 'run' | 'random'>,
): Scenario => {
  const shape = createShape(
    shapes ?? [],
    random,
    streams.map(({ crowd }) => crowd),
  )
  return {
    next: createKeyedStreams(streams, run, random, shape),
    rateAt: shape.rateAt,
    distinctKeys: new Map(streams.map(({ topic, keys }) => [topic, keys])),
    unevenTopics: new Set(streams.flatMap(({ topic, crowd }) => (shape.isEven(crowd) ? [] : [topic]))),
  }
}

const numbered = (what: string, index: number): string => `${what}-${String(index).padStart(7, '0')}`
const below = (random: Random, limit: number): number => Math.floor(random.next() * limit)
const oneOf = <Name>(names: readonly [Name, ...Name[]], random: Random): Name =>
  names[below(random, names.length)] ?? names[0]

const orders = (role: Role, customers: number): KeyedStream => ({
  ...role,
  keys: customers,
  crowd: 'people',
  keyOf: index => numbered('customer', index),
  fields: (index, random) =>
    `"customer_id":"${numbered('customer', index)}","items":${1 + below(random, 5)},"total_cents":${500 + below(random, 20_000)}`,
})

const sessionStream = (role: Role, sessions: number): Omit<KeyedStream, 'fields'> => ({
  ...role,
  keys: sessions,
  crowd: 'things',
  keyOf: index => numbered('session', index),
})

const inSession = (index: number, players: number, random: Random): string =>
  `"game_session_id":"${numbered('session', index)}","player_id":"${numbered('player', below(random, players))}"`

const movements = (role: Role, sessions: number, players: number): KeyedStream => ({
  ...sessionStream(role, sessions),
  fields: (index, random) =>
    `${inSession(index, players, random)},"x":${below(random, 4096)},"y":${below(random, 4096)}`,
})

const chat = (role: Role, sessions: number, players: number): KeyedStream => ({
  ...sessionStream(role, sessions),
  fields: (index, random) =>
    `${inSession(index, players, random)},"text":"${oneOf(['well played', 'on my way', 'need help', 'good game'], random)}"`,
})

const purchases = (role: Role, sessions: number, players: number): KeyedStream => ({
  ...sessionStream(role, sessions),
  fields: (index, random) =>
    `${inSession(index, players, random)},"item":"${oneOf(['skin', 'boost', 'pass'], random)}","cents":${99 + 100 * below(random, 20)}`,
})

/** Regions with the shares of examples/iot/workload.yaml, in hundredths of all devices. */
const regions = [
  ['eu-central', 30],
  ['us-east', 22],
  ['us-west', 14],
  ['ap-south', 12],
  ['ap-northeast', 10],
  ['sa-east', 6],
  ['af-south', 4],
  ['me-central', 2],
] as const

/** A device stays where it is: its region follows from its number. */
const regionOf = (device: number): string => {
  let left = device % 100
  for (const [name, hundredths] of regions) {
    left -= hundredths
    if (left < 0) return name
  }
  return regions[0][0]
}

/** Region and device: the region alone has eight values, and two thirds of any partitions would stay empty. */
const telemetry = (role: Role, devices: number): KeyedStream => ({
  ...role,
  keys: devices,
  crowd: 'people',
  keyOf: index => `${regionOf(index)}/${numbered('device', index)}`,
  fields: (index, random) =>
    `"device_region":"${regionOf(index)}","device_id":"${numbered('device', index)}","celsius":${(15 + below(random, 200) / 10).toFixed(1)}`,
})
