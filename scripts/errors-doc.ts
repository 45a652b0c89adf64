import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsDocument } from './errors-document.ts'

/**
 * Writes docs/errors.md from the error registry, or checks that it is current.
 *
 *     node scripts/errors-doc.ts [--check]
 */
const file = join(import.meta.dirname, '..', 'docs', 'errors.md')

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== errorsDocument()) {
    console.error('docs/errors.md is not what the registry says. Run: node scripts/errors-doc.ts')
    process.exitCode = 3
  }
} else writeFileSync(file, errorsDocument())
