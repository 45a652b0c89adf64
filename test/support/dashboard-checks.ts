/**
 * What a browser must find on the dashboard whatever feeds it: the same checks run against made-up figures and against
 * a live system.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { mapPixels } from './browser.ts'

const POLL_MS = 100
const DEADLINE_MS = 15_000

/** Waits until the condition holds; fails with its name when it does not in time. */
export const eventually = async (
  what: string,
  holds: () => Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> => {
  const end = Date.now() + deadlineMs
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`not within ${deadlineMs} ms: ${what}`)
    await pause(POLL_MS)
  }
}

/** The map shows at least so many cells, as its own label says. */
export const assertCellCount = async (page: Page, least: number): Promise<void> => {
  await page.locator('canvas[role=grid]').first().waitFor()
  const label = (await page.locator('canvas[role=grid]').first().getAttribute('aria-label')) ?? ''
  const cells = Number(/(\d+) partitions/.exec(label)?.[1] ?? 0)
  assert.ok(cells >= least, `${cells} cells, at least ${least} wanted: ${label}`)
}

/** Pixels of the map change by themselves as ticks arrive. */
export const assertMapMoves = async (page: Page): Promise<void> => {
  const before = await mapPixels(page)
  await eventually('the map is repainted with new values', async () => (await mapPixels(page)) !== before)
}

/** The whole map is on the first screen, without scrolling. */
export const assertMapOnScreen = async (page: Page): Promise<void> => {
  const box = await page.locator('canvas[role=grid]').first().boundingBox()
  const height = page.viewportSize()?.height ?? 0
  assert.ok(
    box !== null && box.y >= 0 && box.y + box.height <= height,
    `map ${JSON.stringify(box)} on ${height}`,
  )
}

/**
 * Opens a partition with nothing but the keyboard, from the overview: tab to the map, a step, Enter.
 * @returns the address reached
 */
export const openPartitionByKeyboard = async (page: Page): Promise<string> => {
  const focusedRole = (): Promise<string | null> =>
    page.evaluate('document.activeElement?.getAttribute("role")')
  for (let tabs = 0; tabs < 60 && (await focusedRole()) !== 'grid'; tabs++) await page.keyboard.press('Tab')
  assert.equal(await focusedRole(), 'grid', 'the map is reached with Tab')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  const spoken = await page.locator('canvas[role=grid] [role=gridcell]').first().textContent()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/topics\/[^/]+\/\d+/)
  const name = await page.locator('h1').first().textContent()
  assert.ok(spoken !== null && name !== null, 'the cell is described and the page is named')
  const subject = spoken.split(':')[0] ?? ''
  assert.ok(name.startsWith(subject), `what was described (${subject}) is what opens (${name})`)
  return new URL(page.url()).pathname
}

interface AxeViolation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string }[]
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * No violation of WCAG 2.2 A and AA that axe can see.
 * @param within only this part: what lies under a list that is open is covered on purpose
 */
export const assertAccessible = (page: Page, where: string, within?: string): Promise<void> =>
  assertAxe(
    page,
    where,
    '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]',
    within === undefined ? 'document' : JSON.stringify(within),
  )

/** What a change of theme alone can break. */
export const assertColours = (page: Page, where: string): Promise<void> =>
  assertAxe(page, where, '{ type: "rule", values: ["color-contrast", "link-in-text-block"] }', 'document')

const assertAxe = async (page: Page, where: string, runOnly: string, within: string): Promise<void> => {
  // evaluated through the debugging protocol, which the content policy does not bind; once for each document
  if (!(await page.evaluate<boolean>("typeof axe === 'object'"))) await page.evaluate(axeSource)
  const violations: readonly AxeViolation[] = await page.evaluate(
    `axe.run(${within}, { runOnly: ${runOnly}, resultTypes: ["violations"] }).then(result => result.violations)`,
  )
  const told = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n    ${nodes
        .map(node => node.html)
        .slice(0, 4)
        .join('\n    ')}`,
  )
  assert.equal(told.length, 0, `${where}\n  ${told.join('\n  ')}`)
}

/** Nothing sticks out sideways. */
export const assertNoSidewaysScroll = async (page: Page, where: string): Promise<void> => {
  const overhang: number = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.equal(overhang, 0, `${where} is ${overhang} px too wide`)
}
