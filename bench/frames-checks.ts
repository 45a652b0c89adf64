/**
 * Was painted what is known? Points of a picture are pointed at with the mouse; what the tooltip names there is looked
 * up in the API, and the pixel below must have the colour that its figure has on the scale, worked out here from the
 * style sheet's stops. Throws where it has not.
 */
import type { Page } from 'playwright-core'
import type { History, Tick } from '../src/api/contract.ts'

type Rgb = readonly [number, number, number]

interface Seen {
  readonly title: string
  /** Rows of the tooltip by their term. */
  readonly words: ReadonlyMap<string, string>
  readonly pixel: Rgb
}

const LEVELS = 128
const POINTS_ACROSS = 9
const POINTS_DOWN = 6
/** Marks and the ring around what is picked cover some points. */
const COVERED_MAX = 0.2
/** Between blocks nothing is told, however long one waits. */
const TOOLTIP_MS = 700

/** The figures of a tick, of a partition as the tooltip names it: its share of the topic's mean. */
const shareNow = (tick: Tick, name: string): number => {
  const [, topic, partition] = /^(.+)-(\d+)$/.exec(name) ?? []
  const rates = tick.columns.find(columns => columns.topic === topic)?.recordsPerSecond ?? []
  const known = rates.filter(rate => rate !== null)
  return (
    (rates[Number(partition)] ?? Number.NaN) / (known.reduce((sum, rate) => sum + rate, 0) / known.length)
  )
}

/** Mean of a tick's rates moves between the tick that is shown and the one that is asked for. */
const LEVELS_OFF_NOW = 3
const LEVELS_OFF_PAST = 1

export const checkMap = async (page: Page, ask: () => Promise<Tick>): Promise<number> => {
  const tick = await ask()
  return checkPoints(page, 'canvas[role=grid]', LEVELS_OFF_NOW, ({ title }) => levelOf(shareNow(tick, title)))
}

/** A map of the past against the raster that it is a step of. */
export const checkPast = async (page: Page, ask: () => Promise<History>): Promise<number> => {
  const history = await ask()
  return checkPoints(page, 'canvas[role=grid]', LEVELS_OFF_PAST, ({ title, words }) => {
    const row = history.raster[stepOf(history, words.get('At'))]
    if (row === null || row === undefined) throw new Error(`${title}: the API knows no ${words.get('At')}`)
    const known = row.filter(value => value !== null)
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length
    const partition = Number(/-(\d+)$/.exec(title)?.[1])
    return levelOf((row[Math.floor(partition / history.partitionsPerCell)] ?? Number.NaN) / mean)
  })
}

/** What is not known has the colours of "no data"; of what is, a step's ordinary cell those of the ordinary. */
export const checkRaster = async (page: Page, ask: () => Promise<History>): Promise<number> => {
  const history = await ask()
  const scale = await scaleOf(page)
  const points = await pointsOf(page, '.raster canvas')
  let checked = 0
  for (const point of points) {
    const { words, title, pixel } = await look(page, '.raster canvas', point)
    const row = history.raster[stepOf(history, words.get('At'))]
    const unseen = words.get('Largest in') === 'not seen'
    if (row === undefined) continue
    if (unseen !== (row === null || row[cellOf(history, title)] === null)) continue
    const isGround = [scale.none, scale.hatch].some(colour => same(colour, pixel))
    if (unseen !== isGround) throw new Error(`${title} at ${words.get('At')}: painted ${pixel.join(' ')}`)
    checked++
  }
  return enough(checked, points.length)
}

const cellOf = (history: History, title: string): number =>
  Math.floor(Number(/-(\d+)(?: to \d+)?$/.exec(title)?.[1]) / history.partitionsPerCell)

/** The step that begins at this time of day, as tooltips tell it. */
const stepOf = (history: History, clock: string | undefined): number =>
  history.at.findIndex(at => clock !== undefined && at.slice(11, 19) === clock.slice(0, 8))

/** A half to eight times the mean, by doublings. */
const levelOf = (share: number): number =>
  Math.round(Math.min(1, Math.max(0, (Math.log2(Math.max(share, 0.5)) + 1) / 4)) * (LEVELS - 1))

const checkPoints = async (
  page: Page,
  canvas: string,
  levelsOff: number,
  wantedOf: (seen: Seen) => number,
): Promise<number> => {
  const { ramp } = await scaleOf(page)
  const points = await pointsOf(page, canvas)
  let checked = 0
  for (const point of points) {
    const seen = await look(page, canvas, point)
    const level = ramp.findIndex(colour => same(colour, seen.pixel))
    // between blocks, or under a mark
    if (seen.title === '' || level < 0) continue
    const wanted = wantedOf(seen)
    const nearby = ramp.slice(Math.max(0, wanted - levelsOff), wanted + levelsOff + 1)
    if (!nearby.some(colour => same(colour, seen.pixel)))
      throw new Error(`${seen.title}: painted in level ${level}, and ${wanted} is right`)
    checked++
  }
  return enough(checked, points.length)
}

