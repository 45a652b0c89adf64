/** The dashboard in a real browser, on made-up figures. Needs the build: `vite build web`. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser, mapPixels, openPage } from '../support/browser.ts'
import {
  assertAccessible,
  assertCellCount,
  assertMapMoves,
  assertMapOnScreen,
  eventually,
  openPartitionByKeyboard,
} from '../support/dashboard-checks.ts'
import { type MockApi, startMockApi } from '../support/mock-api.ts'
import type { Scenario } from '../support/mock-figures.ts'

describe('dashboard', () => {
  let browser: Browser
  let api: MockApi
  before(async () => {
    browser = await launchBrowser()
    api = await startMockApi({ scenario: 'busy', tickMs: 500 })
  })
  after(async () => {
    await browser.close()
    await api.close()
  })

  test('shows 1,500 cells on one screen of 1280 × 800, and they change', async () => {
    const { page, complaints, close } = await openPage(browser, api.url)
    await assertCellCount(page, 1500)
    await assertMapOnScreen(page)
    await assertMapMoves(page)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('opens a partition by keyboard, and Esc and the back button lead out again', async () => {
    const { page, complaints, close } = await openPage(browser, api.url)
    await page.locator('canvas[role=grid]').waitFor()
    const path = await openPartitionByKeyboard(page)
    assert.match(path, /^\/topics\/user-actions\/\d+$/)
    await page.keyboard.press('Escape')
    await page.waitForURL(/\/topics\/user-actions$/)
    await page.goBack()
    await page.waitForURL(`**${path}`)
    assert.match(await page.title(), /^user-actions-\d+, streamsocial, Lanekeeper$/)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('n goes to the next outlier, / searches, g b goes to the brokers', async () => {
    const { page, close } = await openPage(browser, api.url)
    const grid = page.locator('canvas[role=grid]')
    await grid.waitFor()
    await grid.focus()
    await page.keyboard.press('n')
    await page.keyboard.press('n')
    assert.match((await grid.locator('[role=gridcell]').textContent()) ?? '', /^user-actions-417:/)
    await page.keyboard.press('/')
    await page.keyboard.type('203')
    await page.getByRole('option', { name: 'content-interactions-203' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/topics\/content-interactions\/203/)
    // two keys within a moment of each other, which a busy machine may not manage at once
    await eventually('g b leads to the brokers', async () => {
      await page.keyboard.press('g')
      await page.keyboard.press('b')
      return new URL(page.url()).pathname === '/brokers'
    })
    await close()
  })

  test('pausing holds the picture and counts on', async () => {
    const { page, close } = await openPage(browser, api.url)
    await assertMapMoves(page)
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: /Paused since/ }).waitFor()
    const held = await mapPixels(page)
    for (let tick = 0; tick < 3; tick++) api.tickNow()
    // a request after the ticks is answered after them: by then they have reached the page
    await page.evaluate("fetch('/api/v1/live').then(answer => answer.text())")
    assert.equal(await mapPixels(page), held)
    await page.keyboard.press('Space')
    await eventually('the picture goes on', async () => (await mapPixels(page)) !== held)
    await close()
  })

  test('keeps the view in the address', async () => {
    const { page, close } = await openPage(browser, `${api.url}/topics/user-actions?measure=lag&by=broker`)
    await page.getByRole('button', { name: 'Lag', exact: true, pressed: true }).waitFor()
    await page.getByRole('button', { name: 'Size' }).click()
    await page.waitForURL(/measure=size/)
    await page.getByRole('button', { name: 'Table' }).click()
    await page.waitForURL(/view=table/)
    await page.getByRole('cell', { name: 'user-actions-417' }).waitFor()
    await close()
  })
})

describe('states of the dashboard', () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser.close())

  const saying: readonly (readonly [Scenario, readonly RegExp[]])[] = [
    ['calm', [/Every partition is served, and every group keeps up\./, /Simulated cluster/]],
    [
      'partial',
      [/One of 3 brokers does not answer\./, /partitions of 1,514 have no figures/, /2 of 3 brokers answer/],
    ],
    [
      'unreachable',
      [/No broker has answered for/, /ECONNREFUSED/, /6 tries/, /as of 14:31:26/, /was: falling behind/],
    ],
    ['stale', [/The last look is .* old\./]],
    ['starting', [/Looking at the cluster for the first time\./]],
    ['empty', [/Connected\. Nothing to draw yet\./, /Three ways to start/, /may lack DESCRIBE/]],
  ]
  for (const [scenario, sentences] of saying)
    test(`${scenario} has its own face, in both themes accessible`, async t => {
      const api = await startMockApi({ scenario })
      t.after(api.close)
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints, close } = await openPage(browser, api.url, { colorScheme })
        await page
          .locator('h1')
          .filter({ hasText: sentences[0] as RegExp })
          .waitFor()
        for (const sentence of sentences) await page.getByText(sentence).first().waitFor()
        await assertAccessible(page, `${scenario} ${colorScheme}`)
        assert.deepEqual(complaints, [])
        await close()
      }
    })

  test('losing Lanekeeper is told apart from losing the cluster, and coming back is noticed', async t => {
    const api = await startMockApi({ scenario: 'calm', tickMs: 300 })
    t.after(api.close)
    const { page, close } = await openPage(browser, api.url)
    // the live region repeats the sentence for screen readers
    const well = page.getByRole('heading', { name: 'Every partition is served' })
    await well.waitFor()
    api.cut()
    await page.locator('h1').filter({ hasText: 'no word from Lanekeeper' }).waitFor()
    await page.getByText('This says nothing about Kafka').waitFor()
    assert.equal(await well.count(), 0)
    await assertAccessible(page, 'lost')
    api.mend()
    await well.waitFor()
    await close()
  })

  test('unknown is never said to be well', async t => {
    const api = await startMockApi({ scenario: 'unreachable' })
    t.after(api.close)
    const { page, close } = await openPage(browser, api.url)
    await page.getByText(/No broker has answered/).waitFor()
    assert.equal(await page.locator('.st.ok').count(), 0)
    await close()
  })
})
