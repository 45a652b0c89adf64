#!/usr/bin/env node
// The whole test suite with one command: compile, lint, build the page, then every test under the project's own Node.
// `npm test -- --fast` leaves out what needs brokers or a browser. Other arguments name test files to run alone.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepare } from './prepare.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)
const fast = args.includes('--fast')
const named = args.filter(argument => !argument.startsWith('--'))
const node = await prepare()

const run = (title, command, parameters) => {
  const begin = Date.now()
  const { status, signal } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    console.error(`\n${title}: failed (${signal ?? `exit ${status}`})`)
    process.exit(status ?? 1)
  }
  console.error(`${title}: ${((Date.now() - begin) / 1000).toFixed(1)} s`)
}

const binary = name => join(root, 'node_modules', '.bin', name)
const files = (folder, pattern) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => pattern.test(name) && !/tidy-fixtures|node_modules|dist[/\\]/.test(name))
    .map(name => join(folder, name))
    .sort()

if (named.length === 0) {
  run('core compiles without Node and DOM', binary('tsc'), ['-p', 'tsconfig.core.json'])
  run('project compiles', binary('tsc'), ['-p', 'tsconfig.json'])
  run('page compiles', binary('tsc'), ['-p', 'tsconfig.web.json'])
  run('lint', binary('oxlint'), [
    '--type-aware',
    '--deny-warnings',
    'src',
    'web/src',
    'test',
    'scripts',
    'bin',
  ])
  run('format', binary('biome'), ['format', '.'])
  run('page builds', node, ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'])
}

const isTest = /\.(test|props)\.ts$/
const pure = [
  ...files('src', isTest),
  ...files('web/src', isTest),
  ...files('test/simulation', isTest),
  // judges and clocks that other tests trust
  ...files('test/support', isTest),
  'test/tidy.test.ts',
]
const outside = [
  ...files('test/contract', isTest),
  ...files('test/integration', isTest),
  ...files('test/e2e', isTest),
]
const tests = named.length > 0 ? named : fast ? pure : [...pure, ...outside]

const { status } = spawnSync(
  node,
  [
    '--test',
    // two cores: more files at once only make brokers and deadlines fight each other
    '--test-concurrency=2',
    // a file that leaves something running would hold the whole run, without a word
    '--test-timeout=600000',
    '--test-reporter=spec',
    ...(fast ? [] : ['--test-global-setup=test/support/global-setup.ts']),
    ...tests,
  ],
  { cwd: root, stdio: 'inherit' },
)
process.exit(status ?? 1)
