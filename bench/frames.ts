import { join } from 'node:path'
import { build } from 'vite'
import type { Page } from 'playwright-core'
import type { Frames } from './frames-result.ts'
import { startLive } from '../src/runtime/live-state.ts'
import { createServer } from '../src/server/create-server.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { launchBrowser, openPage } from '../test/support/browser.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../test/support/scripted-cluster.ts'

/**
 * Frame times of the dashboard's pictures in a real browser, 16.7 ms being 60 frames a second.
 *
 * 1. Drawing: the page's own code draws a heat map whose every cell has a new value in every frame, and a whole raster
 *    in every frame. Time of our JavaScript, and the intervals between frames.
 * 2. The dashboard: 200,000 partitions in one topic, looked at once a second by the real observer and server over a
 *    scripted cluster, while the pointer moves over the map in every frame. Main thread and JavaScript by frame from
 *    the browser's trace; raster threads are in the intervals, since without a graphics card they share the processor.
 *
 * Every pixel of a drawing's last frame is compared with its value, and the dashboard's map must have about as many
 * pixels of the scale's colours as partitions; nothing is printed if not. Needs the build: `npm run build:page`.
 *
 *     node bench/frames.ts [partitions]
 */
const partitions = Number(process.argv[2] ?? 200_000)
const drawnFrames = 300
const dashboardSeconds = 10

const bundleDrawing = async (): Promise<string> => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: join(import.meta.dirname, '..', 'web', 'src', 'draw', 'frames.bench.ts'),
        formats: ['iife'],
        name: 'drawing',
      },
    },
  })
  const [output] = Array.isArray(result) ? result : [result]
  if (output === undefined || !('output' in output)) throw new Error('vite built nothing')
  return output.output[0].code
}

const measureDrawing = async (page: Page): Promise<void> => {
  // through the debugging protocol: no content policy in the way, and one global that the calls below find
  await page.evaluate(`${await bundleDrawing()}; globalThis.drawing = drawing`)
  const run = (call: string): Promise<Frames> => page.evaluate<Frames>(`drawing.${call}`)
  const rows = [
    ['heat map, 1,500 cells of 6 px', await run(`heatFrames(1500, 50, 6, ${drawnFrames})`)],
    ['heat map, 60,000 cells of 3 px', await run(`heatFrames(60000, 250, 3, ${drawnFrames})`)],
    ['heat map, 200,000 cells of 1 px', await run(`heatFrames(200000, 1000, 1, ${drawnFrames})`)],
    ['heat map, 200,000 cells of 2 px', await run(`heatFrames(200000, 1000, 2, ${drawnFrames})`)],
    ['raster, 720 × 768', await run(`rasterFrames(720, 768, ${drawnFrames})`)],
  ] as const
  for (const [name, { wrong, probed }] of rows)
    if (wrong > 0) throw new Error(`${name}: ${wrong} of ${probed} pixels are wrong`)
  print(
    'drawing, every cell new in every frame',
    rows.map(([name, { cells, probed, scriptMs, intervalMs }]) => ({
      name,
      cells,
      pixelsChecked: probed,
      ...spread('scriptMs', scriptMs),
      ...spread('intervalMs', intervalMs),
    })),
  )
}

const startDashboard = async () => {
  const cluster = scriptedCluster(snapshotOf([topic('t', partitions, [1, 2, 3])]))
  const all = Array.from({ length: partitions }, (_, p) => p)
  const begunMs = Date.now()
  cluster.before = async call => {
    if (call !== 'readGroups') return
    const seconds = (Date.now() - begunMs) / 1000 + 100
    const end = Float64Array.from(all, p => Math.floor(seconds * (20 + ((p * 7919) % 100)) + ((p * 31) % 7)))
    cluster.offsets.set('t', { topic: 't', end, start: new Float64Array(partitions) })
    cluster.sizes.set('t', { topic: 't', sizeBytes: end.map(records => records * 100) })
    cluster.groups = [
      groupOf(
        'g',
        't',
        end.map(records => records - 3),
        [all],
      ),
    ]
  }
  const live = startLive({ cluster, clock: systemClock, clusterName: 'frames', version: '0' })
  const server = await createServer({
    live,
    clock: systemClock,
    version: '0',
    webRoot: join(import.meta.dirname, '..', 'web', 'dist'),
    host: '127.0.0.1',
    port: 0,
  })
  return { live, server }
}

/** The pointer crosses the map, a cell further in every frame; how long each frame came after the one before. */
const movePointer = `new Promise(done => {
  const canvas = document.querySelector('canvas[role=grid]')
  const box = canvas.getBoundingClientRect()
  const intervals = []
  let last
  let frame = 0
  const end = performance.now() + ${dashboardSeconds} * 1000
  const step = at => {
    if (last !== undefined) intervals.push(at - last)
    last = at
    frame++
    canvas.dispatchEvent(new PointerEvent('pointermove', {
      bubbles: true, pointerType: 'mouse',
      clientX: box.left + 60 + (frame * 3) % (box.width - 140), clientY: box.top + 40 + (frame % 100),
    }))
    if (performance.now() < end) requestAnimationFrame(step)
    else done(intervals)
  }
  requestAnimationFrame(step)
})`

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly args: { readonly name?: string }
}

