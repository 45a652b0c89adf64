/** The Lab in a real browser. Needs the build: `vite build web`. */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { formatTimes } from '../../src/core/model/index.ts'
import { compareStrategies, comparisonCodec } from '../../web/src/lab/model/comparison.ts'
import { produceCodec, produceFigures, startProduction } from '../../web/src/lab/model/produce.ts'
import { launchBrowser, openPage, type WatchedPage } from '../support/browser.ts'
import { assertAccessible, assertNoSidewaysScroll, eventually } from '../support/dashboard-checks.ts'
import { type MockApi, startMockApi } from '../support/mock-api.ts'

const STILL = { reducedMotion: 'reduce' } as const

/** Links that put instruments into a state worth looking at; how each begins is among the views of every size. */
const LINKS = [
  '/lab/produce?partitions=1000&messages=100000&distinct=20000',
  '/lab/produce?keys=typed&view=table',
  '/lab/order?s=a.b.a.b.g4.a.b.r3.r0.r',
  '/lab/offsets?s=p.C.d0.x.r.p.d4',
  '/lab/replication?min=1&s=p.F.b2.b3.p.x1.u',
  '/lab/rebalance?at=2',
  '/lab/calculator?rate=1000000000000&bytes=1000000000&per=second',
]

/** The value below a label in the row of figures. */
const figure = async (page: Page, label: string): Promise<string> =>
  ((await page.locator('.fig', { hasText: label }).first().locator('.v').textContent()) ?? '').trim()

/** Follows a link within the page, as the back button does: the code of the Lab is loaded once for all of them. */
const follow = async (page: Page, path: string): Promise<void> => {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  )
  await page.locator(`.lab-tabs a[aria-current=page][href^="${path.split('?')[0]}"]`).waitFor()
  await eventually(
    'the instrument is ready',
    async () => (await page.locator('[aria-busy=true]').count()) === 0,
  )
}

const inFull = (value: number): string => value.toLocaleString('en-US')

