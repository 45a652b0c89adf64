import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'vite'
import type { Page } from 'playwright-core'
import { launchBrowser, openPage } from '../test/support/browser.ts'
import { measureDashboard } from './frames-dashboard.ts'
import type { Frames } from './frames-result.ts'
import { serveSimulated } from './simulated-serve.ts'

/**
 * Frame times of the dashboard's pictures in a real browser, 16.7 ms being 60 frames a second.
 *
 * 1. Drawing: the page's own code paints a heat map whose every cell has a new value in every frame, and a whole raster
 *    in every frame. Time of our JavaScript, and the intervals between frames. Every pixel of the last frame is compared
 *    with its value.
 * 2. The dashboard: `lanekeeper serve --simulated` in a process of its own, 200,000 partitions over 20 brokers and a look
 *    a second, while a hand does something in every frame. JavaScript, main thread and software raster by frame from the
 *    browser's trace, and the intervals between frames; points of the pictures are compared with what the API says.
 *
 * Nothing is printed of what did not stand its check. Needs the build: `npm run build:page`.
 *
 *     node bench/frames.ts [partitions]
 */
const partitions = Number(process.argv[2] ?? 200_000)
const drawnFrames = 300
const dashboardSeconds = 12

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

const withDashboard = async (): Promise<void> => {
  const browser = await launchBrowser()
  const { url, server } = await serveSimulated(partitions)
  try {
    const scenarios = await measureDashboard(browser, url, dashboardSeconds)
    print(
      `the dashboard over ${partitions} partitions, ${dashboardSeconds} s and ticks each`,
      scenarios.map(({ name, pixelsChecked, intervalMs, scriptMs, mainThreadMs, rasterMs }) => ({
        name,
        frames: intervalMs.length,
        pixelsChecked,
        ...spread('intervalMs', intervalMs),
        ...spread('scriptMs', scriptMs),
        ...spread('mainThreadMs', mainThreadMs),
        ...spread('rasterMs', rasterMs),
      })),
    )
  } finally {
    await browser.close()
    server.kill('SIGINT')
    await once(server, 'exit')
  }
}

const spread = (name: string, values: readonly number[]) => {
  const ascending = values.toSorted((a, b) => a - b)
  const at = (part: number): number =>
    round(
      ascending[Math.min(ascending.length - 1, Math.max(0, Math.ceil(part * ascending.length) - 1))] ??
        Number.NaN,
    )
  return { [`${name}P50`]: at(0.5), [`${name}P99`]: at(0.99), [`${name}Max`]: at(1) }
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
await withDashboard()
