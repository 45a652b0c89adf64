import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Environment, prerequisiteMissing } from './prerequisites.ts'
import { identify } from './process-table.ts'

/**
 * Kafka's jars: from an unpacked Kafka (`KAFKA_HOME`), or fetched once by Maven into the state folder.
 *
 * Fetching goes into a folder of its own and the whole folder is renamed at the end. So a folder of the final
 * name is complete, an interrupted fetch is never taken for one, and of two fetches at once the later finds the name
 * taken and uses what is there.
 *
 * Maven ends with us: `interrupted` ends it, and so does the end of this process, unless that is a kill -9. A Maven
 * that outlives its owner writes on into a folder that nobody will rename.
 */
export interface Kafka {
  /** Folder whose jars are the class path. */
  readonly libs: string
  readonly version: string
}

/** The version that `kafka-pom.xml` names; a test holds them together. */
export const KAFKA_VERSION = '4.3.0'

/** Server-side consumer groups are complete since then, and the configuration below has no ZooKeeper. */
const KAFKA_MAJOR_MIN = 4

export const findKafka = async (
  folder: string,
  env: Environment,
  onProgress: (text: string) => void,
  interrupted?: AbortSignal,
): Promise<Kafka> => {
  const home = env['KAFKA_HOME']
  if (home !== undefined && home !== '') return unpackedKafka(home)
  // Maven takes a relative folder from where its project file lies
  const parent = join(resolve(folder), KAFKA_VERSION)
  const libs = join(parent, 'libs')
  if (!existsSync(libs)) {
    mkdirSync(parent, { recursive: true })
    removeAbandoned(parent)
    const draft = mkdtempSync(join(parent, `${DRAFT}${process.pid}-`))
    await fetchJars(draft, env, onProgress, interrupted)
    publish(draft, libs)
  }
  return { libs, version: KAFKA_VERSION }
}

const unpackedKafka = (home: string): Kafka => {
  const libs = join(home, 'libs')
  const jar = existsSync(libs)
    ? readdirSync(libs).find(name => /^kafka_2\.\d+-\d.*\.jar$/.test(name))
    : undefined
  const version = /^kafka_2\.\d+-(\d+\.\d+\.\d+.*)\.jar$/.exec(jar ?? '')?.[1]
  if (version === undefined)
    throw prerequisiteMissing(`KAFKA_HOME is ${home}, but there is no Kafka in its folder libs.`)
  if (Number.parseInt(version, 10) < KAFKA_MAJOR_MIN)
    throw prerequisiteMissing(`KAFKA_HOME holds Kafka ${version}; ${KAFKA_MAJOR_MIN}.0 or later is needed.`)
  return { libs, version }
}

const DRAFT = 'libs.fetching-'

const removeAbandoned = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    if (name.startsWith(DRAFT) && identify(Number.parseInt(name.slice(DRAFT.length), 10)) === null)
      rmSync(join(parent, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

const publish = (draft: string, libs: string): void => {
  try {
    renameSync(draft, libs)
  } catch (failure) {
    if (!existsSync(libs)) throw failure
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Maven's words that tell what failed; it prints many more. */
const WORDS_MAX = 12

/** Files between two lines of progress: a fetch of a hundred files shows life every few seconds. */
const FILES_PER_WORD = 20

const fetchJars = async (
  draft: string,
  env: Environment,
  onProgress: (text: string) => void,
  interrupted: AbortSignal | undefined,
): Promise<void> => {
  onProgress(`Fetching Kafka ${KAFKA_VERSION} with Maven (once; about 55 MB)`)
  const child = spawn(
    'mvn',
    [
      '--batch-mode',
      '--file',
      join(import.meta.dirname, 'kafka-pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${draft}`,
    ],
    { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const complaints: string[] = []
  let files = 0
  const listen = (line: string): void => {
    if (line.startsWith('[ERROR]')) complaints.push(line.slice('[ERROR]'.length).trim())
    if (!/Downloaded .*\.jar/.test(line)) return
    files++
    if (files % FILES_PER_WORD === 0) onProgress(`Fetching Kafka ${KAFKA_VERSION}: ${files} files so far`)
  }
  createInterface({ input: child.stdout }).on('line', listen)
  createInterface({ input: child.stderr }).on('line', listen)
  const end = (): void => void child.kill()
  process.once('exit', end)
  interrupted?.addEventListener('abort', end)
  const exit = await new Promise<number | NodeJS.ErrnoException | null>(resolve => {
    child.once('error', resolve)
    child.once('close', resolve)
  })
  process.off('exit', end)
  interrupted?.removeEventListener('abort', end)
  if (exit === 0) return
  rmSync(draft, { recursive: true, force: true })
  interrupted?.throwIfAborted()
  if (exit instanceof Error)
    throw prerequisiteMissing('Kafka has to be fetched once, and Maven (mvn) is not installed.', [], exit)
  throw prerequisiteMissing(
    'Maven could not fetch Kafka.',
    complaints.filter(line => line !== '').slice(0, WORDS_MAX),
  )
}
