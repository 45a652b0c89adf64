import type { Random } from '../ports/random.ts'
import { createShape, GUEST_KEY, type TrafficShape } from './shapes.ts'

/**
 * StreamSocial's traffic: people act, content is looked at. Every record carries what anyone needs to check order
 * and loss without us: the run it belongs to and a sequence number per key that grows by one.
 *
 * All users are equally active. That is on purpose: a calm day must look calm, so that an uneven partition means
 * something. Skewed days are shapes laid over this one (shapes.ts).
 */
export interface ScenarioRecord {
  readonly topic: string
  readonly key: string
  readonly value: string
}

/** The JSON in each record's value. `run` is the start of the program that wrote it, milliseconds since 1970. */
export interface StampedValue {
  readonly run: number
  readonly seq: number
}

export interface StreamSocialOptions {
  readonly userActionsTopic: string
  readonly contentInteractionsTopic: string
  readonly users: number
  readonly contents: number
  /** Share of records that are user actions, 0 … 1; the rest are content interactions. */
  readonly userActionsShare: number
  readonly run: number
  readonly random: Random
  /** Who acts when; by default everybody equally often. */
  readonly shape?: TrafficShape
}

const actions = ['post', 'like', 'comment', 'share'] as const
/** Of a hundred user actions: people like far more than they post. */
const actionWeights = [8, 62, 18, 12] as const
const interactions = ['view', 'recommend', 'analyse'] as const
const interactionWeights = [80, 15, 5] as const

export const userKey = (user: number): string => `user-${String(user).padStart(7, '0')}`
const contentKey = (content: number): string => `content-${String(content).padStart(7, '0')}`

/** Returns a function that makes the record of a time since the start; the same options and seed give the same records. */
export const createStreamSocial = (options: StreamSocialOptions): ((atMs?: number) => ScenarioRecord) => {
  const { random, run } = options
  const shape = options.shape ?? createShape(['steady'], random)
  // one more than there are: the guest
  const userSequence = new Uint32Array(options.users + 1)
  const contentSequence = new Uint32Array(options.contents + 1)
  const below = (limit: number): number => Math.floor(random.next() * limit)

  const userAction = (atMs: number): ScenarioRecord => {
    const user = shape.choose('people', options.users, atMs)
    const seq = (userSequence[user] = (userSequence[user] ?? 0) + 1)
    const key = user === options.users ? GUEST_KEY : userKey(user)
    const action = weighted(actions, actionWeights, random)
    const value = `{"run":${run},"seq":${seq},"user_id":"${key}","action":"${action}","content_id":"${contentKey(below(options.contents))}"}`
    return { topic: options.userActionsTopic, key, value }
  }

  const contentInteraction = (atMs: number): ScenarioRecord => {
    const content = shape.choose('things', options.contents, atMs)
    const seq = (contentSequence[content] = (contentSequence[content] ?? 0) + 1)
    const key = content === options.contents ? GUEST_KEY : contentKey(content)
    const interaction = weighted(interactions, interactionWeights, random)
    const value = `{"run":${run},"seq":${seq},"content_id":"${key}","interaction":"${interaction}","user_id":"${userKey(below(options.users))}"}`
    return { topic: options.contentInteractionsTopic, key, value }
  }

  return (atMs = 0) =>
    random.next() < options.userActionsShare ? userAction(atMs) : contentInteraction(atMs)
}

const weighted = <Name extends string>(
  names: readonly Name[],
  weights: readonly number[],
  random: Random,
): Name => {
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  for (let index = 0; index < names.length - 1; index++) {
    left -= weights[index] ?? 0
    if (left < 0) return names[index] as Name
  }
  return names[names.length - 1] as Name
}
