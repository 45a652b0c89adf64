import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { errorRegistry, LanekeeperError, nearest } from '../core/model/index.ts'
import { exercises } from '../exercises/catalogue.ts'
import type { Exercise, Lesson, Stage } from '../exercises/exercise.ts'
import type { LocalBrokers } from '../ports/local-brokers.ts'
import { printBlocks } from './blocks.ts'
import { countOption } from './count-option.ts'
import { paint, print, printJson, printTable, say } from './output.ts'
import { type Progress, startProgress } from './progress.ts'
import { addTargetOptions, resolveTarget, type TargetFlags } from './target-options.ts'
import type { Connection, Io, World } from './world.ts'

interface ExerciseFlags extends TargetFlags {
  readonly brokers?: string
  readonly keep: boolean
}

/** `exercise list`, `exercise run NAME`: situations to learn from, made and measured on a cluster. */
export const exerciseCommand = (world: World): Command => {
  const list = new Command('list')
    .description('What there is to practise.')
    .option('--json', 'data as JSON on stdout', false)
    .action((flags: { readonly json: boolean }) => listExercises(world.io, flags.json))

  const run = addTargetOptions(new Command('run'))
    .description('Make the situation, measure it, say what is to be seen. Exit 0 only if it was really seen.')
    .argument('<name>', exercises.map(({ name }) => name).join(', '))
    .option('--brokers <n>', 'local brokers to start for it, 1 to 6')
    .option('--keep', 'leave topics and local brokers as they are, to look at with other tools', false)
    .action(async (name: string, flags: ExerciseFlags) => runExercise(world, name, flags))

  return new Command('exercise')
    .description('Practise on a real cluster: hot partitions, lost racks, groups that do not work.')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper exercise list
  lanekeeper exercise run hot-partition                  on local brokers of its own, removed afterwards
  lanekeeper exercise run distribution --bootstrap-server kafka:9092
  lanekeeper exercise run unbalanced-group --simulated
`,
    )
    .addCommand(list)
    .addCommand(run)
}

const listExercises = (io: Io, json: boolean): void => {
  if (json) {
    printJson(
      io,
      exercises.map(({ name, title, brokers, breaksBrokers }) => ({
        name,
        title,
        brokers,
        simulated: !breaksBrokers,
      })),
    )
    return
  }
  printTable(
    io,
    [{ title: 'EXERCISE' }, { title: 'BROKERS', align: 'right' }, { title: 'WHAT IT SHOWS' }],
    exercises.map(({ name, brokers, title }) => [name, String(brokers), title]),
  )
  say(io, '\nlanekeeper exercise run NAME')
}

const runExercise = async (world: World, name: string, flags: ExerciseFlags): Promise<void> => {
  const { io, clock } = world
  const exercise = exerciseNamed(name)
  const isOwn = checkPlace(exercise, flags)
  const count = flags.brokers === undefined ? exercise.brokers : countOption('--brokers', flags.brokers, 6)
  const progress = startProgress(io, clock)
  const place = await openPlace(world, flags, isOwn ? count : null, progress)
  let lesson: Lesson
  try {
    lesson = await onStage(world, exercise, place, flags, progress)
  } finally {
    progress.end()
    await place.close()
    // also when it went wrong: brokers that nobody knows of run on
    if (flags.keep && place.stateDir !== null)
      say(io, `The brokers run on. End them: lanekeeper cluster stop --state-dir ${place.stateDir}`)
  }
  const observed = lesson.checks.every(({ held }) => held)
  const { cluster } = place.connection
  if (flags.json)
    printJson(io, {
      exercise: exercise.name,
      simulated: cluster.simulated,
      bootstrapServer: cluster.bootstrapServer,
      observed,
      checks: lesson.checks,
      figures: lesson.figures,
    })
  else show(io, exercise, lesson, place, flags.keep)
  if (!observed) io.exitWith(errorRegistry.CRITERIA_MISSED.exit)
}

const exerciseNamed = (name: string): Exercise => {
  const found = exercises.find(exercise => exercise.name === name)
  if (found !== undefined) return found
  const names = exercises.map(exercise => exercise.name)
  const close = nearest(name, names)
  throw new LanekeeperError('USAGE', `There is no exercise "${name}".`, {
    fix: close === null ? `There are ${names.join(', ')}.` : `Did you mean ${close}?`,
  })
}

/** True: it gets local brokers of its own. Rejects with USAGE where it cannot run on what is named. */
const checkPlace = (exercise: Exercise, flags: ExerciseFlags): boolean => {
  const isNamed = flags.bootstrapServer !== undefined || flags.simulated
  if (exercise.breaksBrokers && isNamed)
    throw new LanekeeperError(
      'USAGE',
      `${exercise.name} ends a broker, so it runs on brokers of its own only.`,
      {
        fix: 'Leave --bootstrap-server and --simulated out.',
      },
    )
  if (isNamed && flags.brokers !== undefined)
    throw new LanekeeperError('USAGE', '--brokers is for local brokers, and a cluster is named.', {
      fix: 'Leave one of them out.',
    })
  return !isNamed
}

interface Place {
  readonly connection: Connection
  readonly brokers: LocalBrokers | null
  /** State folder of its own brokers. */
  readonly stateDir: string | null
  readonly close: () => Promise<void>
}

/** `brokers` null: the cluster that the flags name. */
const openPlace = async (
  world: World,
  flags: ExerciseFlags,
  brokers: number | null,
  progress: Progress,
): Promise<Place> => {
  if (brokers === null) {
    const connection = await world.connect(await resolveTarget(world, flags, null))
    return { connection, brokers: null, stateDir: null, close: () => connection.close() }
  }
  // a folder of its own for each run: several may run at once, and nothing of an earlier one is left
  const parent = resolve(world.io.cwd, flags.stateDir, 'exercises')
  mkdirSync(parent, { recursive: true })
  const stateDir = mkdtempSync(join(parent, 'run-'))
  const local = world.localBrokers(stateDir, resolve(world.io.cwd, flags.stateDir))
  const clean = async (): Promise<void> => {
    if (flags.keep) return
    await local.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
  try {
    const { bootstrapServer } = await local.start({
      brokers,
      fresh: false,
      lifetime: flags.keep ? 'nobody' : 'owner',
      onProgress: progress.stage,
      interrupted: world.io.interrupted,
    })
    const connection = await world.connect({
      kind: 'kafka',
      bootstrapServer,
      commandConfig: null,
      clientId: 'lanekeeper-exercise',
    })
    const close = async (): Promise<void> => {
      await connection.close()
      await clean()
    }
    return { connection, brokers: local, stateDir, close }
  } catch (failure) {
    // the folder stays: what the brokers logged says why
    await local.stop()
    throw failure
  }
}

const onStage = async (
  world: World,
  exercise: Exercise,
  { connection, brokers }: Place,
  flags: ExerciseFlags,
  progress: Progress,
): Promise<Lesson> => {
  const { cluster, openLink } = connection
  const alive = (await cluster.describe({ topics: [] })).brokers.filter(broker => broker.alive).length
  const stage: Stage = {
    cluster,
    openLink,
    clock: world.clock,
    codecs: world.codecs,
    seededRandom: world.seededRandom,
    prefix: `exercise-${world.clock.wallMs().toString(36)}`,
    replicationFactor: Math.min(3, alive),
    brokers,
    topics: new Set(),
    say: progress.stage,
    signal: world.io.interrupted,
  }
  try {
    return await exercise.run(stage)
  } finally {
    if (!flags.keep && stage.topics.size > 0)
      // what cannot be deleted now is of no use to anybody, and hides nothing that went wrong before
      await cluster.deleteTopics([...stage.topics]).catch(() => undefined)
  }
}

const show = (io: Io, exercise: Exercise, lesson: Lesson, place: Place, keep: boolean): void => {
  const { cluster } = place.connection
  print(io, paint(io, io.stdout, 'bold', `${exercise.name}: ${exercise.title}`))
  print(io, cluster.simulated ? 'on the simulated cluster, not on Kafka' : `on ${cluster.bootstrapServer}`)
  print(io, '')
  printBlocks(io, lesson.blocks)
  print(io, '')
  print(io, paint(io, io.stdout, 'bold', 'SEEN'))
  for (const { name, held, evidence } of lesson.checks)
    print(io, `${paint(io, io.stdout, held ? 'green' : 'red', held ? 'yes' : 'NO ')}  ${name}: ${evidence}`)
  if (cluster.simulated) return
  print(io, '')
  print(io, paint(io, io.stdout, 'bold', "THE SAME WITH KAFKA'S OWN TOOLS"))
  for (const { shows, command } of lesson.commands) {
    const [script = '', ...rest] = command.split(' ')
    print(io, `${shows}:`)
    print(io, `  ${script} --bootstrap-server ${cluster.bootstrapServer} ${rest.join(' ')}`.trimEnd())
  }
  if (!keep)
    say(
      io,
      `\nThe ${place.stateDir === null ? 'topics' : 'brokers'} of this run are gone; --keep leaves them, to look at by yourself.`,
    )
}
