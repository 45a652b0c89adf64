/** Writes `grafana/lanekeeper.json`: `node scripts/grafana-dashboard.ts`. A test holds the file to this. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { grafanaDashboardText } from './grafana-panels.ts'

writeFileSync(join(import.meta.dirname, '..', 'grafana', 'lanekeeper.json'), grafanaDashboardText())
