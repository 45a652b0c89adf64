/** Alerts, plans and the past in a real browser, on made-up figures. Needs the build: `vite build web`. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser, openPage } from '../support/browser.ts'
import { assertAccessible, eventually } from '../support/dashboard-checks.ts'
import { type MockApi, MOCK_TOKEN, startMockApi } from '../support/mock-api.ts'
import type { Scenario } from '../support/mock-figures.ts'

describe('alerts, plans and the past', () => {
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

  test('alerts: what fires, against its thresholds, what was sent; without a token commands instead of buttons', async t => {
    const { page, complaints, close } = await openPage(browser, `${api.url}/alerts`)
    t.after(close)
    await page.getByRole('heading', { name: 'Two alerts fire.' }).waitFor()
    await page.getByRole('img', { name: 'now 9.4×, fires over 2.00×, clears at 1.60× or less' }).waitFor()
    await page.getByText('and 4 more; group-standing fires for 1 m').waitFor()
    await page.getByText(/Not delivered to ops: it answered 503, try 8/).waitFor()
    await page.getByRole('img', { name: /hot-partition fired 1 time/ }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Silence', exact: true }).count(), 0)
    await page
      .getByRole('button', { name: /Copy command: npx lanekeeper alerts silence hot-partition/ })
      .waitFor()
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByText('2 firing').waitFor()
    assert.deepEqual(complaints, [])
  })

  test('with the token an alert is acknowledged, silenced with a reason, and resumed', async t => {
    const { page, complaints, close } = await openPage(browser, `${api.url}/alerts`)
    t.after(close)
    await page.getByRole('button', { name: 'Enter the token' }).click()
    await page.getByRole('textbox', { name: 'Token' }).fill('wrong')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByText('The token is not one of this server.').waitFor()
    await assertAccessible(page, 'token dialog')
    await page.getByRole('textbox', { name: 'Token' }).fill(MOCK_TOKEN)
    await page.keyboard.press('Enter')
    await page.getByText('May change alerts').waitFor()
    await page.getByText('With the server’s token').waitFor()
    const hot = page.getByRole('row', { name: /One partition far over its share/ })
    await hot.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    await hot.getByRole('button', { name: 'Silence', exact: true }).click()
    await page.getByRole('textbox', { name: 'Why' }).fill('a campaign')
    await assertAccessible(page, 'silence dialog')
    await page.keyboard.press('Enter')
    await page
      .getByRole('row', { name: /A group stands still/ })
      .getByRole('button', { name: 'Resume', exact: true })
      .click()
    await eventually('three changes were asked for', async () => api.changes.length === 3)
    assert.deepEqual(
      api.changes.map(change => [change.method, change.pathname]),
      [
        ['POST', '/api/v1/alerts/ack'],
        ['POST', '/api/v1/alerts/silences'],
        ['DELETE', '/api/v1/alerts/silences/silence-1'],
      ],
    )
    assert.deepEqual(JSON.parse(api.changes[1]?.body ?? ''), {
      rule: 'hot-partition',
      minutes: 120,
      reason: 'a campaign',
    })
    // a server that was started anew takes another one: why this tab's is gone is said, not only that it is
    await page.evaluate("sessionStorage.setItem('lanekeeper.token', 'one that has ended')")
    await page.reload()
    await page.getByRole('status').filter({ hasText: 'The token is not one of this server.' }).waitFor()
    await page.getByRole('button', { name: 'Enter the token' }).click()
    await page.getByRole('textbox', { name: 'Token' }).fill(MOCK_TOKEN)
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByText('With the server’s token').waitFor()
    assert.equal(await page.getByText('The token is not one of this server.').count(), 0)
    await page.getByRole('button', { name: 'Forget the token' }).click()
    await page.getByText('Read-only').first().waitFor()
    assert.deepEqual(complaints, [])
  })

  test('plans: the difference, what is refused and the safe way, the same in a terminal', async t => {
    const { page, complaints, close } = await openPage(browser, `${api.url}/plans`)
    t.after(close)
    await page.getByRole('heading', { name: 'Two of 3 topics differ from lanekeeper.yaml.' }).waitFor()
    await page.getByText(/^user-actions keeps order per user_id, .* moves 67\s% of all keys/).waitFor()
    await page.getByRole('row', { name: /retention.ms 86400000 24\sh 172800000 2\sdays/ }).waitFor()
    await page.getByRole('button', { name: /Copy command: npx lanekeeper apply/ }).waitFor()
    assert.deepEqual(complaints, [])
  })

  test('the time shown is in the address: a span, earlier, a part dragged over, and back', async t => {
    const { page, complaints, close } = await openPage(browser, `${api.url}/topics/user-actions.dlq`)
    t.after(close)
    const raster = page.getByRole('img', { name: /^Records per second of 12 partitions/ })
    await raster.waitFor()
    await page.getByLabel('Span').first().selectOption('24h')
    await page.waitForURL(/last=24h/)
    await page.getByRole('button', { name: 'Earlier' }).first().click()
    await page.waitForURL(/from=.*&to=/)
    const box = await raster.boundingBox()
    assert.ok(box !== null)
    const before = page.url()
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 90, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(url => url.href !== before && /from=.*&to=/.test(url.search))
    await page.getByLabel('Span').first().selectOption('1h')
    await page.waitForURL(url => !/from=|last=/.test(url.search))
    assert.deepEqual(complaints, [])
  })

  const faces: readonly (readonly [Scenario, string, RegExp])[] = [
    ['calm', '/alerts', /^Nothing fires\.$/],
    ['unreachable', '/alerts', /^Alerts are held: no broker answers\.$/],
    ['calm', '/plans', /^user-actions is as lanekeeper\.yaml declares\.$/],
    ['empty', '/plans', /^No topics are declared\.$/],
  ]
  for (const [scenario, path, title] of faces)
    test(`${path} when the cluster is ${scenario} says so`, async t => {
      const other = await startMockApi({ scenario })
      t.after(other.close)
      const { page, complaints, close } = await openPage(browser, other.url + path)
      t.after(close)
      await page.locator('h1').filter({ hasText: title }).waitFor()
      await eventually(
        'panels are filled',
        async () => (await page.locator('[aria-busy=true]').count()) === 0,
      )
      if (scenario === 'unreachable') {
        assert.equal(await page.locator('.st.crit, .st.warn').count(), 0, 'what is held has no colour')
        await page.getByText('Held').first().waitFor()
      }
      await assertAccessible(page, `${scenario} ${path}`)
      assert.deepEqual(complaints, [])
    })
})
