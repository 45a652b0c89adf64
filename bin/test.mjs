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
// What needs brokers or a browser mostly waits for them: there three files at once keep two cores busy, and two do not.
const suites = [
  { files: pure, concurrency: 2, cluster: false },
  { files: outside, concurrency: 3, cluster: true },
]
const chosen =
  named.length > 0 ? [{ files: named, concurrency: 2, cluster: !fast }] : fast ? suites.slice(0, 1) : suites

// all of them, also after a failure: one run tells everything that is wrong
const statuses = chosen.map(suite => {
  const { status } = spawnSync(
    node,
    [
      '--test',
      `--test-concurrency=${suite.concurrency}`,
      // a file that leaves something running would hold the whole run, without a word
      '--test-timeout=600000',
      '--test-reporter=spec',
      ...(suite.cluster ? ['--test-global-setup=test/support/global-setup.ts'] : []),
      ...suite.files,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  return status ?? 1
})
process.exit(Math.max(...statuses))
