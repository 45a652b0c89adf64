import { formatDuration } from '../../core/model/index.ts'
import type { HistorySpan } from '../../ports/history-file.ts'
import { maxOf, type TopicFacts } from './facts.ts'

/**
 * Pictures of a report as SVG, to stand inside Markdown or HTML. No scripts, no styles from elsewhere, colours that
 * read on white and on dark. Text from Kafka is escaped. Gaps stay gaps.
 */
export interface Curve {
  readonly name: string
  readonly values: readonly number[]
}

const WIDTH = 860
const LEFT = 64
const RIGHT = 12
const INNER = WIDTH - LEFT - RIGHT
const AXIS = 18
const COLOURS = ['#2a5bd7', '#b3541e', '#0f7b6c', '#8a3ffc', '#6b7280']

export const escapeText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    // characters that XML does not allow at all; a key may hold any byte
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '\ufffd')

const svg = (height: number, label: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeText(label)}" font-family="system-ui,sans-serif" font-size="11">${body}</svg>`

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end' = 'start'): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#6b7280">${escapeText(words)}</text>`

/** Day and minute only where the time spans more than one day. */
const timeLabel = (atMs: number, spanMs: number): string => {
  const iso = new Date(atMs).toISOString()
  return spanMs > 86_400_000 ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(11, 16)
}

const timeAxis = (fromMs: number, toMs: number, y: number): string =>
  [0, 0.25, 0.5, 0.75, 1]
    .map(part =>
      text(
        LEFT + part * INNER,
        y,
        timeLabel(fromMs + part * (toMs - fromMs), toMs - fromMs),
        part === 0 ? 'start' : part === 1 ? 'end' : 'middle',
      ),
    )
    .join('')

/** Curves over time from 0, at most five, named in a line above. */
export const curvesPicture = (
  label: string,
  curves: readonly Curve[],
  time: { readonly fromMs: number; readonly toMs: number },
  format: (value: number) => string,
): string => {
  const shown = curves.slice(0, COLOURS.length)
  const height = 150
  const top = 24
  const bottom = height - AXIS
  const max = Math.max(...shown.map(curve => maxOf(curve.values)).filter(value => !Number.isNaN(value)), 0)
  if (max === 0) return svg(40, label, text(LEFT, 24, 'Nothing moved in this time.'))
  const y = (value: number): number => bottom - (value / max) * (bottom - top)
  const grid = [0, 0.5, 1]
    .map(
      part =>
        `<path d="M${LEFT} ${y(part * max).toFixed(1)}h${INNER}" stroke="#d1d5db" stroke-width=".6"/>${text(LEFT - 6, y(part * max) + 4, part === 0 ? '0' : format(part * max), 'end')}`,
    )
    .join('')
  let x = LEFT
  const names = shown
    .map((curve, i) => {
      const at = x
      x += curve.name.length * 6 + 30
      return `<rect x="${at}" y="6" width="10" height="3" fill="${COLOURS[i]}"/>${text(at + 14, 11, curve.name)}`
    })
    .join('')
  const paths = shown
    .map(
      (curve, i) =>
        `<path d="${linePath(curve.values, y)}" fill="none" stroke="${COLOURS[i]}" stroke-width="1.5"/>`,
    )
    .join('')
  return svg(height, label, grid + names + paths + timeAxis(time.fromMs, time.toMs, height - 4))
}

/** Broken at gaps; a value alone between two gaps is a dot. */
const linePath = (values: readonly number[], y: (value: number) => number): string => {
  const step = INNER / Math.max(1, values.length)
  let path = ''
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return
    const alone = Number.isNaN(values[i - 1] ?? NaN) && Number.isNaN(values[i + 1] ?? NaN)
    const at = `${(LEFT + (i + 0.5) * step).toFixed(1)} ${y(value).toFixed(1)}`
    path += alone ? `M${at}h1` : `${Number.isNaN(values[i - 1] ?? NaN) ? 'M' : 'L'}${at}`
  })
  return path
}

/** Shades of how many times the topic's mean a partition took; cividis, darkest for most. */
const SHADES = ['#eef0e4', '#d9cf8a', '#a59c74', '#7c7b78', '#575d6d', '#2c3a63', '#00204d']
const SHADE_FROM = [0, 0.75, 1.25, 1.75, 2.5, 4, 8]
const ROWS_MAX = 60

