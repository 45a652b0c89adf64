import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import type { GroupSummary, Tick } from '../api/contract.ts'
import { defaultThresholds, sentenceText } from '../core/health/index.ts'
import { formatDuration, printable } from '../core/model/index.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { durationMs } from './duration-option.ts'
import { printFinding } from './findings.ts'
import { addKeyOptions, hotKeysFor, type KeyFlags } from './key-options.ts'
import { watchCluster } from './looking.ts'
import { paint, print, printJson } from './output.ts'
import { startProgress } from './progress.ts'
import {
  addTargetOptions,
  loadConfigFile,
  type TargetFlags,
  targetSuffix,
  withCluster,
} from './target-options.ts'
import { unreachable } from './unreachable.ts'
import type { Connection, Io, World } from './world.ts'

/**
 * `check`: is all well, for a script. Looks until everything can be judged: a group that has something waiting needs
 * fifteen seconds of looks before "keeps up" can be told from "stands still", and a topic that is written to as many
 * before a hot partition can be told from a burst. Where nothing moves and nothing waits, seconds are enough.
 */
const checkExit = { healthy: 0, warning: 3, unreachable: 4, critical: 6, unknown: 7 } as const

export type CheckVerdict = 'healthy' | 'warning' | 'critical' | 'unknown'

interface CheckFlags extends TargetFlags, KeyFlags {
  readonly for?: number
}

const SETTLE_MS = 25_000
/** Fifteen seconds of evidence, and looks before them: where nothing waited at the first one, it is no standstill yet. */
const WAITING_MS = 17_000
/** Two looks make a difference; one makes none. */
const LOOKS_MIN = 2
/** Looks come a few milliseconds early or late. */
const LOOK_JITTER_MS = 100

export const checkCommand = (world: World): Command =>
  addKeyOptions(addTargetOptions(new Command('check')))
    .description('Is all well? For scripts: one line per finding, and an exit code.')
    .argument('[file]', 'configuration file with thresholds of this cluster')
    .option('--for <time>', 'look that long, such as 30s, instead of until everything can be judged', lookMs)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper check --bootstrap-server kafka:9092 && deploy
  lanekeeper check lanekeeper.yaml --for 30s
  lanekeeper check --json | jq -r '.findings[].sentence'
`,
    )
    .addHelpText(
      'after',
      `
Exit codes:
  0  healthy: everything was seen, and nothing is wrong
  3  warnings
  4  the cluster cannot be reached or refuses access
  6  something to act on now
  7  unknown: no finding, but something could not be judged, so it is not called healthy
