/**
 * Every view of the dashboard, held to the same checks: nothing sticks out sideways, axe finds nothing in either theme,
 * the keyboard alone reaches everything and shows where it is, the browser complains of nothing.
 *
 * One page is led through all of them by its addresses, as links do, and through the sizes of a screen by its window's:
 * loading it anew for each would take most of the time, and what one view leaves behind would go unseen. What a check
 * cannot find twice is looked for once: a view that differs from another in what is pressed alone, and a larger window,
 * are asked only for what depends on them, which is where things stand.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { labInstruments } from '../../src/api/lab.ts'
import { launchBrowser, openPage } from './browser.ts'
import {
  assertAccessible,
  assertColours,
  assertMapOnScreen,
  assertNoSidewaysScroll,
  eventually,
} from './dashboard-checks.ts'
import { type MockApi, startMockApi } from './mock-api.ts'

interface ViewSpec {
  readonly name: string
  readonly path: string
  /** The parts of a view before it, in another state: what they are made of was looked at there. */
  readonly variant?: true
}

const VIEWS: readonly ViewSpec[] = [
  { name: 'overview', path: '/' },
  { name: 'overview as a table', path: '/?view=table' },
  { name: 'map by broker, lag in time', path: '/?by=broker&measure=lag-time' },
  { name: 'map by rack, size', path: '/?by=rack&measure=size', variant: true },
  { name: 'map by consumer, bytes', path: '/?by=consumer&measure=bytes', variant: true },
  { name: 'topics', path: '/topics' },
  { name: 'topic', path: '/topics/user-actions' },
  {
    name: 'topic: the coolest, by lag',
    path: '/topics/user-actions?ranked=bottom&measure=lag',
    variant: true,
  },
  { name: 'topic: a moment of the past', path: '/topics/user-actions?moment=2026-03-14T14:00:08Z' },
  { name: 'topic over a day', path: '/topics/user-actions?last=24h', variant: true },
  { name: 'topic of few partitions', path: '/topics/abuse-reports' },
  { name: 'partition', path: '/topics/user-actions/417' },
  { name: 'groups', path: '/groups' },
  { name: 'group', path: '/groups/timeline-builder' },
  { name: 'group nobody belongs to', path: '/groups/dlq-replay' },
  { name: 'brokers', path: '/brokers' },
  { name: 'alerts', path: '/alerts' },
  { name: 'plans', path: '/plans' },
  { name: 'no such page', path: '/no/such/page' },
  ...labInstruments.map(name => ({ name: `lab: ${name}`, path: `/lab/${name}` })),
]

export interface Size {
  readonly width: number
  readonly height: number
  /** Views whose map is whole on the first screen. */
  readonly wholeMaps: readonly string[]
}

export interface Screen {
  readonly title: string
  readonly context: BrowserContextOptions
  /** A phone has no keyboard. */
  readonly keyboard: boolean
  /** Tables give way instead of scrolling inside of their panels. */
  readonly narrow: boolean
  /** Smallest first. */
  readonly sizes: readonly [Size, ...Size[]]
}

export const describeViews = ({ title, context, keyboard, narrow, sizes }: Screen): void => {
  describe(title, () => {
    let browser: Browser
    let api: MockApi
    let page: Page
    let complaints: readonly string[]
    before(async () => {
      browser = await launchBrowser()
      // seldom: every tick draws the page anew, and nothing here is about them; without any the line counts as lost
      api = await startMockApi({ scenario: 'busy', tickMs: 4_000 })
      ;({ page, complaints } = await openPage(browser, api.url, {
        colorScheme: 'light',
        reducedMotion: 'reduce',
        viewport: sizes[0],
        ...context,
      }))
      await page.locator('canvas[role=grid]').first().waitFor()
    })
    after(async () => {
      await browser.close()
      await api.close()
    })

    const fits = async (name: string, path: string, { width, wholeMaps }: Size): Promise<void> => {
      const where = `${path} at ${width}`
      await assertNoSidewaysScroll(page, where)
      await assertBarFits(page, where)
      if (wholeMaps.includes(name)) await assertMapOnScreen(page)
      if (narrow) await assertTablesFit(page, where)
    }

    for (const { name, path, variant } of VIEWS)
      test(name, async () => {
        const [first, ...larger] = sizes
        await page.emulateMedia({ colorScheme: 'light' })
        await resize(page, first)
        await follow(page, path)
        await fits(name, path, first)
        let reached = 0
        if (variant === undefined) await assertAccessible(page, `${path} light`)
        if (variant === undefined && keyboard) reached = await assertReachable(page, path)
        for (const size of larger) {
          await resize(page, size)
          await fits(name, path, size)
          // more room may show more
          if (variant === undefined && keyboard && (await page.evaluate<number>(USABLE)) !== reached)
            await assertReachable(page, `${path} at ${size.width}`)
        }
        // the same elements in other colours: what colours can break is looked at again
        if (variant === undefined) {
          await page.emulateMedia({ colorScheme: 'dark' })
          await eventually('the theme is dark', () =>
            page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches'),
          )
          await assertColours(page, `${path} dark`)
        }
        assert.deepEqual(complaints, [], path)
      })
  })
}

