/**
 * Writes the JSON Schemas of `lanekeeper.yaml` and `workload.yaml` for editors. Run it after a change in src/config; a test fails while the
 * file is not current.
 */
import { writeFileSync } from 'node:fs'
import { configSchemaText } from '../src/config/file-schema.ts'
import { workloadSchemaText } from '../src/config/workload-schema.ts'

writeFileSync(new URL('../schema/lanekeeper.schema.json', import.meta.url), configSchemaText())
writeFileSync(new URL('../schema/workload.schema.json', import.meta.url), workloadSchemaText())
