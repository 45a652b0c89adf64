/**
 * Shapes of traffic: what a scenario's calm day becomes on the days that break partitionings.
 *
 * A shape says two things, each as a function of the time since the start: how fast records come, as a factor on the
 * rate that was asked for, and who acts. Shapes combine: their factors multiply, and the first in the list that names
 * somebody decides who. A scenario that is asked for the same shapes with the same seed does the same again.
 *
 * Time is compressed: what takes a day takes four minutes, so that somebody who looks at a screen sees it happen.
 *
 * - `steady`: everybody equally often. What every other shape is compared with.
 * - `day`: people wake and sleep by their time zones, and the wave of the awake goes round the world once a day. Few
 *   live in the Pacific, so the sum is no constant either.
 * - `viral`: one item takes over within seconds (to half of all records), and is forgotten with a half-life.
 * - `celebrity`: ten of all people make a fifth of the records, all the time, the first of them a third of that.
 * - `synchronised`: devices that all report at the full ten seconds: twenty times the rate for half a second, nothing in
 *   between. Each reports once.
 * - `black-friday`: ten times the rate, reached within forty seconds, held for a minute.
 * - `guest-key`: nine of ten records carry one default key, as a shop writes that gives everybody without an account the
 *   same customer id.
 *
 * Not modelled: people who react to each other, and a rate that falls because the system is slow.
 */
import type { Random } from '../ports/random.ts'

export const shapeNames = [
  'steady',
  'day',
  'viral',
  'celebrity',
  'synchronised',
  'black-friday',
  'guest-key',
] as const
export type ShapeName = (typeof shapeNames)[number]

/** Whose number a key is: somebody who acts (user, customer, device), or something that is looked at (content, session). */
export type Crowd = 'people' | 'things'

/** The key that everybody without one gets. */
export const GUEST_KEY = 'GUEST'

export interface TrafficShape {
  /** Factor on the asked rate. */
  rateAt(atMs: number): number
  /** Number of the one who acts, below `keys`; `keys` itself is the guest. */
  choose(crowd: Crowd, keys: number, atMs: number): number
  /** True where the keys of the crowd are equally active over any stretch of time. */
  isEven(crowd: Crowd): boolean
}

/** One shape's part. `choose` answers null where it leaves the choice to others. */
interface Part {
  readonly rateAt?: (atMs: number) => number
  readonly choose?: (crowd: Crowd, keys: number, atMs: number) => number | null
  readonly skews?: readonly Crowd[]
}

/** One pass of everything that comes again: a day, and the time from one viral item to the next. */
export const SHAPE_PERIOD_MS = 240_000

/**
 * @param crowds of the scenario's keys: an item can only take over where there are items, else somebody does
 */
export const createShape = (
  names: readonly ShapeName[],
  random: Random,
  crowds: readonly Crowd[] = ['people'],
): TrafficShape => {
  const things: Crowd = crowds.includes('things') ? 'things' : 'people'
  const people: Crowd = crowds.includes('people') ? 'people' : 'things'
  const parts = names.map(name => partOf(name, random, people, things))
  return {
    rateAt: atMs => parts.reduce((rate, part) => rate * (part.rateAt?.(atMs) ?? 1), 1),
    choose: (crowd, keys, atMs) => {
      for (const part of parts) {
        const chosen = part.choose?.(crowd, keys, atMs) ?? null
        if (chosen !== null) return chosen
      }
      return Math.floor(random.next() * keys)
    },
    isEven: crowd => !parts.some(part => part.skews?.includes(crowd) ?? false),
  }
}

const partOf = (name: ShapeName, random: Random, people: Crowd, things: Crowd): Part => {
  switch (name) {
    case 'steady':
      return {}
    case 'day':
      return dayPart(random, people)
    case 'viral':
      return viralPart(random, things)
    case 'celebrity':
      return celebrityPart(random, people)
    case 'synchronised':
      return synchronisedPart(people)
    case 'black-friday':
      return { rateAt: blackFridayRate }
    case 'guest-key':
      return {
        choose: (_crowd, keys) => (random.next() < GUEST_SHARE ? keys : null),
        skews: ['people', 'things'],
      }
  }
}

const GUEST_SHARE = 0.9

// -- day ---------------------------------------------------------------------------------------------------------------

/** People online by UTC offset from -11 to +12, in hundredths: the Americas, Europe and Africa, India, East Asia. */
const zoneHundredths: readonly number[] = [
  0, 0, 0, 3, 2, 6, 7, 2, 6, 1, 0, 4, 9, 7, 6, 3, 4, 13, 2, 9, 13, 2, 0, 1,
]
const FIRST_ZONE = -11
const HOURS = 24

