import { formatShare, formatTimes } from '../../core/model/index.ts'
import { skewOf } from '../../core/routing/index.ts'
import type { SimulatedColumn } from './columns.ts'

/**
 * The comparison as one SVG: a row of bars for each column, all on the same scale (load ÷ mean), so that rows can be
 * compared by eye. A line marks the mean. Bars above `CUT` times the mean are cut there and orange: drawn in full, one
 * hot lane would press all others flat. Readable without colour; the figures are in the text of each row.
 */
const WIDTH = 960
const ROW = 92
const BARS = 48
const LEFT = 16
const CUT = 4
/** More bars than this are narrower than a pixel: neighbours share one, and the highest of them is drawn. */
const BARS_MAX = WIDTH - 2 * LEFT

export const pictureOf = (title: string, columns: readonly SimulatedColumn[]): string => {
  const rows = columns.map(column => ({ column, skew: skewOf(column.tally.loads) }))
  const highest = Math.max(1, ...rows.map(({ skew }) => skew.maxOverMean).filter(Number.isFinite))
  const top = Math.min(CUT, highest)
  const note = highest > CUT ? ` (bars are cut at ${CUT} times the mean)` : ''
  const height = 40 + rows.length * ROW
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-weight="600">${escaped(title + note)}</text>`,
    ...rows.map(({ column, skew }, index) => rowOf(column, skew, top, 40 + index * ROW)),
    '</svg>\n',
  ].join('\n')
}

const rowOf = (
  { label, convention, tally }: SimulatedColumn,
  skew: ReturnType<typeof skewOf>,
  top: number,
  y: number,
): string => {
  const { loads } = tally
  const bars = Math.min(BARS_MAX, loads.length)
  const width = BARS_MAX / bars
  const highest = new Float64Array(bars)
  loads.forEach((load, lane) => {
    const bar = Math.floor((lane * bars) / loads.length)
    highest[bar] = Math.max(highest[bar] as number, load)
  })
  const base = y + 28 + BARS
  // one path for all bars of a kind: a thousand elements make viewers slow
  const pathOf = (isCut: boolean): string =>
    Array.from(highest, (load, bar) => {
      const size = Math.min(1, load / skew.mean / top) * BARS
      if (load / skew.mean > top === isCut)
        return `M${(LEFT + bar * width).toFixed(2)} ${base}v${(-size).toFixed(2)}h${Math.max(0.5, width * 0.85).toFixed(2)}v${size.toFixed(2)}z`
      return ''
    }).join('')
  const mean = (base - BARS / top).toFixed(2)
  const text = `${label} (${convention}), ${loads.length} lanes: max ÷ mean ${formatTimes(skew.maxOverMean)}, hottest lane ${skew.maxLane} with ${formatShare(skew.topShare)}`
  return [
    `<text x="${LEFT}" y="${y + 18}">${escaped(text)}</text>`,
    `<path d="${pathOf(false)}" fill="#00537a"/>`,
    `<path d="${pathOf(true)}" fill="#b35900"/>`,
    `<path d="M${LEFT} ${mean}h${BARS_MAX}" stroke="#b35900" stroke-dasharray="4 3"/>`,
  ].join('\n')
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
