/**
 * The GUEST story. Visitors who are not logged in all get the key GUEST, and one partition carries them all: it falls
 * behind by tens of thousands of records while every other is at rest. More consumers do not help; another key does.
 *
 * Both halves send the same messages to the same consumers. Only the key of a visitor differs: GUEST, or the session.
 */
import { LatencySketch } from '../consumer/latency.ts'
import { type FindingDraft, sentenceText } from '../core/health/index.ts'
import { formatCount, formatDuration, formatRate, formatShare, formatTimes } from '../core/model/index.ts'
import { maxOverMeanByChanceUpper, skewOf } from '../core/routing/index.ts'
import { heading, table, text } from '../core/sizing/index.ts'
import { sleep } from '../ports/clock.ts'
import { closeAll, makeTopic, startConsumer, until, writeAll } from './clients.ts'
import { diagnoseNow } from './diagnose-now.ts'
import type { Exercise, Lesson, Stage } from './exercise.ts'
import { lagOf, recordsIn } from './seen.ts'

const PARTITIONS = 12
const CONSUMERS = 4
const USERS = 5_000
const SESSIONS = 8_000
const GUEST_MESSAGES = 60_000
const USER_MESSAGES = 30_000
const MESSAGES = GUEST_MESSAGES + USER_MESSAGES
/** What a handler waits for a database, say. One key's records are handled one after the other. */
const HANDLER_MS = 1
const READ_DEADLINE_MS = 120_000
/** Long enough for the pace of the hot lane to be its own and not that of a busy start. */
const PACE_MS = 4_000

interface Half {
  readonly topic: string
  readonly group: string
  readonly counts: Float64Array
  readonly hottest: number
  /** Lag of each partition at the moment when all but the hottest had nothing left. */
  readonly lag: Float64Array
  readonly othersReadyMs: number
  /** When nothing waited any more; null: it still did when the exercise moved on. */
  readonly readyMs: number | null
  /** Records a second that the hottest lane got done meanwhile. */
  readonly hotPerSecond: number
  /** Messages of logged-in users on the hottest partition, and how many were done by then. */
  readonly neighbours: number
  readonly neighboursDone: number
  /** From start to done, of logged-in users elsewhere. */
  readonly elsewhereP99Ms: number
  readonly findings: readonly FindingDraft[]
}

const half = async (
  stage: Stage,
  name: string,
  visitorKey: (message: number) => string,
  waitForAll: boolean,
): Promise<Half> => {
  const { clock, prefix } = stage
  const topic = await makeTopic(stage, `hot-${name}`, PARTITIONS)
  const group = `${prefix}-hot-${name}`
  stage.say(`${formatCount(MESSAGES)} messages, visitors keyed by ${name === 'guest' ? 'GUEST' : 'session'}`)
  const random = stage.seededRandom(3)
  await writeAll(
    stage,
    Array.from({ length: MESSAGES }, (_, message) => {
      // two of three messages are of visitors, evenly mixed
      const visitor = message % 3 !== 2
      return {
        topic,
        key: visitor ? visitorKey(message) : `user-${Math.floor(random.next() * USERS)}`,
        value: visitor ? 'visitor' : 'user',
      }
    }),
  )
  const counts = await recordsIn(stage, topic)
  const hottest = skewOf(counts).maxLane

  const done = new Float64Array(PARTITIONS)
  let neighboursDone = 0
  const elsewhere = new LatencySketch()
  const startedMs = clock.monotonicMs()
  stage.say(`${CONSUMERS} consumers of ${group} read them, ${HANDLER_MS} ms a record, in order per key`)
  const consumers = Array.from({ length: CONSUMERS }, (_, index) =>
    startConsumer(stage, `${group}-${index + 1}`, {
      group,
      topics: [topic],
      handler: async record => {
        await sleep(clock, HANDLER_MS)
        done[record.partition] = (done[record.partition] ?? 0) + 1
        if (record.value?.[0] !== USER) return
        if (record.partition === hottest) neighboursDone++
        else elsewhere.add(clock.monotonicMs() - startedMs)
      },
    }),
  )
  try {
    const lag = await until(stage, 'all partitions but the hottest are read', READ_DEADLINE_MS, async () => {
      const now = await lagOf(stage, group, topic)
      return now.every((waits, p) => waits === 0 || p === hottest) ? now : null
    })
    const othersReadyMs = clock.monotonicMs() - startedMs
    const neighboursThen = neighboursDone
    const [before, beforeMs] = [done[hottest] ?? 0, clock.monotonicMs()]
    const findings = waitForAll ? [] : await diagnoseNow(stage, group)
    if (!waitForAll) await sleep(clock, PACE_MS, stage.signal)
    const hotPerSecond = (((done[hottest] ?? 0) - before) * 1000) / (clock.monotonicMs() - beforeMs)
    if (waitForAll)
      await until(stage, 'everything is read', READ_DEADLINE_MS, async () =>
        (await lagOf(stage, group, topic)).every(waits => waits === 0) ? true : null,
      )
    return {
      topic,
      group,
      counts,
      hottest,
      lag,
      othersReadyMs,
      readyMs: waitForAll ? clock.monotonicMs() - startedMs : null,
      hotPerSecond,
      neighbours: (counts[hottest] ?? 0) - (waitForAll ? 0 : GUEST_MESSAGES),
      neighboursDone: neighboursThen,
      elsewhereP99Ms: elsewhere.summary()?.p99Ms ?? Number.NaN,
      findings,
    }
  } finally {
    await closeAll(consumers)
  }
}

