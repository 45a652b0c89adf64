import { LanekeeperError, readUtf8, utf8Bytes } from '../core/model/index.ts'
import {
  type ConventionName,
  compositeStrategy,
  explicitStrategy,
  hashStrategy,
  idModStrategy,
  isolateStrategy,
  type ReservedLanes,
  type RoutedRecord,
  reservedStrategy,
  roundRobinStrategy,
  type Strategy,
  saltedStrategy,
  stickyStrategy,
  storeIdStrategy,
  tenantFairStrategy,
} from '../core/routing/index.ts'
import { countOption } from './count-option.ts'
import { oneOf } from './one-of.ts'

/** What the command line says about strategies beside their names. */
export interface StrategyFlags {
  readonly hot?: readonly string[]
  readonly reserve?: string
  readonly otherwise: string
  readonly labelSeparator: string
}

export const strategyHelp = `Strategies (--strategy NAME[,NAME…]):
  hash                the key's hash, as the convention says
  sticky, round-robin no key is looked at
  explicit            the key is the partition number
  composite:N         key + bucket, N buckets: order holds within a bucket
  salted:N            N suffixes for each --hot key; for every key when none is named
  isolate             a lane behind the others for each --hot key
  tenant-fair:N       N lanes a tenant (shuffle sharding)
  priority, region    priority → P0; EMEA → P1–3, APAC → P4–6, AMER → P7–9
  reserved            lanes of --reserve, such as vip=0,EMEA=1-3; other records over --otherwise rest or all
  store-id            Java's String.hashCode, sign bit masked
  store-id-by-hand    Math.abs(String.hashCode()) % n, as found in the wild
  id-mod              the digits at the end of the key, modulo the count
Tenant, region and priority are the text of the key before the first --label-separator.`

const REGIONS = 'EMEA=1-3,APAC=4-6,AMER=7-9'

/** A strategy ready to use, and what it may see of a key. */
export interface ChosenStrategy {
  readonly strategy: Strategy
  /** True where the convention's hash of the key is the whole answer. */
  readonly isHash: boolean
  readonly describe: (key: Uint8Array | null) => RoutedRecord
}

export const parseStrategy = (
  text: string,
  convention: ConventionName,
  flags: StrategyFlags,
): ChosenStrategy => {
  const [name = '', argument] = text.split(':')
  const number = (): number => {
    if (argument === undefined)
      throw new LanekeeperError('USAGE', `--strategy ${name}: a number is missing.`, {
        fix: `Write ${name}:8, for example.`,
      })
    return countOption(`--strategy ${name}:`, argument, 10_000)
  }
  const plain = (strategy: Strategy): ChosenStrategy => ({
    strategy,
    isHash: false,
    describe: key => ({ key }),
  })
  const labelled = (strategy: Strategy): ChosenStrategy => ({
    strategy,
    isHash: false,
    describe: key => withLabel(key, flags.labelSeparator),
  })
  const reserved = (lanes: string): ChosenStrategy =>
    labelled(
      reservedStrategy(
        parseReserved(lanes),
        oneOf('--otherwise', flags.otherwise, ['rest', 'all']),
        convention,
      ),
    )
  const hot = (flags.hot ?? []).map(key => utf8Bytes(key))
  switch (name) {
    case 'hash':
      return { ...plain(hashStrategy(convention)), isHash: true }
    case 'sticky':
      return plain(stickyStrategy())
    case 'round-robin':
      return plain(roundRobinStrategy())
    case 'explicit':
      return { strategy: explicitStrategy(), isHash: false, describe: withPartition }
    case 'composite':
      return plain(compositeStrategy(number(), convention))
    case 'salted':
      return plain(saltedStrategy(number(), hot, convention))
    case 'isolate':
      if (hot.length === 0)
        throw new LanekeeperError('USAGE', '--strategy isolate: no key is named.', {
          fix: 'Name each hot key with --hot KEY.',
        })
      return plain(isolateStrategy(hot, convention))
    case 'tenant-fair':
      return labelled(tenantFairStrategy(number(), convention))
    case 'priority':
      return reserved('priority=0')
    case 'region':
      return reserved(REGIONS)
    case 'reserved':
      return reserved(flags.reserve ?? `priority=0,${REGIONS}`)
    case 'store-id':
      return plain(storeIdStrategy('mended'))
    case 'store-id-by-hand':
      return plain(storeIdStrategy('hand-made'))
    case 'id-mod':
      return plain(idModStrategy(convention))
    default:
      throw new LanekeeperError('USAGE', `--strategy ${text}: there is no such strategy.`, {
        fix: strategyHelp,
      })
  }
}

/** Refuses with USAGE where the strategy has lanes outside of the count. */
export const checkFit = ({ strategy }: ChosenStrategy, count: number): void => {
  const misfit = strategy.misfit(count)
  if (misfit !== null)
    throw new LanekeeperError(
      'USAGE',
      `Strategy ${strategy.name} does not fit ${count} partitions: ${misfit}.`,
      {
        fix: 'Choose more partitions, or fewer reserved lanes.',
      },
    )
}

const withLabel = (key: Uint8Array | null, separator: string): RoutedRecord => {
  if (key === null) return { key }
  const text = readUtf8(key, 0, key.length)
  const end = text.indexOf(separator)
  return end < 0 ? { key } : { key, label: text.slice(0, end) }
}

const withPartition = (key: Uint8Array | null): RoutedRecord => {
  const text = key === null ? '' : readUtf8(key, 0, key.length)
  return /^\d{1,7}$/.test(text) ? { key, partition: Number(text) } : { key }
}

/** `priority=0,EMEA=1-3`: labels and their lanes, each label and each lane once. */
const parseReserved = (text: string): readonly ReservedLanes[] => {
  const owner = new Map<number, string>()
  const labels = new Set<string>()
  return text.split(',').map(part => {
    const found = /^([^=]+)=(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim())
    const first = Number(found?.[2])
    const last = Number(found?.[3] ?? found?.[2])
    const label = found?.[1] ?? ''
    if (found === null || last < first)
      throw new LanekeeperError('USAGE', `--reserve ${part}: not LABEL=LANE or LABEL=FIRST-LAST.`, {
        fix: 'Write priority=0,EMEA=1-3, for example.',
      })
    if (labels.has(label))
      throw new LanekeeperError('USAGE', `--reserve: ${label} is given lanes twice.`, {
        fix: `Write ${label}=FIRST-LAST, once.`,
      })
    labels.add(label)
    for (let lane = first; lane <= last; lane++) {
      const before = owner.get(lane)
      if (before !== undefined)
        throw new LanekeeperError('USAGE', `--reserve: lane ${lane} is given to ${before} and to ${label}.`, {
          fix: 'Give each lane to one label.',
        })
      owner.set(lane, label)
    }
    return { label, first, last }
  })
}
