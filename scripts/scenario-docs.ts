import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scenarioDocuments } from './scenario-documents.ts'

/**
 * Writes docs/scenarios/*.md from the workloads of the examples.
 *
 *     node scripts/scenario-docs.ts
 */
for (const [name, text] of scenarioDocuments())
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'scenarios', name), text)
