import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Bank, openBank, skip, textOf } from './bank.ts'

const plants = [
  { kind: 'failure_rise', touchpoint: 'tp_mobile_transfer', unit: 'dg-mobile', from: '-130d', by: 0.12 },
  { kind: 'unmeasured', touchpoint: 'tp_wealth_report' },
]

suite('a finding is decided on and acted upon', { skip }, () => {
  let bank: Bank
  before(async () => {
    bank = await openBank(plants)
  })
  after(() => bank?.close())

  const openFinding = async (page: Page, name: RegExp) => {
    await page.goto('/findings')
    await page.getByRole('link', { name }).first().click()
    await page.locator('.zy-case').waitFor()
  }

  test('the list is walked through by keyboard and a finding dismissed from it, and back again', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/findings')
    await page.locator('.zy-finding').first().waitFor()
    assert.match(await textOf(page.locator('.zy-sentence')), /待处理的问题 \d+ 个/)
    await page.keyboard.press('j')
    const title = await page.evaluate(() => document.activeElement?.textContent ?? '')
    assert.notEqual(title, '')
    const row = page.locator('.zy-finding', { hasText: '持仓与到期提醒' })
    await row.getByRole('button', { name: '不予认可' }).click()
    await page.getByRole('menuitem', { name: '已知，正在处理' }).click()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '撤销', exact: true }).click()
    await row.waitFor()
    await context.close()
  })

  test('the address opens the dismissal; another reason needs words; the decision can be taken back', async () => {
    const { page, context } = await bank.open('tiyan')
    await openFinding(page, /持仓与到期提醒/)
    await page.goto(`${page.url()}&decide=dismiss`)
    await page.getByRole('radio', { name: '其他原因…' }).check()
    const side = page.locator('.zy-case-side')
    const dismiss = side.getByRole('button', { name: '不予认可', exact: true })
    assert.equal(await dismiss.isDisabled(), true)
    await page.getByLabel('说明（选择“其他”时必填）').fill('下季度起由理财团队电话回访')
    await dismiss.click()
    await page.locator('.zy-decided', { hasText: '下季度起由理财团队电话回访' }).waitFor()
    await page.getByRole('button', { name: '撤销“不予认可”' }).click()
    await side.getByRole('button', { name: '认可', exact: true }).waitFor()
    assert.match(await textOf(page.locator('.zy-events').last()), /不予认可[\s\S]*已撤销/)
    await context.close()
  })

  test('a finding is accepted, an action planned from it, and its registration locked', async () => {
    const { page, context } = await bank.open('tiyan')
    await openFinding(page, /手机银行转账：办理成功率/)
    await page.getByText('以表格打开').first().waitFor()
    const side = page.locator('.zy-case-side')
    await side.getByRole('button', { name: '认可', exact: true }).click()
    await side.getByRole('link', { name: '制定改进措施' }).click()
    await page.getByLabel('措施名称').fill('转账失败时给出原因')
    // The measure comes from the finding; how long it takes is said before anything is promised.
    await page.locator('.zy-plan-power').getByText('目前水平').waitFor()
    await page.getByRole('button', { name: '建立措施' }).click()
    await page.getByText('尚未锁定').waitFor()
    await page.getByRole('button', { name: '锁定预登记' }).click()
    await page.getByText('✓ 与登记内容一致').waitFor()
    assert.match(await textOf(page.locator('.zy-registration')), /办理成功率[\s\S]*登记指纹/)
    assert.equal(await page.getByRole('button', { name: '保存修改' }).count(), 0)
    // The chain leads back.
    await page
      .getByRole('navigation', { name: '证据链' })
      .getByRole('link', { name: /办理成功率/ })
      .last()
      .click()
    await page.getByRole('navigation', { name: '证据链' }).getByRole('link', { name: '转账失败时给出原因' }).waitFor()
    await context.close()
  })

  test('who may not decide sees the finding without the buttons', async () => {
    const { page, context } = await bank.open('fenxi')
    await openFinding(page, /手机银行转账：办理成功率/)
    await page.getByText('您可以查看').waitFor()
    assert.equal(await page.getByRole('button', { name: '不予认可…' }).count(), 0)
    await context.close()
  })

  test('what was tested is in the ledger, at which error', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/findings?view=ledger')
    await page.locator('.zy-ledger').waitFor()
    assert.match(await textOf(page.locator('.zy-sentence')), /每年允许的误报概率为 [\d.]+%/)
    await context.close()
  })

  test('on a phone no page of the loop overflows', async () => {
    const { page, context } = await bank.open('tiyan', { width: 390, height: 844 })
    await openFinding(page, /手机银行转账：办理成功率/)
    const finding = page.url()
    for (const address of ['/findings', finding, '/actions', '/actions/new', '/effects', '/my-work']) {
      await page.goto(address)
      await page.locator('.zy-sentence').waitFor()
      const { content, screen } = await page.evaluate(() => ({
        content: document.documentElement.scrollWidth,
        screen: document.documentElement.clientWidth,
      }))
      assert.ok(content <= screen, `${address}: ${content} px wide on a screen of ${screen} px`)
    }
    await context.close()
  })
})