describe('the Lab', () => {
  let browser: Browser
  let api: MockApi
  before(async () => {
    browser = await launchBrowser()
    api = await startMockApi({ scenario: 'busy', tickMs: 0 })
  })
  after(async () => {
    await browser.close()
    await api.close()
  })

  /** Closed whatever happens: a page that is left behind draws on and slows the others. */
  const opened = async (
    t: TestContext,
    url: string,
    options?: BrowserContextOptions,
  ): Promise<WatchedPage> => {
    const watched = await openPage(browser, url, options)
    t.after(watched.close)
    return watched
  }

  test('shows the figures of the core for the state in the link', async t => {
    const link = { keys: 'zipf', messages: '20000', distinct: '3000', partitions: '24', seed: '5' }
    const query = new URLSearchParams(link).toString()
    const { page, complaints } = await opened(t, `${api.url}/lab/produce?${query}`, STILL)
    const settings = produceCodec.read(link)
    const expected = produceFigures(startProduction(settings, 1).finish())
    await page.getByText(/takes .* its share/).waitFor()
    assert.equal(await figure(page, 'Messages'), inFull(expected.messages))
    assert.equal(await figure(page, 'Keys seen'), inFull(expected.keysSeen))
    assert.equal(await figure(page, 'Hottest partition'), String(expected.hottestLane))
    assert.equal(await figure(page, 'Skew'), formatTimes(expected.maxOverMean))
    await page.getByRole('link', { name: 'Compare strategies' }).click()
    await page.waitForURL(/\/lab\/strategies\?/)
    const { rows } = compareStrategies(comparisonCodec.read(link))
    for (const row of rows) {
      const cells = page.locator('.compared tr', { hasText: row.label }).first()
      assert.ok(((await cells.textContent()) ?? '').includes(formatTimes(row.maxOverMean)), row.label)
    }
    assert.deepEqual(complaints, [])
  })

  test('lanes fill before the eyes, and a change sends anew', async t => {
    const { page, complaints } = await opened(t, `${api.url}/lab/produce`)
    await eventually(
      'messages are on their way or there',
      async () => (await figure(page, 'Messages')) !== '0',
    )
    await eventually('all are there', async () => (await figure(page, 'Messages')) === inFull(10_000))
    await page.getByRole('textbox', { name: 'Messages' }).fill('3,000')
    await eventually('the new ones are there', async () => (await figure(page, 'Messages')) === '3,000')
    assert.match(page.url(), /messages=3000/)
    await page.getByRole('textbox', { name: 'Messages' }).fill('0')
    await page.getByText('Whole, 1 to 1,000,000').waitFor()
    assert.match(page.url(), /messages=3000/)
    assert.deepEqual(complaints, [])
  })

  test('works when the server gives nothing', async t => {
    const silent = await startMockApi({ scenario: 'busy', tickMs: 0 })
    silent.cut()
    const { page } = await opened(t, `${silent.url}/lab/assignment`, STILL)
    // after the page: it goes on asking, and a server does not end while somebody asks
    t.after(silent.close)
    await page.getByRole('button', { name: 'A member joins' }).click()
    await page.waitForURL(/changes=j1j1/)
    await page.getByText('consumer-05').waitFor()
  })

  test('steps are taken with the keyboard alone, and stand in the address', async t => {
    const { page, complaints } = await opened(t, `${api.url}/lab/order`, STILL)
    const next = page.getByRole('button', { name: 'Next step' })
    await next.focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowRight')
    await page.getByText('2 of 12').waitFor()
    await page.keyboard.press('End')
    await page.getByText(/Order broken/).waitFor()
    await page.keyboard.press('Home')
    await page.getByText('0 of 12').waitFor()
    await page.getByRole('button', { name: 'anna', exact: true }).press('Enter')
    await page.waitForURL(/[?&]s=a$/)
    await page.getByText('anna 1 goes to lane').waitFor()
    assert.deepEqual(complaints, [])
  })

  test('a story of each kind is told to its end', async t => {
    const told = [
      ['/lab/offsets', 'Commit before the work', /2 records were skipped|3 records were skipped/],
      ['/lab/replication', 'Trust acks=1', /One record was acknowledged and lost/],
      ['/lab/replication', 'Two in that rack', /All is well/],
    ] as const
    const { page } = await opened(t, `${api.url}/lab`, STILL)
    for (const [path, story, verdict] of told) {
      await follow(page, path)
      await page.getByRole('button', { name: story }).click()
      await page.getByRole('button', { name: 'Next step' }).focus()
      await page.keyboard.press('End')
      await page.getByText(verdict).first().waitFor()
    }
  })

  test('is no burden for other pages: its code comes when it is opened', async t => {
    const { page } = await opened(t, `${api.url}/topics`)
    await page.locator('table').first().waitFor()
    const loaded = (): Promise<readonly string[]> =>
      page.evaluate(
        'performance.getEntriesByType("resource").map(entry => new URL(entry.name).pathname).filter(path => /Lab-/.test(path))',
      )
    assert.deepEqual(await loaded(), [])
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.getByRole('heading', { name: 'Where do my messages go?' }).waitFor()
    assert.ok((await loaded()).length >= 1)
  })

  // one page for all links of a theme: the code is loaded once, and what is left of one instrument would be seen in the next
  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing, nor does the browser complain, ${colorScheme}`, async t => {
      const { page, complaints } = await opened(t, `${api.url}/lab`, { colorScheme, ...STILL })
      for (const path of LINKS) {
        await follow(page, path)
        await assertAccessible(page, `${path} ${colorScheme}`)
        assert.deepEqual(complaints, [], path)
      }
    })

  test('a phone shows every instrument without scrolling sideways', async t => {
    const { page, complaints } = await opened(t, `${api.url}/lab`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      ...STILL,
    })
    for (const path of LINKS) {
      await follow(page, path)
      await assertNoSidewaysScroll(page, path)
    }
    assert.deepEqual(complaints, [])
  })
})
