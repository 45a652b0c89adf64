/**
 * The cluster, the server and the browser's own line are lost in turn while a page is open: it says what is known and
 * since when, and goes on by itself. Needs the build: `vite build web`.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { memoryHistory } from '../../src/adapters/history/open.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { startLive } from '../../src/runtime/live-state.ts'
import { createServer } from '../../src/server/create-server.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import { cutLine } from '../support/cut-line.ts'
import { assertAccessible, assertMapMoves } from '../support/dashboard-checks.ts'
import { startMockApi } from '../support/mock-api.ts'
import { groupOf, id, scriptedCluster, snapshotOf, topic } from '../support/scripted-cluster.ts'

const webRoot = join(import.meta.dirname, '..', '..', 'web', 'dist')

/** The real observer and server, over a cluster that can be taken away. */
const watchedCluster = (
  t: TestContext,
  { clusterId = 'scripted', clusterName = 'shop', version = '0' } = {},
) => {
  const partitions = 60
  const cluster = scriptedCluster({ ...snapshotOf([topic('orders', partitions, [1, 2, 3])]), clusterId })
  cluster.before = async () => {
    const end = new Float64Array(partitions).fill(Math.floor(performance.now() / 10))
    cluster.offsets.set('orders', { topic: 'orders', end, start: new Float64Array(partitions) })
    cluster.groups = [groupOf('billing', 'orders', end, [Array.from({ length: partitions }, (_, p) => p)])]
  }
  const live = startLive({
    cluster,
    clock: systemClock,
    clusterName,
    version,
    pace: { lookMs: 300 },
    history: { file: memoryHistory(), bytesMax: 1e9 },
  })
  t.after(() => live.close())
  const serve = (port: number) =>
    createServer({ live, clock: systemClock, version, webRoot, host: '127.0.0.1', port })
  return { cluster, serve }
}

const heading = (page: Page, words: RegExp): Promise<void> =>
  page.locator('h1').filter({ hasText: words }).waitFor({ timeout: 25_000 })

/** The page was never loaded anew: what is set on its window is still there. */
const markPage = (page: Page): Promise<unknown> => page.evaluate('window.sameDocument = true')
const assertSameDocument = async (page: Page): Promise<void> =>
  assert.equal(await page.evaluate('window.sameDocument === true'), true, 'without a reload')

