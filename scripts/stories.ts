/**
 * The stories: incidents as they happen, each on a real three-broker cluster, each judged by whether the right sentence
 * and its cure stand there within half a minute, and no wrong one; and by what `lanekeeper check`, started with the
 * incident and looking for half a minute, prints and exits with.
 *
 *     node scripts/stories.ts [--only viral-content,calm-day] [--calm-minutes 2] [--state-dir DIR]
 *     node scripts/stories.ts --bootstrap-server host:port   (stories that break brokers are left out)
 *     node scripts/stories.ts --list
 *
 * Starts brokers of its own in the state folder and ends them. Prints a line per story and one line of JSON; exit code 3
 * when one of them did not hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/adapters/system/clock.ts'
import type { LocalBrokers } from '../src/ports/local-brokers.ts'
import { localBrokersIn } from '../test/support/local-brokers.ts'
import { prepareSmallDisk, stories } from './stories/all-stories.ts'
import { type Ending, fullPace, runStory } from './stories/run-story.ts'
import { openStage } from './stories/stage.ts'

const { values: args } = parseArgs({
  options: {
    only: { type: 'string' },
    'calm-minutes': { type: 'string', default: '2' },
    'state-dir': { type: 'string' },
    'bootstrap-server': { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

/** Stories that need brokers of our own. */
const BREAKING = new Set(['broker-killed', 'disk-nearly-full'])

const chosen = stories.filter(
  ({ name }) =>
    (args.only === undefined || args.only.split(',').includes(name)) &&
    (args['bootstrap-server'] === undefined || !BREAKING.has(name)),
)

const say = (text: string): void =>
  console.error(`${new Date(systemClock.wallMs()).toISOString().slice(11, 19)}  ${text}`)

const runAll = async (
  bootstrapServer: string,
  brokers: LocalBrokers | null,
  stateDir: string,
  smallDisk: boolean,
) => {
  const endings: Ending[] = []
  for (const [index, story] of chosen.entries()) {
    if (story.name === 'disk-nearly-full' && !smallDisk) {
      say(`${story.name}: left out, this machine does not let us mount a small disk`)
      continue
    }
    say(`${story.name}: ${story.about}`)
    const prefix = `story-${process.pid.toString(36)}-${index}`
    const stage = await openStage({ bootstrapServer, brokers, stateDir, prefix })
    try {
      const calmMs = Number(args['calm-minutes']) * 60_000
      const ending = await runStory(story, stage, { ...fullPace, calmMs }, text =>
        say(`${story.name}: ${text}`),
      )
      endings.push(ending)
      print(ending)
    } finally {
      await stage.close()
    }
  }
  return endings
}

const print = ({ name, held, afterMs, sentence, cure, wrong, note, check }: Ending): void => {
  const when = afterMs === null ? '' : ` after ${(afterMs / 1000).toFixed(1)} s`
  console.log(`${held ? 'held  ' : 'MISSED'}  ${name}${when}`)
  if (sentence !== '') console.log(`          ${sentence}`)
  if (cure !== '') console.log(`          ${cure}`)
  for (const each of wrong) console.log(`          WRONG ${each}`)
  if (note !== '') console.log(`          ${note}`)
  if (check !== null)
    console.log(
      `          check: exit ${check.exitCode}${check.problems.map(each => `; WRONG ${each}`).join('')}`,
    )
}

const withOwnBrokers = async (): Promise<readonly Ending[]> => {
  const stateDir = args['state-dir'] ?? mkdtempSync(join(tmpdir(), 'lanekeeper-stories-'))
  const unmount = chosen.some(({ name }) => name === 'disk-nearly-full') ? prepareSmallDisk(stateDir) : null
  const brokers = localBrokersIn(stateDir, 'stories')
  try {
    const { bootstrapServer } = await brokers.start({
      brokers: 3,
      fresh: false,
      lifetime: 'owner',
      onProgress: say,
    })
    return await runAll(bootstrapServer, brokers, stateDir, unmount !== null)
  } finally {
    await brokers.stop()
    unmount?.()
    if (args['state-dir'] === undefined) rmSync(stateDir, { recursive: true, force: true })
  }
}

if (args.list) for (const { name, about } of stories) console.log(`${name.padEnd(24)} ${about}`)
else {
  const named = args['bootstrap-server']
  const endings = named === undefined ? await withOwnBrokers() : await runAll(named, null, '', false)
  const missed = endings.filter(({ held }) => !held)
  console.log(`${endings.length - missed.length} of ${endings.length} stories held`)
  console.log(JSON.stringify({ stories: endings }))
  process.exitCode = missed.length > 0 ? 3 : 0
}
