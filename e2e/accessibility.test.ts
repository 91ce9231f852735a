import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, suite, test } from 'node:test'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { type Bank, openBank, skip } from './bank.ts'

/** Every page: its address, and what must stand there before it is looked at. */
const pages: [address: string, ready: string][] = [
  ['/', '.zy-headlines'],
  ['/?tp=tp_mobile_transfer', '.ant-drawer .zy-chart'],
  ['/diagnostic', '.zy-table'],
  ['/model', '.zy-stages'],
  ['/model?tab=coverage', '.zy-table'],
  ['/model?tab=targets', '.zy-table'],
  ['/model?add=journeys', '.ant-drawer form'],
  ['/findings', '.zy-finding'],
  ['/findings?view=table', '.zy-table'],
  ['/findings?view=ledger', '.zy-ledger'],
  ['/actions', '.zy-timeline'],
  ['/actions/new', '.zy-plan'],
  ['/effects', '.zy-whisker'],
  ['/my-work', '.zy-work'],
  ['/import', '.zy-drop'],
  ['/import?detail=1', '.ant-drawer .zy-import-sentence'],
  ['/processes', '.zy-table'],
  ['/processes/personal_loan', '.zy-flow-scroll svg'],
  ['/questions', '.zy-questions'],
  ['/questions/experience.trend?with=%7B%22metric%22%3A%22nps%22%7D', '.zy-answer .zy-table'],
  ['/settings/units', '.zy-table'],
  ['/settings/metrics', '.zy-table'],
  ['/me', '.zy-password'],
]
const administration: typeof pages = [
  ['/settings/access', '.zy-table'],
  ['/settings/access?add=user', '.ant-drawer form'],
  ['/settings/access?tab=tokens', '.zy-empty, .zy-table'],
  ['/settings/erasures', '.zy-empty, .zy-table'],
  ['/settings/erasures?add=request', '.ant-drawer form'],
  ['/settings/audit', '.zy-table'],
  ['/settings/system', '.zy-empty, .zy-table'],
]

/** Pages of one thing: the list it is opened from, the link, and what must stand there. */
const opened: [list: string, link: string, ready: string][] = [
  ['/findings', '.zy-finding-title', '.zy-case .zy-decide'],
  ['/actions', '.zy-timeline a', '.zy-registration'],
  ['/effects', '.zy-whisker-name a', '.zy-verdict'],
]

/** Something to be found, an action that runs and one that was judged. */
const plants = [
  { kind: 'unmeasured', touchpoint: 'tp_wealth_report' },
  ...['-190d', '-30d'].map((from, index) => ({
    kind: 'action',
    title: `一次办结 ${index + 1}`,
    touchpoint: 'tp_loan_docs',
    unit: 'cd',
    from,
    metric: 'ces',
    effect: 0,
    expected: 0.5,
    design: 'did',
  })),
]

suite('no page has a serious barrier', { skip }, () => {
  let bank: Bank
  let axe: string
  before(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    bank = await openBank(plants)
  })
  after(() => bank?.close())

  for (const [theme, language, largeText] of [
    ['light', 'zh', false],
    ['dark', 'en', true],
  ] as const) {
    test(`${theme}, ${language}${largeText ? ', large text' : ''}`, async () => {
      const found: string[] = []
      for (const [login, its] of [['tiyan', pages] as const, ['guanli', administration] as const]) {
        const { page, context } = await bank.open(login, { theme, language, largeText })
        for (const [address, ready] of its) {
          await page.goto(address)
          await page.locator(ready).first().waitFor()
          await settled(page)
          found.push(...(await barriers(page, axe)).map((barrier) => `${address}: ${barrier}`))
        }
        await context.close()
      }
      assert.deepEqual(found, [])
    })

    test(`pages of one thing, as a reader reaches them: ${theme}, ${language}`, async () => {
      const { page, context } = await bank.open('tiyan', { theme, language, largeText })
      const found: string[] = []
      for (const [list, link, ready] of opened) {
        await page.goto(list)
        await page.locator(link).first().click()
        await page.locator(ready).first().waitFor()
        await settled(page)
        found.push(...(await barriers(page, axe)).map((barrier) => `${list} ${link}: ${barrier}`))
      }
      await context.close()
      assert.deepEqual(found, [])
    })

    test(`the door, ${theme}`, async () => {
      const { page, context } = await bank.open(undefined, { theme, language, largeText })
      await page.goto('/sign-in')
      await page.locator('.zy-door-account').first().waitFor()
      assert.deepEqual(await barriers(page, axe), [])
      await context.close()
    })
  }

  test('the keyboard reaches the content past the navigation', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    await page.locator('.zy-headlines').waitFor()
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'zy-skip')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content')
    await context.close()
  })
})

/** No request under way and nothing moving: contrast is judged on what stays. */
const settled = (page: Page) =>
  page.waitForFunction(() => document.getAnimations().length === 0 && !document.querySelector('.ant-skeleton-active'))

async function barriers(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe)
  const results = (await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<unknown> } }).axe.run(),
  )) as AxeResults
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary ?? ''}`,
    )
}
