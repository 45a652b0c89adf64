/**
 * Every view of the dashboard, held to the same checks at one size of the screen: nothing sticks out sideways, axe finds
 * nothing in either theme, the keyboard alone reaches everything and shows where it is, the browser complains of nothing.
 * One page is led through all of them by its addresses, as links do: loading it anew for each would take most of the time,
 * and what one view leaves behind would go unseen.
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

/** Name, and address. */
export const VIEWS: readonly (readonly [name: string, path: string])[] = [
  ['overview', '/'],
  ['overview as a table', '/?view=table'],
  ['map by broker, lag in time', '/?by=broker&measure=lag-time'],
  ['map by rack, size', '/?by=rack&measure=size'],
  ['map by consumer, bytes', '/?by=consumer&measure=bytes'],
  ['topics', '/topics'],
  ['topic', '/topics/user-actions'],
  ['topic: the coolest, by lag', '/topics/user-actions?ranked=bottom&measure=lag'],
  ['topic: a moment of the past', '/topics/user-actions?moment=2026-03-14T14:00:08Z'],
  ['topic over a day', '/topics/user-actions?last=24h'],
  ['topic of few partitions', '/topics/abuse-reports'],
  ['partition', '/topics/user-actions/417'],
  ['groups', '/groups'],
  ['group', '/groups/timeline-builder'],
  ['group nobody belongs to', '/groups/dlq-replay'],
  ['brokers', '/brokers'],
  ['alerts', '/alerts'],
  ['plans', '/plans'],
  ['no such page', '/no/such/page'],
  ...labInstruments.map(name => [`lab: ${name}`, `/lab/${name}`] as const),
]

export interface Screen {
  readonly title: string
  readonly context: BrowserContextOptions
  /** A phone has no keyboard. */
  readonly keyboard: boolean
  /** Tables give way instead of scrolling inside of their panels. */
  readonly narrow: boolean
  /** Views whose map is whole on the first screen. */
  readonly wholeMaps: readonly string[]
}

export const describeViews = ({ title, context, keyboard, narrow, wholeMaps }: Screen): void => {
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
        ...context,
      }))
      await page.locator('canvas[role=grid]').first().waitFor()
    })
    after(async () => {
      await browser.close()
      await api.close()
    })

    for (const [name, path] of VIEWS)
      test(`${name}`, async () => {
        await page.emulateMedia({ colorScheme: 'light' })
        await follow(page, path)
        await assertNoSidewaysScroll(page, path)
        await assertBarFits(page, path)
        if (wholeMaps.includes(name)) await assertMapOnScreen(page)
        // tables of the Lab compare many columns, and scroll inside their panels
        if (narrow && !path.startsWith('/lab')) await assertTablesFit(page, path)
        await assertAccessible(page, `${path} light`)
        if (keyboard) await assertReachable(page, path)
        // the same elements in other colours: what colours can break is looked at again
        await page.emulateMedia({ colorScheme: 'dark' })
        await eventually('the theme is dark', () =>
          page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches'),
        )
        await assertColours(page, `${path} dark`)
        assert.deepEqual(complaints, [], path)
      })
  })
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

/** Tab goes through everything that can be used, and each of them shows that it has the focus. */
const assertReachable = async (page: Page, where: string): Promise<void> => {
  // paused: lists that are ranked by what is live would change places under the focus
  await page.keyboard.press('Space')
  const wanted: number = await page.evaluate(WATCH_FOCUS)
  for (let press = 0; press < wanted + 2; press++) await page.keyboard.press('Tab')
  const { missed, unseen }: Reached = await page.evaluate('window.focusSeen()')
  await page.evaluate('document.activeElement?.blur()')
  await page.keyboard.press('Space')
  assert.deepEqual(missed, [], `${where}: not reached with Tab`)
  assert.deepEqual(unseen, [], `${where}: reached, and nothing shows it`)
}

/** Notes what takes the focus and whether a ring is drawn; gives how many elements there are to reach. */
const WATCH_FOCUS = `(() => {
  const usable = () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }))
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