describe('outages', () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser.close())

  test('no broker answers: since when, what it said, nothing counts as good; and back', async t => {
    const { cluster, serve } = watchedCluster(t)
    const server = await serve(0)
    t.after(() => server.close())
    const { page, complaints, close } = await openPage(browser, server.url)
    t.after(close)
    await heading(page, /Every partition is served/)
    await markPage(page)
    const gone = new Error('connect ECONNREFUSED 127.0.0.1:9092')
    cluster.failing = { describe: gone, readOffsets: gone, readGroups: gone, readSizes: gone }
    await heading(page, /^No broker has answered for/)
    await page
      .getByText(/ECONNREFUSED/)
      .first()
      .waitFor()
    await page
      .getByText(/Everything below is as of \d\d:\d\d:\d\d UTC/)
      .first()
      .waitFor()
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByText('No broker answers').waitFor()
    assert.equal(await page.locator('.st.ok').count(), 0, 'nothing unseen is said to be well')
    assert.equal(await page.locator('canvas[role=grid]').count(), 1, 'what was last seen stays')
    await assertAccessible(page, 'no broker')
    cluster.failing = {}
    await heading(page, /Every partition is served/)
    await assertSameDocument(page)
    assert.deepEqual(complaints, [])
  })

  test('Lanekeeper is stopped and started again: told apart from the cluster, found again by itself', async t => {
    const { serve } = watchedCluster(t)
    const first = await serve(0)
    const { page, close } = await openPage(browser, first.url)
    t.after(close)
    await heading(page, /Every partition is served/)
    await markPage(page)
    await first.close()
    await heading(page, /^This page has had no word from Lanekeeper for/)
    await page.getByText('This says nothing about Kafka').waitFor()
    await page.getByText(/lost at \d\d:\d\d:\d\d UTC/).waitFor()
    await page.getByRole('button', { name: /Next try in|Trying/ }).waitFor()
    assert.equal(await page.locator('canvas[role=grid]').count(), 1, 'what was last seen stays')
    const second = await serve(first.port)
    t.after(() => second.close())
    assert.equal(second.port, first.port)
    await heading(page, /Every partition is served/)
    await assertSameDocument(page)
  })

  test('the line between browser and server is cut and heals: since when, and on by itself', async t => {
    const { serve } = watchedCluster(t)
    const server = await serve(0)
    t.after(() => server.close())
    const line = await cutLine(server.port)
    t.after(line.close)
    const { page, close } = await openPage(browser, line.url)
    t.after(close)
    await heading(page, /Every partition is served/)
    await markPage(page)
    line.cut()
    await heading(page, /^This page has had no word from Lanekeeper for/)
    await page.getByText('This says nothing about Kafka').waitFor()
    await page.getByText(/lost at \d\d:\d\d:\d\d UTC/).waitFor()
    await page
      .getByText(/Everything below is as of \d\d:\d\d:\d\d UTC/)
      .first()
      .waitFor()
    assert.equal(await page.locator('.st.ok').count(), 0, 'nothing unseen is said to be well')
    await line.heal()
    await heading(page, /Every partition is served/)
    await assertMapMoves(page)
    await assertSameDocument(page)
  })

  test('another version, and then another cluster, answers at the address: both are said, nothing was deleted', async t => {
    const first = await watchedCluster(t).serve(0)
    t.after(() => first.close())
    const line = await cutLine(first.port)
    t.after(line.close)
    const { page, close } = await openPage(browser, `${line.url}/topics/orders`)
    t.after(close)
    await heading(page, /^orders/)
    await markPage(page)
    assert.equal(await page.getByRole('region', { name: 'Version' }).count(), 0)

    const newer = await watchedCluster(t, { version: '1' }).serve(0)
    t.after(() => newer.close())
    line.leadTo(newer.port)
    await page.getByText('Lanekeeper is now version 1; this page was loaded from 0.').waitFor()
    await heading(page, /^orders/)

    const other = watchedCluster(t, { clusterId: 'shop-2', clusterName: 'other shop', version: '1' })
    other.cluster.snapshot = { ...snapshotOf([topic('other', 3, [1, 2, 3])]), clusterId: 'shop-2' }
    other.cluster.offsets = new Map([
      ['other', { topic: 'other', end: new Float64Array(3), start: new Float64Array(3) }],
    ])
    other.cluster.before = async () => {}
    const elsewhere = await other.serve(0)
    t.after(() => elsewhere.close())
    line.leadTo(elsewhere.port)
    await heading(page, /^No topic is named orders\.$/)
    await page.getByText('the link is from another cluster').waitFor()
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByText('other shop').waitFor()
    await assertSameDocument(page)
  })

  test('a broker is silent that alone knows a group: the group is not seen now, which is not gone', async t => {
    const { cluster, serve } = watchedCluster(t)
    const server = await serve(0)
    t.after(() => server.close())
    const { page, close } = await openPage(browser, `${server.url}/groups/billing`)
    t.after(close)
    await heading(page, /billing/)
    await markPage(page)
    const whole = { snapshot: cluster.snapshot, before: cluster.before }
    cluster.snapshot = {
      ...whole.snapshot,
      brokers: whole.snapshot.brokers.map(broker => ({ ...broker, alive: broker.id !== id(2) })),
    }
    cluster.before = async call => {
      await whole.before(call)
      cluster.groups = []
    }
    await heading(page, /^The group billing is not seen now\.$/)
    await page.getByText('one that does not may know it').waitFor()
    Object.assign(cluster, whole)
    await heading(page, /^billing/)
    await assertSameDocument(page)
  })

  test('what a page is about is deleted: it says that it is gone, and when it was last seen', async t => {
    const { cluster, serve } = watchedCluster(t)
    const server = await serve(0)
    t.after(() => server.close())
    const pages = await Promise.all(
      ['/topics/orders', '/topics/orders/7', '/groups/billing', '/topics/never'].map(async path => {
        const opened = await openPage(browser, server.url + path)
        t.after(opened.close)
        return opened.page
      }),
    )
    const [topicPage, partitionPage, groupPage, neverPage] = pages as [Page, Page, Page, Page]
    for (const page of [topicPage, partitionPage]) await heading(page, /^orders/)
    await heading(groupPage, /billing/)
    await heading(neverPage, /^No topic is named never\.$/)
    cluster.snapshot = snapshotOf([topic('other', 3, [1, 2, 3])])
    cluster.offsets = new Map([
      ['other', { topic: 'other', end: new Float64Array(3), start: new Float64Array(3) }],
    ])
    cluster.groups = []
    cluster.before = async () => {}
    for (const page of [topicPage, partitionPage]) await heading(page, /^The topic orders is gone\.$/)
    await heading(groupPage, /^The group billing is gone\.$/)
    for (const page of [topicPage, partitionPage, groupPage])
      await page.getByText(/^Last seen at \d\d:\d\d:\d\d UTC/).waitFor()
    assert.equal(await neverPage.getByText('Last seen').count(), 0)
  })

  test('a line that is open but silent is a lost one, and a new one is made', async t => {
    const api = await startMockApi({ scenario: 'calm', tickMs: 0 })
    t.after(api.close)
    const { page, close } = await openPage(browser, api.url)
    t.after(close)
    await heading(page, /Every partition is served/)
    await markPage(page)
    await heading(page, /^This page has had no word from Lanekeeper for/)
    await page.getByText('the connection is open but silent').waitFor()
    // the next try is answered with a whole tick
    await heading(page, /Every partition is served/)
    await assertSameDocument(page)
  })
})
