#!/usr/bin/env node
// Runs a script of this project under its own Node 24: `node bin/with-node24.mjs scripts/docs.ts`.
import { spawnSync } from 'node:child_process'
import { prepare } from './prepare.mjs'

const node = await prepare()
process.exit(spawnSync(node, process.argv.slice(2), { stdio: 'inherit' }).status ?? 1)