/**
 * Time across, partition down, each cell the largest of its partitions. One path a shade: 12,000 rectangles would be a
 * megabyte. Unknown is left white with a line through it.
 */
export const rasterPicture = (
  topic: TopicFacts,
  time: { readonly fromMs: number; readonly toMs: number },
): string => {
  const { past, partitions } = topic
  const cells = Math.ceil(partitions / past.partitionsPerCell)
  const perRow = Math.ceil(cells / ROWS_MAX)
  const rows = Math.ceil(cells / perRow)
  const rowHeight = Math.max(2, Math.min(8, 180 / rows))
  const columnWidth = INNER / past.raster.length
  const mean = topic.recordsPerSecondMean / partitions
  const paths = SHADES.map(() => '')
  let unknown = ''
  past.raster.forEach((column, i) => {
    const x = (LEFT + i * columnWidth).toFixed(1)
    if (column === null) {
      unknown += `M${x} ${((rows * rowHeight) / 2).toFixed(1)}h${columnWidth.toFixed(1)}`
      return
    }
    for (let row = 0; row < rows; row++) {
      const value = maxOf(Array.from(column.subarray(row * perRow, (row + 1) * perRow)))
      if (Number.isNaN(value) || !(mean > 0)) continue
      const shade = SHADE_FROM.findLastIndex(from => value / mean >= from)
      paths[shade] +=
        `M${x} ${(row * rowHeight).toFixed(1)}h${(columnWidth + 0.3).toFixed(1)}v${rowHeight.toFixed(1)}h-${(columnWidth + 0.3).toFixed(1)}z`
    }
  })
  const height = rows * rowHeight
  const labels = [0, 0.5, 1]
    .map(part =>
      text(
        LEFT - 6,
        Math.max(9, Math.min(height, part * height + 4)),
        String(Math.min(partitions - 1, Math.round(part * partitions))),
        'end',
      ),
    )
    .join('')
  const body = paths.map((path, i) => (path === '' ? '' : `<path d="${path}" fill="${SHADES[i]}"/>`)).join('')
  return svg(
    height + AXIS,
    `Records per second of ${topic.name}: time across, partition down, darkest is eight times its share and more`,
    `${body}<path d="${unknown}" stroke="#9ca3af" stroke-dasharray="2 3"/>${labels}${timeAxis(time.fromMs, time.toMs, height + 13)}`,
  )
}

const TONES: Readonly<Record<string, string>> = {
  act: '#b5177d',
  critical: '#b5177d',
  warning: '#b3541e',
  info: '#2a5bd7',
}
const LANES_MAX = 24
const LANE_HEIGHT = 18

/** When what was open: one line a cause, its sentence above its bars. */
export const spansPicture = (
  label: string,
  lanes: readonly { readonly name: string; readonly spans: readonly HistorySpan[] }[],
  unseen: readonly HistorySpan[],
  time: { readonly fromMs: number; readonly toMs: number },
): string => {
  const shown = lanes.slice(0, LANES_MAX)
  const spanMs = time.toMs - time.fromMs
  const x = (atMs: number): number =>
    LEFT + (INNER * (Math.min(time.toMs, Math.max(time.fromMs, atMs)) - time.fromMs)) / spanMs
  const bar = (span: HistorySpan, y: number, height: number, fill: string, words: string): string => {
    const from = x(span.sinceMs)
    const width = Math.max(2, x(span.untilMs) - from)
    return `<rect x="${from.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="1.5" fill="${fill}"><title>${escapeText(words)}</title></rect>`
  }
  const height = shown.length * LANE_HEIGHT
  const gaps = unseen
    .map(span => bar(span, 0, Math.max(LANE_HEIGHT, height), '#e5e7eb', `no broker answered: ${span.detail}`))
    .join('')
  const body = shown
    .map(({ name, spans }, i) => {
      const y = i * LANE_HEIGHT
      const cut = name.length > 120 ? `${name.slice(0, 119)}…` : name
      return `<path d="M${LEFT} ${y + 15}h${INNER}" stroke="#e5e7eb"/>${spans
        .map(span =>
          bar(
            span,
            y + 12,
            5,
            TONES[span.severity] ?? '#6b7280',
            `${span.text} (${formatDuration(span.untilMs - span.sinceMs)})`,
          ),
        )
        .join('')}${text(LEFT, y + 10, cut)}`
    })
    .join('')
  return svg(height + AXIS, label, gaps + body + timeAxis(time.fromMs, time.toMs, height + 13))
}
