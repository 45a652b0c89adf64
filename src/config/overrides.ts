import type { Origin, Problem } from './problem.ts'
import type { Path, Places } from './read-yaml.ts'
import { WrittenNumber } from './written-number.ts'

/** Flags as the command line hands them over: texts, judged by the same fields as the file. */
export interface ConfigFlags {
  readonly bootstrapServer?: string | undefined
  readonly brokers?: string | undefined
  readonly rate?: string | undefined
  readonly seed?: string | undefined
  readonly port?: string | undefined
}

/** Flags over environment over file. One row per value that can be overridden. */
const overridable: readonly {
  readonly flag: keyof ConfigFlags
  readonly option: string
  readonly variable: string
  readonly path: readonly [section: string, key: string]
}[] = [
  {
    flag: 'bootstrapServer',
    option: '--bootstrap-server',
    variable: 'LANEKEEPER_BOOTSTRAP_SERVER',
    path: ['cluster', 'bootstrap-server'],
  },
  { flag: 'brokers', option: '--brokers', variable: 'LANEKEEPER_BROKERS', path: ['cluster', 'brokers'] },
  { flag: 'rate', option: '--rate', variable: 'LANEKEEPER_RATE', path: ['traffic', 'records-per-second'] },
  { flag: 'seed', option: '--seed', variable: 'LANEKEEPER_SEED', path: ['traffic', 'seed'] },
  { flag: 'port', option: '--port', variable: 'LANEKEEPER_PORT', path: ['dashboard', 'port'] },
]

export interface Overridden {
  readonly value: unknown
  readonly places: Places
  readonly problems: readonly Problem[]
}

/** A copy of the file's values with the overrides in place, and places that name the flag or variable. */
export const override = (
  file: unknown,
  places: Places,
  sources: { readonly env: Readonly<Record<string, string | undefined>>; readonly flags: ConfigFlags },
): Overridden => {
  if (!isSection(file)) return { value: file, places, problems: [] }
  const value = section(file)
  const origins = new Map<string, Origin>()
  const problems: Problem[] = []
  for (const { flag, option, variable, path } of overridable) {
    const [name, key] = path
    const flagged = sources.flags[flag]
    // An empty variable is how a shell or a compose file says "not set"
    const text = flagged ?? (sources.env[variable] === '' ? undefined : sources.env[variable])
    if (text === undefined) continue
    const origin: Origin = { kind: 'override', name: flagged === undefined ? variable : option }
    // Traffic begins only where the file asks for it. A variable may be set for all files; a flag is meant for this one
    if (name === 'traffic' && value[name] === undefined) {
      if (flagged !== undefined)
        problems.push({ origin, text: 'has no effect, since the file has no traffic section; add one' })
      continue
    }
    const target = value[name] ?? section({})
    if (!isSection(target)) continue
    value[name] = Object.assign(section(target), { [key]: written(text) })
    origins.set(JSON.stringify(path), origin)
  }
  const origin = (path: Path, inFile: (path: Path) => Origin): Origin =>
    origins.get(JSON.stringify(path)) ?? inFile(path)
  return {
    value,
    places: { key: path => origin(path, places.key), value: path => origin(path, places.value) },
    problems,
  }
}

type Section = Record<string, unknown>

/** Null prototype, as the reader makes them: `__proto__` stays an ordinary key. */
const section = (entries: Section): Section => Object.assign(Object.create(null) as Section, entries)

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber)

const written = (text: string): unknown =>
  /^[+-]?[\d.]/.test(text) && text.trim() !== '' && !Number.isNaN(Number(text))
    ? new WrittenNumber(text)
    : text