/** What follows a window's size is drawn in the frame after it was noticed. */
const resize = async (page: Page, size: Size): Promise<void> => {
  if (page.viewportSize()?.width === size.width) return
  await page.setViewportSize(size)
  await page.evaluate('new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
}

const follow = async (page: Page, path: string): Promise<void> => {
  await page.evaluate(
    `document.activeElement?.blur(); history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate')); scrollTo(0, 0)`,
  )
  await page.locator('h1').first().waitFor()
  await eventually(`${path} is filled`, async () => (await page.locator('[aria-busy=true]').count()) === 0)
}

const assertBarFits = async (page: Page, where: string): Promise<void> => {
  const overhang: number = await page.evaluate(
    "document.querySelector('header.top').scrollWidth - document.querySelector('header.top').clientWidth",
  )
  assert.equal(overhang, 0, `${where}: the bar is ${overhang} px too wide`)
}

const assertTablesFit = async (page: Page, where: string): Promise<void> => {
  const cut: readonly string[] = await page.evaluate(
    "[...document.querySelectorAll('.tw')].filter(box => box.scrollWidth > box.clientWidth).map(box => box.closest('section')?.getAttribute('aria-label') ?? box.textContent.slice(0, 40))",
  )
  assert.deepEqual(cut, [], `${where}: tables that scroll sideways`)
}

interface Reached {
  readonly missed: readonly string[]
  readonly unseen: readonly string[]
}

/**
 * Tab goes through everything that can be used, and each of them shows that it has the focus.
 * @returns how many that are
 */
const assertReachable = async (page: Page, where: string): Promise<number> => {
  // paused: lists that are ranked by what is live would change places under the focus
  await page.keyboard.press('Space')
  // pausing is rendered between frames: until it is, an answer that is on its way still changes lists
  await page.locator('button.live[aria-pressed=true]').waitFor()
  const wanted: number = await page.evaluate(WATCH_FOCUS)
  // not one by one: the browser takes them in order, and waiting for each is most of the time
  await Promise.all(Array.from({ length: wanted + 2 }, () => page.keyboard.press('Tab')))
  const { missed, unseen }: Reached = await page.evaluate('window.focusSeen()')
  await page.evaluate('document.activeElement?.blur()')
  await page.keyboard.press('Space')
  assert.deepEqual(missed, [], `${where}: not reached with Tab`)
  assert.deepEqual(unseen, [], `${where}: reached, and nothing shows it`)
  return wanted
}

const USABLE_ELEMENTS = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }))`
const USABLE = `${USABLE_ELEMENTS}.length`

/** Notes what takes the focus and whether a ring is drawn; gives how many elements there are to reach. */
const WATCH_FOCUS = `(() => {
  const usable = () => ${USABLE_ELEMENTS}
  const called = element => element.tagName.toLowerCase() + ' ' + (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 50)
  const reached = new Set()
  const unseen = new Set()
  const ringed = element => {
    const style = getComputedStyle(element)
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1.5) || style.boxShadow !== 'none'
  }
  const note = ({ target }) => {
    reached.add(target)
    // the ring of a field may be drawn by what surrounds it
    if (!ringed(target) && !(target.parentElement !== null && ringed(target.parentElement))) unseen.add(called(target))
  }
  document.addEventListener('focusin', note)
  window.focusSeen = () => {
    document.removeEventListener('focusin', note)
    return { missed: usable().filter(element => !reached.has(element)).map(called), unseen: [...unseen] }
  }
  return usable().length
})()`
