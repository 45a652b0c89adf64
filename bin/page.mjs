// The dashboard's page, built when it is missing or older than its sources. Takes a second or two, once.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const sources = ['web/index.html', 'web/vite.config.ts', 'web/public', 'web/src', 'src/core', 'src/api']

/** Builds `web/dist` unless it is current. A page that cannot be built is said and left out: the program goes on. */
export const ensurePage = async (root, node) => {
  // an installed package ships the page without its sources
  if (!existsSync(join(root, 'web', 'src'))) return
  const built = join(root, 'web', 'dist', 'index.html')
  if (existsSync(built) && statSync(built).mtimeMs >= newest(root)) return
  console.error('Building the dashboard page (once) …')
  const status = await new Promise(resolve => {
    const child = spawn(node, ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.once('error', () => resolve(1))
    child.once('exit', code => resolve(code ?? 1))
  })
  if (status !== 0) console.error('The page could not be built; the API and everything else work without it.')
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
