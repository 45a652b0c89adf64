import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/**
 * The house rules that no compiler knows, checked on the text of the sources: who may import whom, that core is pure,
 * that no folder hides behind a barrel, that no test is switched off. Reads files only; knows nothing of this project
 * beyond the table below, so that its own test can run it on small known-bad trees.
 */
export interface Violation {
  readonly rule: Rule
  readonly file: string
  readonly line: number
  readonly text: string
}

export type Rule =
  | 'import-table'
  | 'package-table'
  | 'pure-core'
  | 'barrel'
  | 'extension'
  | 'test-switched-off'
  | 'file-too-long'

/**
 * From a place (longest matching prefix wins) to the places it may import. A place may always import itself.
 * Why stages of core do not import each other: docs/decisions/0002-import-table.md.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/core/model': [],
  'src/core/records': ['src/core/model'],
  'src/core/sketch': ['src/core/model'],
  'src/core/routing': ['src/core/model', 'src/core/sketch'],
  'src/core/plan': ['src/core/model'],
  'src/core/sizing': ['src/core/model', 'src/core/routing', 'src/core/plan'],
  'src/core/topics': ['src/core/model', 'src/core/routing', 'src/core/plan'],
  'src/core/placement': ['src/core/model', 'src/core/routing', 'src/core/plan'],
  'src/core/groups': ['src/core/model', 'src/core/routing', 'src/core/plan'],
  'src/core/migration': ['src/core/model', 'src/core/routing', 'src/core/plan'],
  'src/core/health': ['src/core/model', 'src/core/sketch', 'src/core/routing', 'src/core/plan'],
  'src/core/alerts': ['src/core/model', 'src/core/health'],
  'src/core/advice': ['src/core'],
  'src/core/simulation': ['src/core'],
  'src/ports': ['src/core/model', 'src/core/plan'],
  'src/adapters': ['src/ports', 'src/core'],
  'src/producer': ['src/ports', 'src/core'],
  'src/consumer': ['src/ports', 'src/core'],
  'src/workload': ['src/ports', 'src/core'],
  'src/runtime': ['src/core', 'src/ports', 'src/producer', 'src/consumer', 'src/api'],
  'src/exercises': ['src/core', 'src/ports', 'src/producer', 'src/consumer', 'src/runtime'],
  'src/api': ['src/core/model'],
  'src/config': ['src/core/model', 'src/core/alerts'],
  'src/server': [
    'src/api',
    'src/config',
    'src/runtime',
    'src/workload',
    'src/producer',
    'src/consumer',
    'src/core',
    'src/ports',
  ],
  'src/cli': [
    'src/api',
    'src/config',
    'src/runtime',
    'src/exercises',
    'src/server',
    'src/workload',
    'src/producer',
    'src/consumer',
    'src/core',
    'src/ports',
  ],
  'src/main.ts': ['src'],
  // a thread's program, joined like main.ts
  'src/past-worker.ts': ['src'],
  'src/package': ['src'],
  'web/src': ['src/core', 'src/api'],
}

/** Packages with one home: the only places that may import them. Node's own modules count as `node:`. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  'node:': [
    'src/adapters',
    'src/runtime',
    'src/server',
    'src/cli',
    'src/main.ts',
    'src/past-worker.ts',
    'src/package',
    'bench',
    'scripts',
    'web/vite.config.ts',
  ],
  // benches run the peers beside us
  '@platformatic/kafka': ['src/adapters/kafka', 'src/adapters/codecs', 'bench'],
  '@node-rs/crc32': ['src/adapters/codecs'],
  fastify: ['src/server'],
  jose: ['src/server/oidc'],
  commander: ['src/cli', 'src/main.ts'],
  yaml: ['src/config', 'src/adapters/files', 'src/cli'],
  zod: ['src/api', 'src/config', 'src/server'],
  react: ['web/src'],
  uplot: ['web/src'],
}

/** A file that passes this is several ideas; split it. The number is generous on purpose. */
const LINES_MAX = 600

