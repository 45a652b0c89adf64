/**
 * The dashboard in a real browser over `lanekeeper serve --simulated`, in a process of its own: ticks alone, then with a
 * hand that moves in every frame. Each scenario ends with a look at what was painted: pixels under the pointer against
 * what the API says of the partition or the moment that the tooltip names. A pixel that is wrong throws.
 */
import type { Browser, Page } from 'playwright-core'
import type { History, Tick } from '../src/api/contract.ts'
import { openPage } from '../test/support/browser.ts'
import { checkMap, checkPast, checkRaster } from './frames-checks.ts'
import { type FrameTimes, timesByFrame, type TraceEvent } from './frames-trace.ts'

export interface Scenario extends FrameTimes {
  readonly name: string
  readonly intervalMs: readonly number[]
  readonly ticks: number
  readonly pixelsChecked: number
}

/** A hand: JavaScript that does one step, given `frame` and `box` (of `target`, in the window). */
interface Hand {
  readonly target: string
  readonly step: string
}

const still: Hand = { target: 'canvas[role=grid]', step: '' }
const point = (target: string): Hand => ({
  target,
  step: `target.dispatchEvent(new PointerEvent('pointermove', {
    bubbles: true, pointerType: 'mouse',
    clientX: box.left + 60 + (frame * 3) % (box.width - 140), clientY: box.top + 40 + (frame % 100),
  }))`,
})
/** Back and forth over the last steps, which are those with figures. */
const scrub = (steps: number): Hand => ({
  target: 'input[type=range]',
  step: `
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set
      .call(target, String(Number(target.max) - 1 - (frame % ${steps})))
    target.dispatchEvent(new Event('input', { bubbles: true }))`,
})

const moving = ({ target, step }: Hand, seconds: number): string => `new Promise(done => {
  const target = document.querySelector(${JSON.stringify(target)})
  const box = target.getBoundingClientRect()
  const intervals = []
  let last, frame = 0
  const end = performance.now() + ${seconds * 1000}
  const next = at => {
    if (last !== undefined) intervals.push(at - last)
    last = at
    frame++
    ${step}
    if (performance.now() < end) requestAnimationFrame(next)
    else done(intervals)
  }
  requestAnimationFrame(next)
})`

const measure = async (
  browser: Browser,
  page: Page,
  name: string,
  hand: Hand,
  seconds: number,
  check: () => Promise<number>,
): Promise<Scenario> => {
  await page.locator(hand.target).first().scrollIntoViewIfNeeded()
  // once without a trace, so that the code is warm
  await page.evaluate(moving(hand, 4))
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'],
  })
  const intervalMs = await page.evaluate<number[]>(moving(hand, seconds))
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  return {
    name,
    ...timesByFrame(trace.traceEvents),
    intervalMs,
    ticks: seconds,
    pixelsChecked: await check(),
  }
}

export const measureDashboard = async (
  browser: Browser,
  url: string,
  seconds: number,
): Promise<readonly Scenario[]> => {
  const ask = async <Body>(path: string): Promise<Body> =>
    (await (await fetch(`${url}/api/v1${path}`)).json()) as Body
  const { page, close } = await openPage(browser, url, { viewport: { width: 1440, height: 900 } })
  const scenarios: Scenario[] = []
  const add = async (name: string, hand: Hand, check: () => Promise<number>): Promise<void> => {
    scenarios.push(await measure(browser, page, name, hand, seconds, check))
  }
  const nowIsRight = (): Promise<number> => checkMap(page, () => ask<Tick>('/live'))
  const clicks = (): Promise<History> => ask<History>('/topics/clicks/history?minutes=10')

  await page.locator('canvas[role=grid]').waitFor()
  // rates need two looks; a few more, so that the code is warm
  await page.waitForTimeout(12_000)
  await add('overview: ticks alone', still, nowIsRight)
  await add('overview: pointer over the map', point('canvas[role=grid]'), nowIsRight)

  await page.goto(`${url}/topics/clicks?last=10m`)
  await page.locator('.raster canvas').waitFor()
  await page.waitForTimeout(3000)
  const known = (await clicks()).raster.filter(row => row !== null).length
  await add('topic: pointer over the raster', point('.raster canvas'), () => checkRaster(page, clicks))
  await add("topic: the raster's slider, another moment in every frame", scrub(Math.min(known - 1, 8)), () =>
    checkPast(page, clicks),
  )
  await close()
  return scenarios
}