`,
    )
    .action(async (file: string | undefined, flags: CheckFlags) => {
      const config = file === undefined ? null : await loadConfigFile(world, file, {})
      await withCluster(world, flags, config, connection => check(world, connection, config, flags))
    })

const check = async (
  world: World,
  connection: Connection,
  config: Config | null,
  flags: CheckFlags,
): Promise<void> => {
  const { io, clock } = world
  const progress = startProgress(io, clock)
  progress.stage(`Looking at ${connection.cluster.bootstrapServer}`)
  const live = watchCluster(
    world,
    connection.cluster,
    config,
    // each sample is read from the logs; 0 bytes a second reads none
    flags.keySampleBytes === 0 ? {} : { hotKeys: hotKeysFor(world, connection, flags) },
  )
  try {
    await looked(world, live, flags.for ?? null)
    progress.end()
    const tick = live.tick()
    const verdict = verdictOf(tick)
    if (flags.json) printJson(io, checkAsJson(tick, verdict))
    else printCheck(io, tick, verdict, targetSuffix(flags))
    if (verdict !== 'healthy') io.exitWith(checkExit[verdict])
  } finally {
    progress.end()
    await live.close()
  }
}

/** Resolves when there is enough to judge by; rejects with CLUSTER_UNREACHABLE, or when interrupted. */
const looked = ({ clock, io }: World, live: LiveState, forMs: number | null): Promise<void> =>
  new Promise((resolve, reject) => {
    const startedMs = clock.monotonicMs()
    let looks = 0
    let seenAt: string | null = null
    const finish = (settle: () => void): void => {
      unsubscribe()
      timer.cancel()
      io.interrupted.removeEventListener('abort', step)
      settle()
    }
    const step = (): void => {
      const { status, observedAt } = live.health()
      if (observedAt !== null && observedAt !== seenAt) looks++
      seenAt = observedAt
      const watchedMs = clock.monotonicMs() - startedMs
      if (io.interrupted.aborted) finish(() => reject(io.interrupted.reason as Error))
      else if (status === 'unreachable') finish(() => reject(unreachable(live)))
      else if (looks >= LOOKS_MIN && isEnough(live, watchedMs, forMs)) finish(resolve)
    }
    const unsubscribe = live.subscribe(step)
    // a cluster that has stopped answering brings no change of its own
    const timer = clock.after((forMs ?? SETTLE_MS) + 1_000, step)
    io.interrupted.addEventListener('abort', step)
    step()
  })

const isEnough = (live: LiveState, watchedMs: number, forMs: number | null): boolean => {
  if (forMs !== null) return watchedMs >= forMs
  const tick = live.tick()
  if (watchedMs >= SETTLE_MS) return true
  const waiting = tick.groups.some(group => group.lagRecords !== 0 && group.members + group.topics.length > 0)
  return unjudged(tick).length === 0 && (!(waiting || moves(tick)) || watchedMs >= WAITING_MS)
}

/** Some topic is written to, or it is not known yet whether it is. */
const moves = (tick: Tick): boolean =>
  tick.topics.some(topic => !topic.internal && topic.partitions > 0 && topic.recordsPerSecond !== 0)

/** What could not be judged, one sentence each. */
const unjudged = (tick: Tick): readonly string[] => [
  ...tick.groups.filter(isUnjudged).map(group => `${group.groupId}: ${group.reason}`),
  ...(tick.totals.partitionsKnown < tick.totals.partitions
    ? [`${tick.totals.partitions - tick.totals.partitionsKnown} partitions have no figures.`]
    : []),
  ...(moves(tick) && tick.rateWindowMs < defaultThresholds.evidenceMs - LOOK_JITTER_MS
    ? [
        `Watched for ${formatDuration(tick.rateWindowMs)}; a hot partition is told from a burst after ${formatDuration(defaultThresholds.evidenceMs)}.`,
      ]
    : []),
]

/** A group without members, commits or topics has nothing to be judged by, and never will. */
const isUnjudged = (group: GroupSummary): boolean =>
  group.verdict === 'unknown' && (group.members > 0 || group.topics.length > 0)

export const verdictOf = (tick: Tick): CheckVerdict => {
  if (tick.findings.some(finding => finding.severity === 'act')) return 'critical'
  if (tick.findings.some(finding => finding.severity === 'warning')) return 'warning'
  return unjudged(tick).length > 0 ? 'unknown' : 'healthy'
}

const checkAsJson = (tick: Tick, verdict: CheckVerdict): object => ({
  verdict,
  exitCode: checkExit[verdict],
  at: tick.at,
  cluster: tick.health.clusterName,
  bootstrapServer: tick.health.bootstrapServer,
  findings: tick.findings.map(({ id, kind, severity, since, cure, command, ...about }) => ({
    id,
    kind,
    severity,
    since,
    sentence: sentenceText(about.sentence),
    cure,
    command,
    topic: about.topic,
    partition: about.partition,
    groupId: about.groupId,
    broker: about.broker,
  })),
  unjudged: unjudged(tick),
})

const printCheck = (io: Io, tick: Tick, verdict: CheckVerdict, suffix: string): void => {
  const style = { healthy: 'green', warning: 'yellow', critical: 'red', unknown: 'dim' } as const
  print(io, `${paint(io, io.stdout, style[verdict], verdict)}  ${printable(tick.health.summary)}`)
  for (const finding of tick.findings) printFinding(io, finding, suffix)
  for (const sentence of unjudged(tick)) print(io, `unknown  ${printable(sentence)}`)
}

function lookMs(text: string): number {
  return durationMs(text, { from: 2_000, to: 3_600_000 })
}
