/** Saves what the page shows: its figures as CSV or JSON, its pictures as PNG or SVG. Nothing leaves the browser. */
import type { GroupView } from '../../../src/api/contract.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { exportTable, fileName, toCsv, toJson } from '../model/export.ts'
import { type Page, titleOf } from '../model/route.ts'
import type { Picture } from './pictures.tsx'
import type { Palette } from './theme.ts'

export const saveFigures = async (kind: 'csv' | 'json', page: Page, tick: Tick): Promise<void> => {
  const table = exportTable(page, tick, page.name === 'group' ? await groupOf(page.group) : undefined)
  if (table === undefined) return
  const text = kind === 'csv' ? toCsv(table) : toJson(table, tick.at, location.pathname + location.search)
  const type = kind === 'csv' ? 'text/csv;charset=utf-8' : 'application/json'
  save(new Blob([text], { type }), fileName(table.name, tick.at, kind))
}

/** Members are not in the tick; without an answer there are no rows, which the file shows. */
const groupOf = async (group: string): Promise<GroupView | undefined> => {
  const answer = await fetch(`/api/v1/groups/${encodeURIComponent(group)}`).catch(() => undefined)
  return answer?.ok === true ? ((await answer.json()) as GroupView) : undefined
}

export const savePicture = (
  kind: 'png' | 'svg',
  picture: Picture,
  page: Page,
  at: string,
  palette: Palette,
): void => {
  const name = fileName(`${titleOf(page)} ${picture.title}`, at, kind)
  if (kind === 'svg') {
    if (picture.svg !== undefined) save(new Blob([picture.svg()], { type: 'image/svg+xml' }), name)
    return
  }
  const canvas = picture.canvas()
  if (canvas === null) return
  framed(canvas, picture.title, palette).toBlob(blob => {
    if (blob !== null) save(blob, name)
  }, 'image/png')
}

const MARGIN = 16
const HEAD = 28

/** On the page the canvas stands on a panel under a heading; alone it needs both. */
const framed = (canvas: HTMLCanvasElement, title: string, palette: Palette): HTMLCanvasElement => {
  const ratio = canvas.width / Math.max(1, canvas.clientWidth)
  const target = document.createElement('canvas')
  target.width = canvas.width + 2 * MARGIN * ratio
  target.height = canvas.height + (2 * MARGIN + HEAD) * ratio
  const context = target.getContext('2d')
  if (context === null) return canvas
  context.fillStyle = palette.surface
  context.fillRect(0, 0, target.width, target.height)
  context.fillStyle = palette.text
  context.font = `600 ${13 * ratio}px 'Inter Variable', system-ui, sans-serif`
  context.fillText(title, MARGIN * ratio, (MARGIN + 12) * ratio)
  context.drawImage(canvas, MARGIN * ratio, (MARGIN + HEAD) * ratio)
  return target
}

const save = (blob: Blob, name: string): void => {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // the browser has begun the download by then; without this the bytes stay as long as the page
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
