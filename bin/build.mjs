#!/usr/bin/env node
// Compiles `src` to `dist` for the published package: Node strips no types below node_modules, so that what is installed
// must be JavaScript. In the project itself nothing runs from `dist`.
import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepare } from './prepare.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = await prepare(root)

// what was deleted from the sources must not live on in the package
rmSync(join(root, 'dist'), { recursive: true, force: true })
const { status } = spawnSync(
  node,
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
  { cwd: root, stdio: 'inherit' },
)
if (status !== 0) process.exit(status ?? 1)

// files that the sources read beside themselves
for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }))
  if (/\.(xml|json|wasm)$/.test(name)) copyFileSync(join(root, 'src', name), join(root, 'dist', name))