const impure =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.(?:env|exit|argv|cwd|hrtime|nextTick|std\w+|pid|on|memoryUsage)\b|globalThis\.|console\.|setTimeout|setInterval|setImmediate|queueMicrotask)\b/
const switchedOff = /\b(?:it|test|describe)\.(?:only|skip|todo)\b|\b(?:only|todo|skip): *true\b/

export const checkTree = (root: string): Violation[] => {
  const found: Violation[] = []
  for (const file of sourceFiles(root)) {
    const path = relative(root, file).split(sep).join('/')
    const lines = readFileSync(file, 'utf8').split('\n')
    const isTest = /\.(test|props|bench)\.tsx?$/.test(path) || path.startsWith('test/')
    const report = (rule: Rule, line: number): void => {
      found.push({ rule, file: path, line: line + 1, text: (lines[line] ?? '').trim() })
    }
    if (!path.startsWith('test/') && lines.length > LINES_MAX) report('file-too-long', LINES_MAX)
    lines.forEach((text, index) => {
      if (isTest && switchedOff.test(text)) report('test-switched-off', index)
      if (isTest) return
      if (path.startsWith('src/core/') && impure.test(withoutComment(text))) report('pure-core', index)
      if (text.startsWith('export * from') && !/^src\/core\/[a-z]+\/index\.ts$/.test(path))
        report('barrel', index)
      const target = importTarget(text)
      if (target === null) return
      if (target.startsWith('.')) {
        if (!/\.(ts|tsx|css|json|woff2)$/.test(target)) report('extension', index)
        const imported = relative(root, resolve(dirname(file), target))
          .split(sep)
          .join('/')
        if (!importAllowed(path, imported)) report('import-table', index)
      } else if (!packageAllowed(path, target)) report('package-table', index)
    })
  }
  return found
}

export const printViolations = (violations: readonly Violation[]): string =>
  violations.map(each => `${each.file}:${each.line}: ${each.rule}: ${each.text}`).join('\n')

const importTarget = (line: string): string | null =>
  /^(?:import|export)\b.*?\bfrom '([^']+)'/.exec(line)?.[1] ??
  /^} from '([^']+)'/.exec(line)?.[1] ??
  /^import '([^']+)'/.exec(line)?.[1] ??
  /\bimport\('([^']+)'\)/.exec(line)?.[1] ??
  null

const importAllowed = (from: string, to: string): boolean => {
  const place = longestPrefix(from, Object.keys(mayImport))
  if (place === null) return true
  if (isInside(to, place)) {
    // one adapter never imports another: they meet in main.ts
    if (place !== 'src/adapters') return true
    return secondFolder(from) === secondFolder(to)
  }
  return (mayImport[place] ?? []).some(allowed => isInside(to, allowed))
}

const packageAllowed = (from: string, name: string): boolean => {
  const owner = Object.keys(packageHomes).find(each =>
    each.endsWith(':') ? name.startsWith(each) : name === each || name.startsWith(`${each}/`),
  )
  if (owner === undefined) return !from.startsWith('src/core/')
  return (packageHomes[owner] ?? []).some(home => isInside(from, home))
}

const isInside = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

const secondFolder = (path: string): string => path.split('/').slice(0, 3).join('/')

const longestPrefix = (path: string, places: readonly string[]): string | null =>
  places.filter(place => isInside(path, place)).toSorted((a, b) => b.length - a.length)[0] ?? null

const withoutComment = (line: string): string =>
  /^\s*(\*|\/\/|\/\*)/.test(line) ? '' : line.replace(/\/\/.*$/, '')

const sourceFiles = (root: string): string[] => {
  const files: string[] = []
  for (const top of ['src', 'web/src', 'test', 'scripts', 'bench']) {
    const folder = join(root, top)
    let entries: string[]
    try {
      entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    } catch {
      continue // a fixture tree has only some of the folders
    }
    for (const entry of entries) {
      if (/\.tsx?$/.test(entry) && !/tidy-fixtures|node_modules|dist[/\\]/.test(join(top, entry)))
        files.push(join(folder, entry))
    }
  }
  return files.toSorted()
}
