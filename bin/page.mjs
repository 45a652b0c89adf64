// The dashboard's page, built when it is missing or older than its sources. Takes a second or two, once.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runHelper } from './helper.mjs'
import { isAlive } from './processes.mjs'

const sources = ['web/index.html', 'web/vite.config.ts', 'web/public', 'web/src', 'src/core', 'src/api']

/**
 * Builds `web/dist` unless it is current. A page that cannot be built is said and left out: the program goes on.
 *
 * It is built beside and then renamed. Vite empties its folder and writes the page before the scripts that the page
 * loads; cut off in between, the page would look current for ever, and stay blank.
 */
export const ensurePage = async (root, node) => {
  // an installed package ships the page without its sources
  if (!existsSync(join(root, 'web', 'src'))) return
  const dist = join(root, 'web', 'dist')
  const built = join(dist, 'index.html')
  if (existsSync(built) && statSync(built).mtimeMs >= newest(root)) return
  console.error('Building the dashboard page (once) …')
  const draft = newDraft(join(root, 'node_modules', '.cache', 'lanekeeper-page'))
  const vite = [
    'node_modules/vite/bin/vite.js',
    'build',
    'web',
    '--outDir',
    draft,
    '--emptyOutDir',
    '--logLevel',
    'warn',
  ]
  const failure = await runHelper(node, vite, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (failure === null) {
    rmSync(dist, { recursive: true, force: true })
    renameSync(draft, dist)
  } else {
    rmSync(draft, { recursive: true, force: true })
    console.error(`The page could not be built (${failure}); the API and everything else work without it.`)
  }
}

/** A folder of our own; those of builds that were killed are removed. */
const newDraft = parent => {
  mkdirSync(parent, { recursive: true })
  for (const name of readdirSync(parent))
    if (!isAlive(Number.parseInt(name, 10))) rmSync(join(parent, name), { recursive: true, force: true })
  return mkdtempSync(join(parent, `${process.pid}-`))
}

const newest = root => Math.max(...sources.map(name => newestIn(join(root, name))))

const newestIn = path => {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).reduce(
    (latest, name) => Math.max(latest, statSync(join(path, name)).mtimeMs),
    mtimeMs,
  )
}
