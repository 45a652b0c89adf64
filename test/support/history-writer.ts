/**
 * Writes one row after the other to the history file it is given, and says on stdout after each that it is written,
 * until somebody kills it.
 */
import { openHistory } from '../../src/adapters/history/open.ts'

const [path = '', first = '0'] = process.argv.slice(2)
const file = openHistory(path)
if (file.path === null) throw new Error(file.notice ?? 'in memory')
const seriesId = file.seriesId({
  kind: 'topic',
  name: 'orders',
  identity: 'id',
  partitions: 500,
  partitionsPerCell: 1,
})
for (let step = Number(first); ; step++) {
  file.write({
    rows: [
      {
        tier: 0,
        seriesId,
        atMs: step * 1000,
        totals: Float64Array.of(step),
        cells: { recordsPerSecond: new Float32Array(500).fill(step), lagRecords: null },
      },
    ],
    spans: [
      {
        kind: 'finding',
        id: 'hot',
        sinceMs: 0,
        untilMs: step * 1000,
        severity: 'warning',
        text: 'hot',
        detail: '',
      },
    ],
  })
  process.stdout.write(`${step}\n`)
}
