import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsDocument } from './errors-document.ts'
import { healthRulesDocument } from './health-rules-document.ts'
import { scenarioDocuments } from './scenario-documents.ts'

/**
 * Writes the documents that follow from the sources (`npm run docs`). That each of them is current is tested beside it.
 */
const docs = join(import.meta.dirname, '..', 'docs')
const documents = new Map([
  ['errors.md', errorsDocument()],
  ['health-rules.md', healthRulesDocument()],
  ...[...scenarioDocuments()].map(([name, text]) => [join('scenarios', name), text] as const),
])
for (const [name, text] of documents) writeFileSync(join(docs, name), text)