const measureDashboard = async (): Promise<void> => {
  const browser = await launchBrowser()
  const { live, server } = await startDashboard()
  try {
    const { page } = await openPage(browser, server.url, { viewport: { width: 1440, height: 900 } })
    await page
      .locator(`canvas[role=grid][aria-label*="${partitions} partitions"]`)
      .waitFor({ timeout: 60_000 })
    // rates need two looks; one more, so that the code is warm
    await page.waitForTimeout(6000)
    await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel'] })
    const intervals = await page.evaluate<number[]>(movePointer)
    const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
    const checked = await checkColours(page)
    const { mainMs, scriptMs } = byFrame(trace.traceEvents)
    print('the dashboard, a look a second, the pointer moving in every frame', [
      {
        name: `overview, ${partitions} partitions`,
        ticks: Math.round(dashboardSeconds),
        pixelsChecked: checked,
        ...spread('scriptMs', scriptMs),
        ...spread('mainThreadMs', mainMs),
        ...spread('intervalMs', intervals),
      },
    ])
  } finally {
    await browser.close()
    await server.close()
    await live.close()
  }
}

/** What the main thread did between one frame's script and the next. */
const byFrame = (events: readonly TraceEvent[]) => {
  const threads = new Map(
    events
      .filter(event => event.name === 'thread_name')
      .map(event => [`${event.pid} ${event.tid}`, event.args.name ?? '']),
  )
  const onMain = events.filter(event => threads.get(`${event.pid} ${event.tid}`) === 'CrRendererMain')
  const frames = onMain.filter(event => event.name === 'FireAnimationFrame').map(event => event.ts)
  frames.sort((a, b) => a - b)
  const sums = (wanted: readonly TraceEvent[]): number[] => {
    const perFrame = new Float64Array(Math.max(0, frames.length - 1))
    let frame = 0
    for (const event of wanted.toSorted((a, b) => a.ts - b.ts)) {
      while (frame + 1 < frames.length && (frames[frame + 1] ?? 0) <= event.ts) frame++
      if (event.ts >= (frames[0] ?? 0) && frame < perFrame.length)
        perFrame[frame] = (perFrame[frame] ?? 0) + (event.dur ?? 0) / 1000
    }
    return [...perFrame]
  }
  return {
    mainMs: sums(
      onMain.filter(event => event.name === 'RunTask' || event.name === 'ThreadControllerImpl::RunTask'),
    ),
    scriptMs: sums(
      outermost(onMain.filter(event => event.name === 'FunctionCall' || event.name === 'FireAnimationFrame')),
    ),
  }
}

/** Without those inside another, which would count twice. */
const outermost = (events: readonly TraceEvent[]): readonly TraceEvent[] => {
  let end = Number.NEGATIVE_INFINITY
  return events
    .toSorted((a, b) => a.ts - b.ts)
    .filter(event => {
      if (event.ts < end) return false
      end = event.ts + (event.dur ?? 0)
      return true
    })
}

/**
 * As many pixels must have a colour of the scale as there are partitions: at 200,000 a cell is one pixel. Marks and
 * names cover or add some, at most one in fifty. Which cell has which colour is what the drawings above check.
 */
const checkColours = async (page: Page): Promise<number> => {
  const counted = await page.evaluate<{ coloured: number }>(`(() => {
    const canvas = document.querySelector('canvas[role=grid]')
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)
    const style = getComputedStyle(document.documentElement)
    const stops = Array.from({ length: 11 }, (_, stop) => style.getPropertyValue('--seq-' + stop).trim())
      .map(hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)))
    const ramp = new Set()
    for (let level = 0; level < 128; level++) {
      const place = (level / 127) * 10, stop = Math.min(9, Math.floor(place)), part = place - stop
      const [r, g, b] = stops[stop].map((from, channel) => Math.round(from + (stops[stop + 1][channel] - from) * part))
      ramp.add(((255 << 24) | (b << 16) | (g << 8) | r) >>> 0)
    }
    let coloured = 0
    for (const pixel of pixels) if (ramp.has(pixel)) coloured++
    return { coloured }
  })()`)
  if (Math.abs(counted.coloured - partitions) > partitions / 50)
    throw new Error(`${counted.coloured} pixels have a colour of the scale, for ${partitions} partitions`)
  return counted.coloured
}

const spread = (name: string, values: readonly number[]) => {
  const ascending = values.toSorted((a, b) => a - b)
  const at = (part: number): number =>
    round(
      ascending[Math.min(ascending.length - 1, Math.max(0, Math.ceil(part * ascending.length) - 1))] ??
        Number.NaN,
    )
  return { [`${name}P50`]: at(0.5), [`${name}P99`]: at(0.99) }
}
const round = (value: number): number => Math.round(value * 100) / 100

const print = (title: string, rows: readonly object[]): void => {
  console.log(title)
  console.table(rows)
  console.log(JSON.stringify({ bench: 'frames', node: process.version, title, rows }))
}

const browser = await launchBrowser()
const { page } = await openPage(browser, 'about:blank', { viewport: { width: 1440, height: 900 } })
await measureDrawing(page)
await browser.close()
await measureDashboard()
