/**
 * A real Chromium out of a package: nothing to install, the same version everywhere. It needs a few shared libraries
 * of the system (libnss3 and its like); on Amazon Linux it brings them, elsewhere the start fails naming the missing one.
 */
import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContextOptions, chromium as playwright, type Page } from 'playwright-core'

/**
 * The package's own list of arguments is for a cloud function: one process for everything (which dies with the first
 * page that is closed) and web security switched off (which would hide what the content policy forbids). Without
 * `--disable-gpu` a machine that has no graphics card emulates one, and a canvas then takes seconds to appear.
 */
const ARGUMENTS = ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none', '--disable-gpu']

export const launchBrowser = async (): Promise<Browser> =>
  playwright.launch({ executablePath: await chromium.executablePath(), args: ARGUMENTS })

export interface WatchedPage {
  readonly page: Page
  /** Console errors, uncaught exceptions and violations of the content policy, as they came. */
  readonly complaints: readonly string[]
  readonly close: () => Promise<void>
}

/** A page that remembers everything the browser complains about. */
export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> => {
  // without a locale, Chromium under LANG=C calls its language "en-US@posix", which Intl refuses
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}

/** The pixels of the first map on the page, as one string to compare: what was drawn, not what was meant. */
export const mapPixels = (page: Page): Promise<string> =>
  page
    .locator('canvas[role=grid]')
    .first()
    .evaluate(canvas => (canvas as unknown as { toDataURL: () => string }).toDataURL())