/** How active somebody is at a local hour, 0 … 1: least at four in the morning, most at four in the afternoon and around. */
const activityAt = (hour: number): number => 0.1 + 0.45 * (1 - Math.cos(((hour - 4) / HOURS) * 2 * Math.PI))

const hourOf = (atMs: number): number => ((atMs % SHAPE_PERIOD_MS) / SHAPE_PERIOD_MS) * HOURS

const worldActivity = (utcHour: number): number =>
  zoneHundredths.reduce(
    (sum, hundredths, index) => sum + (hundredths / 100) * activityAt(utcHour + FIRST_ZONE + index),
    0,
  )

/** Over a day every zone is awake equally long, so the mean over the world is the mean over a day. */
const MEAN_ACTIVITY = 0.55

/** Somebody lives where they live: the zone follows from the number, spread over all numbers. */
const zoneOf = (person: number): number => {
  let left = (person * 61) % 100
  for (let index = 0; index < zoneHundredths.length; index++) {
    left -= zoneHundredths[index] as number
    if (left < 0) return index
  }
  return 0
}

const dayPart = (random: Random, people: Crowd): Part => ({
  rateAt: atMs => worldActivity(hourOf(atMs)) / MEAN_ACTIVITY,
  choose: (crowd, keys, atMs) => {
    if (crowd !== people) return null
    const hour = hourOf(atMs)
    for (;;) {
      const person = Math.floor(random.next() * keys)
      if (random.next() < activityAt(hour + FIRST_ZONE + zoneOf(person))) return person
    }
  },
  skews: [people],
})

// -- viral -------------------------------------------------------------------------------------------------------------

const VIRAL_STARTS_MS = 30_000
const VIRAL_RISES_WITHIN_MS = 5_000
const VIRAL_HALF_LIFE_MS = 60_000
const VIRAL_SHARE_MAX = 0.5

/** Part of the records that go to the viral item. */
export const viralShareAt = (atMs: number): number => {
  const sinceMs = (atMs % SHAPE_PERIOD_MS) - VIRAL_STARTS_MS
  if (sinceMs < 0) return 0
  if (sinceMs < VIRAL_RISES_WITHIN_MS) return VIRAL_SHARE_MAX * (sinceMs / VIRAL_RISES_WITHIN_MS)
  return VIRAL_SHARE_MAX * 0.5 ** ((sinceMs - VIRAL_RISES_WITHIN_MS) / VIRAL_HALF_LIFE_MS)
}

const viralPart = (random: Random, things: Crowd): Part => {
  let burst = -1
  let position = 0
  return {
    choose: (crowd, keys, atMs) => {
      if (crowd !== things) return null
      const current = Math.floor(atMs / SHAPE_PERIOD_MS)
      if (current !== burst) {
        burst = current
        position = random.next()
      }
      return random.next() < viralShareAt(atMs) ? Math.floor(position * keys) : null
    },
    skews: [things],
  }
}

// -- celebrity ---------------------------------------------------------------------------------------------------------

const CELEBRITIES = 10
const CELEBRITY_SHARE = 0.2

const celebrityPart = (random: Random, people: Crowd): Part => {
  const positions = Array.from({ length: CELEBRITIES }, () => random.next())
  // by rank: 1, 1/2, 1/3 …
  const weights = positions.map((_, rank) => 1 / (rank + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return {
    choose: (crowd, keys) => {
      if (crowd !== people || random.next() >= CELEBRITY_SHARE) return null
      let left = random.next() * total
      const rank = weights.findIndex(weight => (left -= weight) < 0)
      return Math.floor((positions[Math.max(0, rank)] as number) * keys)
    },
    skews: [people],
  }
}

// -- rates -------------------------------------------------------------------------------------------------------------

const REPORT_EVERY_MS = 10_000
const REPORT_LASTS_MS = 500

const synchronisedPart = (people: Crowd): Part => {
  let turn = 0
  return {
    rateAt: atMs => (atMs % REPORT_EVERY_MS < REPORT_LASTS_MS ? REPORT_EVERY_MS / REPORT_LASTS_MS : 0),
    choose: (crowd, keys) => (crowd === people ? turn++ % keys : null),
  }
}

const SALE_STARTS_MS = 20_000
const SALE_RISES_WITHIN_MS = 40_000
const SALE_LASTS_MS = 60_000
const SALE_FACTOR = 10

const blackFridayRate = (atMs: number): number => {
  const rising = (atMs - SALE_STARTS_MS) / SALE_RISES_WITHIN_MS
  const falling = (SALE_STARTS_MS + 2 * SALE_RISES_WITHIN_MS + SALE_LASTS_MS - atMs) / SALE_RISES_WITHIN_MS
  return 1 + (SALE_FACTOR - 1) * Math.max(0, Math.min(1, rising, falling))
}
