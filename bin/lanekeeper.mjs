#!/usr/bin/env node
// The launcher: makes sure that packages and Node 24 are there, then runs the program under it and steps aside. In the
// project that is src/main.ts; an installed package carries it compiled, since Node strips no types below node_modules.
//
// Two processes must look like one. The rules:
// - A Ctrl-C of the terminal goes to every process of the foreground group, so the child has it already, and npm sends
//   launchers a second copy. Sending copies on with kill() would look to the child like an impatient second Ctrl-C.
//   Signals therefore travel as messages, and the child (src/cli/parent.ts) ignores what it has got by itself.
// - The launcher never ends before the child; it ends with the child's exit code or signal.
// - When the launcher is killed hard, its end of the channel closes, and the child ends by itself. When npm above it is
//   killed hard, nothing closes, and npm's shell lives on: so npm is looked for again and again.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endBy } from './helper.mjs'
import { ensurePage } from './page.mjs'
import { prepare } from './prepare.mjs'
import { isAlive, npmAbove } from './processes.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)

// the only verb that takes seconds before its first line: show at once that the key press arrived
if (args[0] === 'up' && !args.includes('--json') && !args.includes('--help'))
  console.error('Lanekeeper is starting …')

// looked up first and watched from now on: an install takes minutes, and npm may be gone before there is a program
let child = null
const npm = await npmAbove()
if (npm !== null)
  setInterval(() => {
    if (isAlive(npm)) return
    if (child === null) process.kill(process.pid, 'SIGTERM')
    else if (child.connected) child.disconnect()
  }, 500).unref()

const node = await prepare(root)
if (args[0] === 'up' || args[0] === 'serve') await ensurePage(root, node)

const source = join(root, 'src', 'main.ts')
const program = existsSync(source) ? source : join(root, 'dist', 'main.js')

// What to type to call the program again. A clone puts nothing on the path, so there it is npx, as it is for whoever used
// npm to get here; a link on the path (npm install -g, npm link) is called by its name.
const isLink = basename(process.argv[1] ?? '') === 'lanekeeper'
const calledAs =
  process.env.npm_command !== undefined || (!isLink && program === source) ? 'npx lanekeeper' : 'lanekeeper'

// Whoever watches has little to do between looks. V8 takes that for idleness: it collects all garbage and makes its young
// generation small, only to need the room again with the next look, and again and again. That was up to a third of all CPU
// of `serve`, and saved a hundred megabytes.
const v8Flags = ['--no-memory-reducer']

child = spawn(node, [...v8Flags, program, ...args], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: {
    LANEKEEPER_CALLED_AS: calledAs,
    // compiled sources are kept, which takes a third off the start
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'lanekeeper'),
    ...process.env,
  },
})

// SIGHUP keeps its default, so that `nohup` keeps its meaning; the child then learns it from the closed channel
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    // a message that meets a child just ending is not worth a word
    if (child.connected) child.send({ signal }, () => {})
  })

child.once('error', error => {
  console.error(`${node} cannot be started: ${error.message}`)
  process.exit(1)
})

child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  void endBy(signal)
})
