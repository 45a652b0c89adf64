import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { healthRulesDocument } from './health-rules-document.ts'

/**
 * Writes docs/health-rules.md from the tables of the health stage, or checks that it is current.
 *
 *     node scripts/health-rules-doc.ts [--check]
 */
const file = join(import.meta.dirname, '..', 'docs', 'health-rules.md')

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== healthRulesDocument()) {
    console.error('docs/health-rules.md is not what the tables say. Run: node scripts/health-rules-doc.ts')
    process.exitCode = 3
  }
} else writeFileSync(file, healthRulesDocument())
