import { labAddress, type LabInstrument, labLimits, type LabSettings, labStrategies } from '../api/lab.ts'
import type { AssignorName, GroupTopic, MemberChange } from '../core/groups/index.ts'
import type { KeySourceFlags } from './keys/key-source.ts'
import { say } from './output.ts'
import { shareOption } from './routing-options.ts'
import type { Io } from './world.ts'

/** Where a dashboard listens unless it was told otherwise. */
const DASHBOARD = 'http://127.0.0.1:7400'

/**
 * For people who look: the state that a verb was asked about, as a link to the Lab of the dashboard. The Lab takes less
 * than the command line does; where it does not take all of it there is no link, since it would show another state.
 */
export const sayLabLink = (io: Io, instrument: LabInstrument, settings: LabSettings | null): void => {
  if (settings === null) return
  say(
    io,
    `See it: ${DASHBOARD}${labAddress(instrument, settings)} (while a dashboard runs, such as lanekeeper serve --simulated)`,
  )
}

/** Messages drawn from generated keys, on one count of partitions, under strategies by the hash of Java. */
export const drawnMessages = (
  { generate, messages, keys, exponent, share, seed }: KeySourceFlags,
  counts: readonly number[],
  strategies: readonly string[],
): LabSettings | null => {
  const [partitions] = counts
  const distinct = Number(keys)
  if (generate === undefined || messages === undefined || partitions === undefined) return null
  if (counts.length > 1 || partitions > labLimits.partitions) return null
  if (Number(messages) > labLimits.messages || distinct > labLimits.keys) return null
  if (!strategies.every(name => labStrategies.some(known => known === name))) return null
  const settings = {
    keys: generate,
    messages,
    distinct: String(distinct),
    seed,
    partitions: String(partitions),
  }
  const compared = { strategies: strategies.join(',') }
  switch (generate) {
    case 'zipf':
      return isShort(exponent) ? { ...settings, exponent, ...compared } : null
    case 'celebrity':
    case 'viral': {
      const part = String(shareOption('--share', share))
      return isShort(part) ? { ...settings, share: part, ...compared } : null
    }
    default:
      return { ...settings, ...compared }
  }
}

/** A decimal number as an address holds it. */
const isShort = (decimal: string): boolean => /^\d+(\.\d{1,6})?$/.test(decimal)

/** A group on paper, with the members that come and go. */
export const groupOnPaper = (
  topics: readonly GroupTopic[],
  start: number,
  changes: readonly MemberChange[],
  assignor: AssignorName,
): LabSettings | null => {
  const fits =
    topics.length <= labLimits.topics &&
    changes.length <= labLimits.changes &&
    topics.every(({ partitions }) => partitions <= labLimits.topicPartitions) &&
    changes.reduce((sum, { kind, members }) => sum + (kind === 'join' ? members : 0), start) <=
      labLimits.members
  if (!fits) return null
  return {
    topics: topics.map(({ name, partitions }) => `${name}:${partitions}`).join(','),
    members: String(start),
    changes: changes.map(({ kind, members }) => `${kind === 'join' ? 'j' : 'l'}${members}`).join(''),
    assignor,
  }
}
