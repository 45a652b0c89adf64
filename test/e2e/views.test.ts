/** What the dashboard can do with a view: commands, export, history. Needs the build: `vite build web`. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser, mapPixels, openPage } from '../support/browser.ts'
import { assertAccessible, assertNoSidewaysScroll, eventually } from '../support/dashboard-checks.ts'
import { type MockApi, startMockApi } from '../support/mock-api.ts'
import type { Scenario } from '../support/mock-shapes.ts'

/** What is used of a canvas. */
interface Canvas {
  readonly width: number
  readonly height: number
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
  }
}

const topicPath = '/topics/user-actions'

describe('views', () => {
  let browser: Browser
  let api: MockApi
  before(async () => {
    browser = await launchBrowser()
    // seldom: nothing here is about ticks, and every one of them draws the page anew
    api = await startMockApi({ scenario: 'busy', tickMs: 4_000 })
  })
  after(async () => {
    await browser.close()
    await api.close()
  })

  test('the palette goes to a page, colours, groups, switches the theme and pauses, by keyboard alone', async t => {
    const { page, complaints, close } = await openPage(browser, api.url)
    t.after(close)
    const field = page.getByRole('combobox', { name: 'Topic, group, partition or command' })
    await field.waitFor()
    const run = async (words: string): Promise<void> => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(words)
      await page.getByRole('option').first().waitFor()
      await page.keyboard.press('Enter')
    }
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /Go to Brokers/ }).waitFor()
    await assertAccessible(page, 'palette', '.search')
    await page.keyboard.press('Escape')
    await run('lag time')
    await page.waitForURL(/measure=lag-time/)
    await run('group rack')
    await page.waitForURL(/by=rack/)
    await run('last 24')
    await page.waitForURL(/last=24h/)
    const theme = (): Promise<string> => page.evaluate('document.documentElement.dataset.theme ?? ""')
    await run('dark theme')
    await eventually('the theme is dark', async () => (await theme()) === 'dark')
    await run('pause')
    await page.getByRole('button', { name: /Paused since/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('timeline')
    await page.getByRole('option', { name: /timeline-builder/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/groups\/timeline-builder/)
    await run('go brokers')
    await page.waitForURL(/\/brokers/)
    assert.deepEqual(complaints, [])
  })

  test('the palette copies the command that shows the same, and says so', async t => {
    const { page, close } = await openPage(browser, `${api.url}${topicPath}/417`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    t.after(close)
    // what the page is about is known with the first tick, and the command with it
    await page.locator('h1', { hasText: '417' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('copy command')
    await page.keyboard.press('Enter')
    await page.getByText(/^Copied: npx lanekeeper hot user-actions --partition 417/).waitFor()
    assert.match(
      await page.evaluate<string>('navigator.clipboard.readText()'),
      /^npx lanekeeper hot user-actions --partition 417 --bootstrap-server /,
    )
  })

  test('export: figures as CSV and JSON, the map as SVG and PNG', async t => {
    const { page, complaints, close } = await openPage(browser, api.url + topicPath)
    t.after(close)
    await page.locator('canvas[role=grid]').waitFor()
    const saved = async (label: string): Promise<{ name: string; bytes: Buffer }> => {
      await page.locator('summary', { hasText: 'Export' }).click()
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: label }).click()
      const file = await download
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
    }
    await page.locator('summary', { hasText: 'Export' }).click()
    await page.getByRole('button', { name: 'Figures as CSV' }).waitFor()
    await assertAccessible(page, 'export menu', '.menu')
    await page.keyboard.press('Escape')

    const csv = await saved('Figures as CSV')
    assert.match(csv.name, /^user-actions_2026-03-14_\d{6}\.csv$/)
    const lines = csv.bytes.toString().trimEnd().split('\r\n')
    assert.equal(lines.length, 1001)
    assert.match(lines[0] ?? '', /^topic,partition,recordsPerSecond,/)
    assert.match(lines[418] ?? '', /^user-actions,417,\d/)

    const json = JSON.parse((await saved('Figures as JSON')).bytes.toString()) as {
      rows: { partition: number }[]
      address: string
    }
    assert.equal(json.rows[417]?.partition, 417)
    assert.equal(json.address, topicPath)

    const svg = (await saved('Map as SVG')).bytes.toString()
    const cells = svg.match(/M[\d.]+ [\d.]+h[\d.]+v/g) ?? []
    assert.equal(cells.length, 1000, 'a shape for each partition')
    const png = (await saved('Map as PNG')).bytes
    assert.equal(png.subarray(1, 4).toString(), 'PNG')
    assert.ok(png.length > 5_000)
    assert.deepEqual(complaints, [])
  })

  test('scrubbing: the map shows a moment of the past, the address keeps it, and back to now', async t => {
    const { page, complaints, close } = await openPage(browser, api.url + topicPath)
    t.after(close)
    const scrub = page.getByRole('slider', { name: 'Moment that the map shows' })
    await scrub.waitFor()
    const now = await mapPixels(page)
    await scrub.focus()
    await page.keyboard.press('Home')
    await page.waitForURL(/moment=/)
    await page.getByRole('heading', { name: /^At \d\d:\d\d:\d\d UTC$/ }).waitFor()
    await eventually('the map is another one', async () => (await mapPixels(page)) !== now)
    await assertAccessible(page, 'scrubbed')
    const then = await mapPixels(page)
    const again = await openPage(browser, page.url())
    t.after(again.close)
    await again.page.getByRole('heading', { name: /^At \d\d:\d\d:\d\d UTC$/ }).waitFor()
    await eventually('a copied link shows the same map', async () => (await mapPixels(again.page)) === then)
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.waitForURL(url => !url.search.includes('moment='))
    await page.getByRole('heading', { name: 'Now', exact: true }).waitFor()
    assert.deepEqual(complaints, [])
  })

  test('the raster names what is under the pointer; [ and ] move the time shown', async t => {
    const { page, close } = await openPage(browser, api.url + topicPath)
    t.after(close)
    const raster = page.getByRole('img', { name: /^Records per second of 1,000 partitions/ })
    await raster.scrollIntoViewIfNeeded()
    const box = await raster.boundingBox()
    assert.ok(box !== null)
    await page.mouse.move(box.x + box.width / 2, box.y + 100)
    await page.locator('.tip', { hasText: /user-actions-\d+/ }).waitFor()
    await page.keyboard.press('[')
    await page.waitForURL(/from=.*&to=/)
    await page.keyboard.press(']')
    await page.waitForURL(url => !url.search.includes('from='))
  })

  test('the skew curve says how much chance explains, on the topic and on the partition', async t => {
    const { page, close } = await openPage(browser, api.url + topicPath)
    t.after(close)
    await page
      .getByRole('img', {
        name: /^1,000 partitions, hottest first: from 9\.\d× .*Outside of what chance explains/,
      })
      .waitFor()
    await page.getByRole('button', { name: 'Size' }).click()
    await page.getByText('What chance explains is not known yet.').waitFor()
    await page.goto(`${api.url}${topicPath}/417`)
    await page.getByRole('heading', { name: 'Among its 1,000' }).waitFor()
    assert.equal(await page.locator('.skew .mark').count(), 1)
  })

  /** Everything in a view is in its address: what a second reader of the link finds switched on. */
  const states: readonly (readonly [path: string, pressed: readonly string[]])[] = [
    ['/?measure=bytes&by=consumer', ['Bytes/s', 'Consumer']],
    ['/?measure=size&by=rack', ['Size', 'Rack']],
    ['/?raster=content-interactions', ['content-interactions']],
    [`${topicPath}?ranked=bottom&measure=lag`, ['Bottom 20', 'Lag']],
    ['/brokers?measure=lag-time', ['Lag time']],
    ['/alerts?last=7d', ['7 days']],
  ]
  for (const [path, pressed] of states)
    test(`${path} opens as it was left`, async t => {
      const { page, close } = await openPage(browser, api.url + path)
      t.after(close)
      for (const name of pressed)
        await page.getByRole('button', { name, exact: true, pressed: true }).first().waitFor()
    })

  test('a page that cannot be drawn says so, and the others go on', async t => {
    const { page, close } = await openPage(browser, api.url)
    t.after(close)
    await page.locator('canvas[role=grid]').waitFor()
    let nonsense = true
    await page.route('**/api/v1/plan', route =>
      nonsense ? route.fulfill({ json: { file: 'x', compared: true } }) : route.continue(),
    )
    await page.getByRole('link', { name: 'Plans' }).first().click()
    await page.getByRole('heading', { name: 'This page cannot be drawn.' }).waitFor()
    await assertAccessible(page, 'a page that cannot be drawn')
    await page
      .getByRole('link', { name: /^Brokers/ })
      .first()
      .click()
    await page.getByRole('heading', { name: /^All 3 brokers answer/ }).waitFor()
    nonsense = false
    await page.getByRole('link', { name: 'Plans' }).first().click()
    await page.getByRole('heading', { name: /differ from lanekeeper.yaml/ }).waitFor()
  })

  test('each finding shows the curve of its figure; one without a kept figure has none', async t => {
    const { page, close } = await openPage(browser, `${api.url}/?findings=all`)
    t.after(close)
    const row = (words: RegExp) => page.locator('.finds li', { hasText: words })
    await row(/user-actions-417 takes/)
      .locator('.spark path[d^="M"]')
      .waitFor()
    await row(/timeline-builder is/)
      .locator('.spark circle')
      .waitFor()
    assert.equal(
      await row(/Broker 2 leads/)
        .locator('.spark')
        .count(),
      0,
    )
  })

  test('of a thousand topics a hundred are shown, and more when they are asked for', async t => {
    const other = await startMockApi({ scenario: 'many', tickMs: 4_000 })
    t.after(other.close)
    const { page, complaints, close } = await openPage(browser, `${other.url}/topics`)
    t.after(close)
    const rows = page.getByRole('region', { name: 'Topics' }).locator('tbody tr')
    await rows.first().waitFor()
    assert.equal(await rows.count(), 100)
    await page.getByRole('button', { name: 'Show 400 more of 1,000' }).click()
    await page.waitForURL(/rows=500/)
    await eventually('500 rows', async () => (await rows.count()) === 500)
    assert.deepEqual(complaints, [])
  })

  test('pictures of topics are painted near the screen alone, and when they come onto it', async t => {
    const other = await startMockApi({ scenario: 'many', tickMs: 4_000 })
    t.after(other.close)
    const { page, close } = await openPage(browser, `${other.url}/topics?rows=500`)
    t.after(close)
    const rows = page.getByRole('region', { name: 'Topics' }).locator('tbody tr')
    const painted = (row: number): Promise<boolean> =>
      rows.nth(row).evaluate(element => {
        // a canvas, in the words that the types of Node's side know
        const canvas = (element as unknown as { querySelector(words: string): Canvas | null }).querySelector(
          '.strip canvas',
        )
        return (
          canvas
            ?.getContext('2d')
            .getImageData(0, 0, canvas.width, canvas.height)
            .data.some(part => part > 0) ?? false
        )
      })
    await eventually('500 rows, the first with its picture', async () => {
      return (await rows.count()) === 500 && painted(0)
    })
    const strips = page.locator('.strip canvas')
    const atFirst = await strips.count()
    assert.ok(atFirst < 60, `${atFirst} pictures on a screen of 800 pixels`)
    assert.equal(await painted(400), false)
    await rows.nth(400).scrollIntoViewIfNeeded()
    await eventually('what is scrolled to is painted', () => painted(400))
    await eventually('what went is let go', async () => !(await painted(0)))
    assert.ok((await strips.count()) < 60)
  })

  test('a table that sticks out is scrolled by keyboard, and only then is it a stop', async t => {
    const { page, close } = await openPage(browser, `${api.url}/topics`, {
      viewport: { width: 1440, height: 800 },
    })
    t.after(close)
    const scrolling = page.locator('.tw[tabindex]')
    await page.locator('.tw tbody tr').first().waitFor()
    await eventually('a wide window needs none', async () => (await scrolling.count()) === 0)
    await page.evaluate("document.querySelector('.tw table').style.minWidth = '3000px'")
    await scrolling.first().waitFor()
  })

  const unusual: readonly (readonly [Scenario, string, RegExp])[] = [
    ['tiny', '/', /^Every partition is served/],
    ['tiny', '/topics/one', /^one$/],
    ['names', '/', /^Every partition is served/],
    ['names', '/topics', /^2 topics/],
    ['many', '/topics', /^1,000 topics/],
  ]
  for (const [scenario, path, title] of unusual)
    test(`a cluster that is ${scenario}: ${path} fits a laptop and a phone`, async t => {
      const other = await startMockApi({ scenario, tickMs: 4_000 })
      t.after(other.close)
      for (const viewport of [
        { width: 1280, height: 800 },
        { width: 390, height: 844 },
      ]) {
        const { page, complaints, close } = await openPage(browser, other.url + path, { viewport })
        await page.locator('h1').filter({ hasText: title }).waitFor()
        await assertNoSidewaysScroll(page, `${scenario} ${path} ${viewport.width}`)
        await assertAccessible(page, `${scenario} ${path} ${viewport.width}`)
        assert.deepEqual(complaints, [])
        await close()
      }
    })
})
