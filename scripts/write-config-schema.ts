/**
 * Writes the JSON Schema of `lanekeeper.yaml` for editors. Run it after a change in src/config; a test fails while the
 * file is not current.
 */
import { writeFileSync } from 'node:fs'
import { configSchemaText } from '../src/config/file-schema.ts'

writeFileSync(new URL('../schema/lanekeeper.schema.json', import.meta.url), configSchemaText())
