import { systemClock } from '../../src/adapters/system/clock.ts'
import { type Checked, exitCodesFor, type OpenFinding } from './check.ts'
import type { Stage } from './stage.ts'
import type { Story } from './story.ts'

/** How a story ended. */
export interface Ending {
  readonly name: string
  readonly held: boolean
  /** From the event until the right sentence stood there; null: it never did. For a calm story: how long it was calm. */
  readonly afterMs: number | null
  readonly sentence: string
  readonly cure: string
  /** Sentences that had no business there. */
  readonly wrong: readonly string[]
  readonly note: string
  /** What `lanekeeper check` got wrong, and how it ended; null: it was not run. */
  readonly check: CheckEnding | null
}

export interface CheckEnding {
  readonly exitCode: number | null
  /** Empty: it named cause and cure, with the exit code that belongs to them, and nothing wrong. */
  readonly problems: readonly string[]
}

const WITHIN_MS = 30_000

export interface StoryPace {
  /** Before its event a story must be as calm as any other day, for this long; a calm story for `calmMs`. */
  readonly calmBeforeMs: number
  readonly calmMs: number
  /** After the right sentence others get the time to turn out wrong. */
  readonly watchOnMs: number
  /** Looks must span this long before anything can be said at all. */
  readonly evidenceMs: number
  /** Whether `lanekeeper check` is held to the same. */
  readonly check: boolean
}

export const fullPace: StoryPace = {
  calmBeforeMs: 22_000,
  calmMs: 120_000,
  watchOnMs: 8_000,
  evidenceMs: 15_000,
  check: true,
}

/**
 * Sets the scene, waits until it is calm, lets the event happen, and judges every sentence that appears from then on:
 * the right one must come within half a minute, a wrong one must not come at all. `lanekeeper check`, started with the
 * event, is held to the same.
 */
export const runStory = async (
  story: Story,
  stage: Stage,
  pace: StoryPace,
  say: (text: string) => void = () => undefined,
): Promise<Ending> => {
  const base = { name: story.name, sentence: '', cure: '', wrong: [] as string[], note: '', check: null }
  await story.scene(stage)
  say('scene set')
  const calm = story.expected === null ? pace.calmMs : pace.calmBeforeMs
  const settled = await stage.until(() => calmEnough(stage, pace.evidenceMs), 60_000)
  if (!settled)
    return {
      ...base,
      held: false,
      afterMs: null,
      note: `no calm before the event: ${listOf(stage.findings())}`,
    }
  const checking = story.expected === null && pace.check ? stage.check(calm) : null
  const early = await watch(
    stage,
    calm,
    () => false,
    () => true,
  )
  if (early.wrong.size > 0)
    return { ...base, held: false, afterMs: null, wrong: [...early.wrong], note: 'before anything happened' }
  if (story.expected === null) {
    const check = checking === null ? null : judgeCalm(await checking.ended)
    return { ...base, held: (check?.problems ?? []).length === 0, afterMs: calm, check }
  }

  say('the event')
  const { expected } = story
  const withinMs = expected.withinMs ?? WITHIN_MS
  // before the event, for it must have seen what was: partitions are added in an instant
  const checked = pace.check ? stage.check(withinMs + FIRST_LOOK_MS) : null
  if (checked !== null) {
    await checked.looking
    await stage.wait(FIRST_LOOK_MS)
  }
  const startedMs = systemClock.monotonicMs()
  await story.event(stage)
  const isRight = ({ kind, sentence, cure }: OpenFinding): boolean =>
    kind === expected.kind && expected.sentence.test(sentence) && expected.cure.test(cure)
  const isWrong = (finding: OpenFinding): boolean =>
    finding.kind !== expected.kind && !(expected.also ?? []).includes(finding.kind)
  const seen = await watch(stage, withinMs, () => stage.findings().some(isRight), isWrong)
  const afterMs = systemClock.monotonicMs() - startedMs
  const right = stage.findings().find(isRight)
  const later = await watch(stage, pace.watchOnMs, () => false, isWrong)
  const wrong = [...new Set([...seen.wrong, ...later.wrong])]
  const check = checked === null ? null : judgeCheck(await checked.ended, isRight, isWrong)
  const note = right === undefined ? `said instead: ${listOf(stage.findings())}` : ''
  const after = right === undefined || story.sequel === undefined ? '' : await story.sequel(stage)
  return {
    name: story.name,
    held:
      right !== undefined &&
      wrong.length === 0 &&
      (check?.problems ?? []).length === 0 &&
      !after.startsWith('not '),
    afterMs: right === undefined ? null : afterMs,
    sentence: right?.sentence ?? '',
    cure: right?.cure ?? '',
    wrong,
    note: note || after,
    check,
  }
}

/** For the first look of a check that has begun; the event comes right behind it. */
const FIRST_LOOK_MS = 2_500

const judgeCheck = (
  { exitCode, findings }: Checked,
  isRight: (finding: OpenFinding) => boolean,
  isWrong: (finding: OpenFinding) => boolean,
): CheckEnding => {
  const right = findings.find(isRight)
  const problems = findings.filter(isWrong).map(({ kind, sentence }) => `check said ${kind}: ${sentence}`)
  if (right === undefined) problems.push(`check did not say it; it said: ${listOf(findings)}`)
  else if (exitCode === null || !exitCodesFor[right.severity].includes(exitCode))
    problems.push(`check ended with ${exitCode} on a finding to ${right.severity}`)
  return { exitCode, problems }
}

/** On a cluster with others' things in it, only what is said of ours counts. */
const judgeCalm = ({ exitCode, findings, besides }: Checked): CheckEnding => ({
  exitCode,
  problems: [
    ...findings.map(({ sentence }) => `check said: ${sentence}`),
    ...(exitCode !== 0 && besides === 0 ? [`check ended with ${exitCode} on a calm day`] : []),
  ],
})

/** No finding, and a window long enough that there could be one. */
const calmEnough = (stage: Stage, evidenceMs: number): boolean =>
  (stage.live.judgement()?.rateSpanMs ?? 0) > evidenceMs && stage.findings().length === 0

const watch = async (
  stage: Stage,
  forMs: number,
  enough: () => boolean,
  isWrong: (finding: OpenFinding) => boolean,
): Promise<{ readonly wrong: ReadonlySet<string> }> => {
  const wrong = new Set<string>()
  await stage.until(() => {
    for (const finding of stage.findings())
      if (isWrong(finding)) wrong.add(`${finding.kind}: ${finding.sentence}`)
    return enough()
  }, forMs)
  return { wrong }
}

const listOf = (findings: readonly OpenFinding[]): string =>
  findings.length === 0 ? 'nothing' : findings.map(({ sentence }) => sentence).join(' | ')
