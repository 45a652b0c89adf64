import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { type Environment, JAVA_MAJOR_MIN, prerequisiteMissing } from './prerequisites.ts'

/**
 * The first Java that is new enough: `JAVA_HOME`, then the path. A `JAVA_HOME` left over from another project is no
 * reason to fail while a good Java is on the path. Rejects with PREREQUISITE_MISSING, naming what was found instead.
 */
export const findJava = async (env: Environment): Promise<string> => {
  const home = env['JAVA_HOME']
  const candidates = [
    ...(home === undefined || home === '' ? [] : [{ name: 'JAVA_HOME', command: join(home, 'bin', 'java') }]),
    { name: 'the path', command: 'java' },
  ]
  const problems: string[] = []
  for (const { name, command } of candidates) {
    const version = await askVersion(command, env)
    if (version !== null && version >= JAVA_MAJOR_MIN) return command
    problems.push(
      version === null ? `${name}: no Java (${command})` : `${name}: Java ${version} (${command})`,
    )
  }
  throw prerequisiteMissing(
    `Local brokers need Java ${JAVA_MAJOR_MIN} or later, and there is none.`,
    problems,
  )
}

/** "17.0.15" and "21" and "26-ea" give 17, 21, 26; Java 8 calls itself "1.8.0_402". Null when it is no version. */
export const parseJavaMajor = (text: string): number | null => {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? []
  if (first === undefined) return null
  return first === '1' && second !== undefined ? Number(second) : Number(first)
}

const ASK_MS_MAX = 20_000

const askVersion = (command: string, env: Environment): Promise<number | null> =>
  new Promise(resolve => {
    execFile(command, ['-version'], { env: { ...env }, timeout: ASK_MS_MAX }, (failure, stdout, stderr) => {
      // macOS ships a `java` that only says where to get one, and exits 1
      resolve(failure === null ? parseJavaMajor(`${stderr}\n${stdout}`) : null)
    })
  })