const USER = 'u'.charCodeAt(0)

const run = async (stage: Stage): Promise<Lesson> => {
  const guest = await half(stage, 'guest', () => 'GUEST', false)
  const session = await half(stage, 'session', message => `session-${message % SESSIONS}`, true)
  return lessonOf(guest, session)
}

const lessonOf = (guest: Half, session: Half): Lesson => {
  const hotLag = guest.lag[guest.hottest] ?? 0
  const others = guest.lag.reduce((sum, waits) => sum + waits, 0) - hotLag
  const timesOthers = hotLag / Math.max(1, others / (PARTITIONS - 1))
  const leftMs = (hotLag / guest.hotPerSecond) * 1000
  const guestReadyMs = guest.othersReadyMs + leftMs
  const sessionReadyMs = session.readyMs ?? Number.NaN
  const before = skewOf(guest.counts)
  const after = skewOf(session.counts)
  // sessions send seven or eight messages, users six: about as even as so many equally active keys
  const bound = maxOverMeanByChanceUpper(MESSAGES, PARTITIONS, SESSIONS + USERS)
  const [found] = guest.findings
    .filter(({ kind }) => kind === 'limited-by-key')
    .map(({ sentence }) => sentenceText(sentence))
  return {
    blocks: [
      heading('Before and after'),
      table(
        ['', '>key GUEST', '>key = session'],
        [
          ['fullest partition, of all messages', formatShare(before.topShare), formatShare(after.topShare)],
          ['max ÷ mean', formatTimes(before.maxOverMean), formatTimes(after.maxOverMean)],
          [
            'waiting there when the other partitions are read',
            formatCount(hotLag),
            formatCount(session.lag[session.hottest] ?? 0),
          ],
          [
            'the other partitions read after',
            formatDuration(guest.othersReadyMs),
            formatDuration(session.othersReadyMs),
          ],
          [
            'everything read after',
            `${formatDuration(guestReadyMs)} (at the pace seen)`,
            formatDuration(sessionReadyMs),
          ],
        ],
      ),
      heading('What that means'),
      text(
        `Lag of ${guest.topic}-${guest.hottest}: ${formatCount(hotLag)} records, ${formatTimes(timesOthers)} that of the others. A partition has one reader in a group, and a key's records are handled one after the other: ${formatRate(guest.hotPerSecond)} here. ${CONSUMERS} consumers were there, or ${PARTITIONS} or 100; the lane stays as slow.`,
      ),
      text(
        `Its neighbours pay, too: of ${formatCount(guest.neighbours)} messages of logged-in users that share the lane, ${formatCount(guest.neighboursDone)} were done when everybody else's were (p99 ${formatDuration(guest.elsewhereP99Ms)}).`,
      ),
      text(
        `The cure costs nothing: GUEST stands for nobody, so its messages need no common order. With the session as key each visitor's own order stays, and the same consumers are ready after ${formatDuration(sessionReadyMs)} instead of ${formatDuration(guestReadyMs)}.`,
      ),
      ...(found === undefined ? [] : [text(`groups diagnose says: ${found}`)]),
    ],
    checks: [
      {
        name: 'one lane waits tens of thousands of times as much as the others',
        held: timesOthers >= 10_000,
        evidence: `${formatCount(hotLag)} records on P${guest.hottest}, ${formatCount(others)} on the ${PARTITIONS - 1} others together`,
      },
      {
        name: 'the diagnosis names the partition and the key',
        held: found?.includes(`${guest.topic}-${guest.hottest}`) === true && found.includes('GUEST'),
        evidence: found ?? 'no finding names it',
      },
      {
        name: 'with the session as key the partitions are even',
        held: after.maxOverMean <= bound,
        evidence: `max ÷ mean ${formatTimes(after.maxOverMean)}, chance alone gives up to ${formatTimes(bound)}`,
      },
      {
        name: 'and the same consumers are ready sooner',
        held: sessionReadyMs < guestReadyMs,
        evidence: `${formatDuration(sessionReadyMs)} instead of ${formatDuration(guestReadyMs)}`,
      },
    ],
    commands: [
      {
        shows: 'lag of each partition',
        command: `kafka-consumer-groups.sh --describe --group ${guest.group}`,
      },
      {
        shows: 'the key that is behind it',
        command: `kafka-console-consumer.sh --topic ${guest.topic} --partition ${guest.hottest} --offset 0 --max-messages 20 --formatter-property print.key=true`,
      },
    ],
    figures: {
      messages: MESSAGES,
      hottest: guest.hottest,
      lagHottest: hotLag,
      lagOthers: others,
      timesOthers,
      hotPerSecond: guest.hotPerSecond,
      readyMsAtPaceSeen: guestReadyMs,
      cured: { maxOverMean: after.maxOverMean, readyMs: sessionReadyMs },
    },
  }
}

export const hotPartition: Exercise = {
  name: 'hot-partition',
  title: 'the key GUEST for all visitors: one lane falls behind, before and after the cure',
  brokers: 1,
  breaksBrokers: false,
  run,
}
