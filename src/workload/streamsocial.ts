import type { Random } from '../ports/random.ts'

/**
 * StreamSocial's traffic: people act, content is looked at. Every record carries what anyone needs to check order
 * and loss without us: the run it belongs to and a sequence number per key that grows by one.
 *
 * All users are equally active. That is on purpose: a calm day must look calm, so that an uneven partition means
 * something. Skewed days are shapes laid over this one.
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
}

const actions = ['post', 'like', 'comment', 'share'] as const
/** Of a hundred user actions: people like far more than they post. */
const actionWeights = [8, 62, 18, 12] as const
const interactions = ['view', 'recommend', 'analyse'] as const
const interactionWeights = [80, 15, 5] as const

export const userKey = (user: number): string => `user-${String(user).padStart(7, '0')}`
export const contentKey = (content: number): string => `content-${String(content).padStart(7, '0')}`

/** Returns a function that makes the next record; the same options and seed give the same records. */
export const createStreamSocial = (options: StreamSocialOptions): (() => ScenarioRecord) => {
  const { random, run } = options
  const userSequence = new Uint32Array(options.users)
  const contentSequence = new Uint32Array(options.contents)
  const below = (limit: number): number => Math.floor(random.next() * limit)

  const userAction = (): ScenarioRecord => {
    const user = below(options.users)
    const seq = (userSequence[user] = (userSequence[user] ?? 0) + 1)
    const key = userKey(user)
    const action = weighted(actions, actionWeights, random)
    const value = `{"run":${run},"seq":${seq},"user_id":"${key}","action":"${action}","content_id":"${contentKey(below(options.contents))}"}`
    return { topic: options.userActionsTopic, key, value }
  }

  const contentInteraction = (): ScenarioRecord => {
    const content = below(options.contents)
    const seq = (contentSequence[content] = (contentSequence[content] ?? 0) + 1)
    const key = contentKey(content)
    const interaction = weighted(interactions, interactionWeights, random)
    const value = `{"run":${run},"seq":${seq},"content_id":"${key}","interaction":"${interaction}","user_id":"${userKey(below(options.users))}"}`
    return { topic: options.contentInteractionsTopic, key, value }
  }

  return () => (random.next() < options.userActionsShare ? userAction() : contentInteraction())
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
