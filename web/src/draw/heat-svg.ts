/**
 * The heat map as an SVG document: the same layout, colours and marks as on the canvas, as shapes that print at any
 * size. One path a colour, so that 1,500 cells are some 40 elements.
 */
import type { Palette } from '../data/theme.ts'
import { HAS_FINDING, LEADERLESS, OUTLIER } from '../model/cells.ts'
import { cellBox } from '../model/grid-layout.ts'
import { NO_LEVEL } from '../model/ramp.ts'
import type { HeatPicture } from './heat.ts'

const FONT = 'Inter, system-ui, sans-serif'

export const heatSvg = (picture: Omit<HeatPicture, 'picked'>, title: string, palette: Palette): string => {
  const { layout, cells, labels, notes } = picture
  const head = 28
  const paths = new Map<string, string[]>()
  const marks: string[] = []
  for (const placed of layout.blocks)
    for (const cell of placed.block.cells) {
      const box = cellBox(layout, cell)
      if (box === undefined) continue
      const side = round(box.side)
      const level = cells.level[cell] ?? NO_LEVEL
      const colour = palette.ramp.css[level] ?? palette.cellNone
      const path = paths.get(colour) ?? []
      paths.set(colour, path)
      path.push(`M${round(box.x)} ${round(box.y)}h${side}v${side}h-${side}z`)
      const flags = cells.flags[cell] ?? 0
      const stroke =
        (flags & HAS_FINDING) !== 0
          ? palette.crit
          : (flags & (OUTLIER | LEADERLESS)) !== 0
            ? palette.text
            : undefined
      if (stroke !== undefined)
        marks.push(
          `<rect x="${round(box.x - 1.5)}" y="${round(box.y - 1.5)}" width="${round(box.side + 3)}" height="${round(box.side + 3)}" rx="2.5" fill="none" stroke="${stroke}" stroke-width="1.8"/>`,
        )
    }
  const texts = layout.blocks.flatMap(placed => {
    const headed = placed.strip || placed.cellsY - placed.y > 10
    const y = placed.strip ? placed.y + placed.pitch / 2 : placed.y + 9
    const note = placed.strip ? String(placed.block.cells.length) : (notes.get(placed.block.key) ?? '')
    const name = headed
      ? [
          `<text x="${round(placed.x)}" y="${round(y + 4)}" font-size="12.5" font-weight="600" fill="${palette.text}">${escaped(placed.block.label)}<tspan dx="8" font-weight="400" fill="${palette.text3}">${escaped(note)}</tspan></text>`,
        ]
      : []
    const rows =
      placed.labelEvery === 0
        ? []
        : Array.from(
            { length: Math.ceil(placed.rows / placed.labelEvery) },
            (_, index) =>
              `<text x="${round(placed.cellsX - 8)}" y="${round(placed.cellsY + (index * placed.labelEvery + 0.5) * placed.pitch + 3)}" font-size="10.5" text-anchor="end" fill="${palette.text3}">${index * placed.labelEvery * placed.columns}</text>`,
          )
    return [...name, ...rows]
  })
  const names = labels.map(
    label =>
      `<text x="${round(label.x + 13)}" y="${round(label.y - 2)}" font-size="11" font-weight="600" fill="${label.finding ? palette.crit : palette.text}">${escaped(label.text)}<tspan x="${round(label.x + 13)}" dy="12" font-weight="500">${escaped(label.sub)}</tspan></text>`,
  )
  const fills = [...paths].map(([colour, path]) => `<path fill="${colour}" d="${path.join('')}"/>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(layout.width + 32)}" height="${round(layout.height + head + 32)}" font-family="${FONT}">`,
    `<rect width="100%" height="100%" fill="${palette.surface}"/>`,
    `<text x="16" y="28" font-size="13" font-weight="600" fill="${palette.text}">${escaped(title)}</text>`,
    `<g transform="translate(16 ${16 + head})">`,
    ...fills,
    ...marks,
    ...texts,
    ...names,
    '</g></svg>\n',
  ].join('\n')
}

const round = (value: number): number => Math.round(value * 100) / 100

/** Names come out of Kafka and may hold anything. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