const enough = (checked: number, points: number): number => {
  if (checked < points * (1 - COVERED_MAX)) throw new Error(`${checked} of ${points} points could be checked`)
  return checked
}

const same = (a: Rgb, b: Rgb): boolean => a.every((channel, index) => channel === b[index])

/** Points with something to tell, in the canvas' own pixels, spread over it. */
const pointsOf = async (page: Page, canvas: string): Promise<readonly { x: number; y: number }[]> => {
  await page.locator(canvas).first().scrollIntoViewIfNeeded()
  const box = await page.locator(canvas).first().boundingBox()
  if (box === null) throw new Error(`no ${canvas}`)
  const points = Array.from({ length: POINTS_ACROSS * POINTS_DOWN }, (_, index) => ({
    x: Math.floor(44 + ((box.width - 160) * ((index % POINTS_ACROSS) + 0.37)) / POINTS_ACROSS),
    y: Math.floor(30 + ((box.height - 70) * (Math.floor(index / POINTS_ACROSS) + 0.41)) / POINTS_DOWN),
  }))
  const telling: { x: number; y: number }[] = []
  for (const point of points) if ((await look(page, canvas, point)).title !== '') telling.push(point)
  if (telling.length < points.length / 3)
    throw new Error(`${telling.length} of ${points.length} points tell something`)
  return telling
}

/** Points there with the mouse, and reads tooltip and pixel at one moment. */
const look = async (page: Page, canvas: string, { x, y }: { x: number; y: number }): Promise<Seen> => {
  const box = await page.locator(canvas).first().boundingBox()
  if (box === null) throw new Error(`no ${canvas}`)
  // in and away first: what shows afterwards is of this point, and not of a hand that no mouse moved
  await page.mouse.move(box.x + x, box.y + y)
  await page.mouse.move(box.x + x, box.y - 1)
  await page.locator('.tip:not([hidden])').waitFor({ state: 'detached' })
  await page.mouse.move(box.x + x, box.y + y)
  await page
    .locator('.tip:not([hidden])')
    .waitFor({ timeout: TOOLTIP_MS })
    .catch(() => undefined)
  const [title, words, pixel] = await page.evaluate<
    readonly [string, readonly (readonly [string, string])[], Rgb]
  >(`(() => {
    const tip = document.querySelector('.tip:not([hidden])')
    const canvas = document.querySelector(${JSON.stringify(canvas)})
    return [
      tip?.querySelector('b').textContent ?? '',
      [...(tip?.querySelectorAll('dl > div') ?? [])].map(row => [...row.children].map(each => each.textContent)),
      [...canvas.getContext('2d').getImageData(${x}, ${y}, 1, 1).data].slice(0, 3),
    ]
  })()`)
  return { title, words: new Map(words), pixel }
}

/** The scale's colours by level, from the style sheet. */
const scaleOf = async (
  page: Page,
): Promise<{ readonly ramp: readonly Rgb[]; readonly none: Rgb; readonly hatch: Rgb }> => {
  const tokens = await page.evaluate<readonly string[]>(`(() => {
    const style = getComputedStyle(document.documentElement)
    const names = [...Array.from({ length: 11 }, (_, stop) => 'seq-' + stop), 'cell-none', 'cell-hatch']
    return names.map(name => style.getPropertyValue('--' + name).trim())
  })()`)
  const colours = tokens.map((hex): Rgb => {
    const digits = hex.length === 4 ? hex.slice(1).replaceAll(/./g, '$&$&') : hex.slice(1)
    const value = Number.parseInt(digits, 16)
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
  })
  const stops = colours.slice(0, 11)
  const between = (level: number): Rgb => {
    const place = (level / (LEVELS - 1)) * 10
    const stop = Math.min(9, Math.floor(place))
    const [from, to] = [stops[stop] as Rgb, stops[stop + 1] as Rgb]
    const mixed = from.map((channel, index) =>
      Math.round(channel + ((to[index] ?? 0) - channel) * (place - stop)),
    )
    return mixed as unknown as Rgb
  }
  return {
    ramp: Array.from({ length: LEVELS }, (_, level) => between(level)),
    none: colours[11] as Rgb,
    hatch: colours[12] as Rgb,
  }
}
