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
  const [ending] = await (story.expected === null
    ? [await runCalm(story, stage, pace, say)]
    : runTogether([story], stage, pace, say))
  if (ending === undefined) throw new Error(`${story.name} has no ending`)
  return ending
}

/** Several stories that share their scene, the first one's, and happen at the same moment: one ending each. */
export const runTogether = async (
  stories: readonly Story[],
  stage: Stage,
  pace: StoryPace,
  say: (text: string) => void = () => undefined,
): Promise<readonly Ending[]> => {
  const endAll = (ending: Partial<Ending>): readonly Ending[] =>
    stories.map(({ name }) => ({ ...untold, name, ...ending }))
  await stories[0]?.scene(stage)
  say('scene set')
  const early = await calmBefore(stage, pace.calmBeforeMs, pace)
  if (early !== null) return endAll(early)

  say('the event')
  const expected = stories.flatMap(each => each.expected ?? [])
  const withinMs = Math.max(...expected.map(each => each.withinMs ?? WITHIN_MS))
  // before the event, for it must have seen what was: partitions are added in an instant
  const checking = pace.check ? stage.check(withinMs + FIRST_LOOK_MS) : null
  if (checking !== null) {
    await checking.looking
    await stage.wait(FIRST_LOOK_MS)
  }
  const startedMs = systemClock.monotonicMs()
  for (const { event } of stories) await event(stage)
  const isWrong = ({ kind }: OpenFinding): boolean =>
    !expected.some(each => each.kind === kind || each.also?.includes(kind) === true)
  const told = new Map<Story, { readonly finding: OpenFinding; readonly afterMs: number }>()
  const allTold = (): boolean => {
    const afterMs = systemClock.monotonicMs() - startedMs
    for (const story of stories) {
      const finding = told.has(story) ? undefined : stage.findings().find(isRightFor(story))
      if (finding !== undefined) told.set(story, { finding, afterMs })
    }
    return told.size === stories.length
  }
  const seen = await watch(stage, withinMs, allTold, isWrong)
  const later = await watch(stage, pace.watchOnMs, () => false, isWrong)
  const wrong = [...new Set([...seen, ...later])]
  const checked = checking === null ? null : await checking.ended
  const endings: Ending[] = []
  for (const story of stories) {
    const found = told.get(story)
    const check = checked === null ? null : judgeCheck(checked, isRightFor(story), isWrong)
    const note =
      found === undefined
        ? `said instead: ${listOf(stage.findings())}`
        : ((await story.sequel?.(stage)) ?? '')
    const held = found !== undefined && wrong.length === 0 && (check?.problems ?? []).length === 0
    endings.push({
      name: story.name,
      held: held && !note.startsWith('not '),
      afterMs: found?.afterMs ?? null,
      sentence: found?.finding.sentence ?? '',
      cure: found?.finding.cure ?? '',
      wrong,
      note,
      check,
    })
  }
  return endings
}

const untold: Omit<Ending, 'name'> = {
  held: false,
  afterMs: null,
  sentence: '',
  cure: '',
  wrong: [],
  note: '',
  check: null,
}

const runCalm = async (
  story: Story,
  stage: Stage,
  pace: StoryPace,
  say: (text: string) => void,
): Promise<Ending> => {
  await story.scene(stage)
  say('scene set')
  const settled = await calmBefore(stage, 0, pace)
  if (settled !== null) return { ...untold, name: story.name, ...settled }
  const checking = pace.check ? stage.check(pace.calmMs) : null
  const wrong = await watchFor(stage, pace.calmMs)
  const check = checking === null ? null : judgeCalm(await checking.ended)
  const held = wrong.length === 0 && (check?.problems ?? []).length === 0
  return { ...untold, name: story.name, held, afterMs: pace.calmMs, wrong, check }
}

/** Waits until there is no finding, and holds it for so long; null when that came about, else why not. */
const calmBefore = async (
  stage: Stage,
  forMs: number,
  pace: StoryPace,
): Promise<Pick<Ending, 'note' | 'wrong'> | null> => {
  if (!(await stage.until(() => calmEnough(stage, pace.evidenceMs), 60_000)))
    return { note: `no calm before the event: ${listOf(stage.findings())}`, wrong: [] }
  const wrong = forMs === 0 ? [] : await watchFor(stage, forMs)
  return wrong.length === 0 ? null : { note: 'before anything happened', wrong }
}

const watchFor = async (stage: Stage, forMs: number): Promise<readonly string[]> => [
  ...(await watch(
    stage,
    forMs,
    () => false,
    () => true,
  )),
]

const isRightFor =
  ({ expected }: Story) =>
  ({ kind, sentence, cure }: OpenFinding): boolean =>
    expected !== null &&
    kind === expected.kind &&
    expected.sentence.test(sentence) &&
    expected.cure.test(cure)

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
): Promise<ReadonlySet<string>> => {
  const wrong = new Set<string>()
  await stage.until(() => {
    for (const finding of stage.findings())
      if (isWrong(finding)) wrong.add(`${finding.kind}: ${finding.sentence}`)
    return enough()
  }, forMs)
  return wrong
}

const listOf = (findings: readonly OpenFinding[]): string =>
  findings.length === 0 ? 'nothing' : findings.map(({ sentence }) => sentence).join(' | ')
