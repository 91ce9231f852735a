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
]

suite('no page has a serious barrier', { skip }, () => {
  let bank: Bank
  let axe: string
  before(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    bank = await openBank([])
  })
  after(() => bank?.close())

  for (const [theme, language, largeText] of [
    ['light', 'zh', false],
    ['dark', 'en', true],
  ] as const) {
    test(`${theme}, ${language}${largeText ? ', large text' : ''}`, async () => {
      const { page, context } = await bank.open('tiyan', { theme, language, largeText })
      const found: string[] = []
      for (const [address, ready] of pages) {
        await page.goto(address)
        await page.locator(ready).first().waitFor()
        await settled(page)
        found.push(...(await barriers(page, axe)).map((barrier) => `${address}: ${barrier}`))
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
