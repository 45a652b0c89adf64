/** Order of keys: two keys written in turns, the lanes they lie on, and what more lanes do to them. */
import { formatShare } from '../../../../src/core/model/index.ts'
import { laneFlow } from '../../../../src/core/routing/index.ts'
import {
  advanceOrdering,
  laneOfKey,
  newOrdering,
  type OrderedRecord,
  type OrderingEvent,
  type OrderingState,
} from '../../../../src/core/simulation/index.ts'
import { movedKeys } from '../../../../src/core/topics/index.ts'
import { TYPED_LENGTH_MAX, shellWord } from './population.ts'
import { type Script, scriptSetting, stateAt } from './script.ts'
import { codecOf, oneOf, whole, words } from './settings.ts'

export interface OrderSettings {
  /** Two. */
  readonly keys: readonly string[]
  readonly lanes: number
  readonly routing: OrderingState['routing']
  readonly s: Script
}

export const ORDER_LANES_MAX = 12

/** Both keys in turns, then one lane more, both again; the reader of the new lane has nothing else to do and is first. */
const STORY = ['a', 'b', 'a', 'b', 'a', 'b', 'g4', 'a', 'b', 'r3', 'r1', 'r']

/** a, b: a record of that key. r: all read on; r2: the reader of lane 2. g6: six lanes from now on. */
const isStep = (word: string): boolean => {
  if (/^([ab]|r)$/.test(word)) return true
  const number = /^[rg](\d{1,2})$/.exec(word)?.[1]
  return (
    number !== undefined && Number(number) <= ORDER_LANES_MAX && !(word.startsWith('g') && Number(number) < 1)
  )
}

const codec = codecOf<OrderSettings>({
  keys: words(['anna', 'zoe'], 2, TYPED_LENGTH_MAX),
  lanes: whole(1, ORDER_LANES_MAX, 3),
  routing: oneOf(['key', 'turns'], 'key'),
  s: scriptSetting(isStep, STORY),
})

export const orderCodec: typeof codec = {
  ...codec,
  read: given => {
    const read = codec.read(given)
    return read.keys.length === 2 ? read : { ...read, keys: ['anna', 'zoe'] }
  },
}

export const orderEvent = (step: string, keys: readonly string[]): OrderingEvent => {
  const number = Number(step.slice(1))
  if (step.startsWith('g')) return { kind: 'add-lanes', to: number }
  if (step === 'r') return { kind: 'read-all' }
  if (step.startsWith('r')) return { kind: 'read', lane: number }
  return { kind: 'write', key: keys[step === 'a' ? 0 : 1] ?? '' }
}

export const orderState = ({ keys, lanes, routing, s }: OrderSettings): OrderingState =>
  stateAt(s, newOrdering(lanes, routing), (state, step) => advanceOrdering(state, orderEvent(step, keys)))

/** What a growth would do, before it is done. */
export interface Growth {
  readonly to: number
  readonly clean: boolean
  readonly movedShare: number
  readonly text: string
}

export const growthOf = (from: number, to: number): Growth => {
  const clean = laneFlow(from, to).kind === 'split'
  const movedShare = movedKeys(from, to).share
  return {
    to,
    clean,
    movedShare,
    text: clean
      ? `a split: each old lane feeds ${to / from} lanes and no other, ${formatShare(movedShare)} of all keys move`
      : `a shuffle: ${formatShare(movedShare)} of all keys move, from everywhere to everywhere`,
  }
}

/** The two growths that are offered: one lane more, and twice as many. */
export const growthsFrom = (from: number): readonly Growth[] =>
  [...new Set([from + 1, from * 2])].filter(to => to <= ORDER_LANES_MAX).map(to => growthOf(from, to))

/** How the records of each key were read, in order of reading, with what came late. */
export const readByKey = (
  { read, late }: OrderingState,
  keys: readonly string[],
): readonly {
  readonly key: string
  readonly records: readonly { readonly record: OrderedRecord; readonly late: boolean }[]
}[] =>
  keys.map(key => ({
    key,
    records: read.filter(record => record.key === key).map(record => ({ record, late: late.has(record) })),
  }))

export const orderVerdict = (state: OrderingState, { keys, lanes, routing }: OrderSettings): string => {
  const now = state.lanes.length
  if (state.late.size > 0)
    return `Order broken: ${state.late.size === 1 ? 'one record was' : `${state.late.size} records were`} read after a newer one of the same key.`
  if (routing === 'turns') return 'Without a key records take turns: no two of them are kept in order.'
  const moved = movedKeysOf(keys, lanes, now)
  if (moved.length > 0)
    return `${moved.join(' and ')} moved to another lane: the order holds only if the old lane is read to its end first.`
  return 'Each key stays on its lane, so its records are read in the order in which they were written.'
}

export const orderTone = (
  state: OrderingState,
  { keys, lanes, routing }: OrderSettings,
): 'ok' | 'warn' | 'crit' =>
  state.late.size > 0
    ? 'crit'
    : routing === 'turns' || movedKeysOf(keys, lanes, state.lanes.length).length > 0
      ? 'warn'
      : 'ok'

const movedKeysOf = (keys: readonly string[], from: number, to: number): readonly string[] =>
  keys.filter(key => laneOfKey(key, from) !== laneOfKey(key, to))

export const orderCommand = ({ keys }: OrderSettings, counts: readonly number[]): string =>
  `npx lanekeeper route --partitions ${counts.join(',')} ${keys.some(key => key.startsWith('-')) ? '-- ' : ''}${keys.map(shellWord).join(' ')}`
