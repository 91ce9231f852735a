import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'
import { type Bank, openBank, skip } from './bank.ts'

suite('a reader asks, follows a process, and lets a colleague in', { skip }, () => {
  let bank: Bank
  before(async () => {
    bank = await openBank([])
  })
  after(() => bank?.close())

  test('a question is found, asked by its form, and its address says what was asked', async () => {
    const { page, context } = await bank.open('fenxi')
    await page.goto('/questions')
    await page
      .getByRole('searchbox')
      .or(page.getByPlaceholder(/按名称/))
      .first()
      .fill('走势')
    await page.getByRole('link', { name: '体验指标走势' }).click()
    await page.getByRole('heading', { name: /experience\.trend/ }).waitFor()
    // It needs a metric before it can be asked.
    await page.getByRole('button', { name: '提问', exact: true }).click()
    await page.getByText('请填写此项').waitFor()
    await page.getByRole('combobox', { name: '指标' }).click()
    await page.getByTitle(/CSAT/).click()
    await page.getByRole('button', { name: '提问', exact: true }).click()
    await page.locator('.zy-answer tbody tr').first().waitFor()
    assert.deepEqual(JSON.parse(new URL(page.url()).searchParams.get('with') ?? '').metric, 'csat')
    assert.match(await page.locator('.zy-sentence').innerText(), /\d+ 行结果/)
    const saved = page.waitForEvent('download')
    await page.locator('.zy-answer').getByRole('button', { name: '导出' }).click()
    await page.getByText('导出 CSV').click()
    assert.equal((await saved).suggestedFilename(), 'experience.trend-演示.csv')
    assert.match(await readFile(await (await saved).path(), 'utf8'), /^\uFEFFperiod,metric,n,/)
    // The SQL is there for an analyst.
    await page.getByText('SQL', { exact: true }).click()
    await page
      .getByText(/select/)
      .first()
      .waitFor()
    await context.close()
  })

  test('the evidence of a number leads to the question that gave it', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    // The address is given its days first; what is drawn anew would take the popover away.
    await page.waitForURL(/from=/)
    await page.waitForLoadState('networkidle')
    await page.locator('.zy-headlines .zy-figure-button').first().click()
    await page.getByRole('link', { name: '以表格打开' }).click()
    await page.locator('.zy-answer tbody tr').first().waitFor()
    assert.match(page.url(), /\/questions\/experience\./)
    await context.close()
  })

  test('parameters that were tampered with are refused in words', async () => {
    const { page, context } = await bank.open('fenxi')
    await page.goto(`/questions/experience.trend?with=${encodeURIComponent('{"metric":')}`)
    await page.getByText('地址中的条件无法识别').waitFor()
    await page.goto(`/questions/experience.trend?with=${encodeURIComponent('{"metric":"luck"}')}`)
    assert.match(await page.getByRole('alert').first().innerText(), /validation_failed/)
    await context.close()
  })

  test('a process opens from the list, and a step from the map by keyboard', async () => {
    const { page, context } = await bank.open('liucheng')
    await page.goto('/processes')
    await page.getByRole('link', { name: '个人贷款流程' }).click()
    await page.locator('.zy-flow-scroll svg').waitFor()
    assert.match(await page.locator('.zy-sentence').innerText(), /件案件走出 \d+ 种走法/)
    const step = page.getByRole('button', { name: /^资料初审/ })
    await step.focus()
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('columnheader', { name: '前一环节' }).waitFor()
    assert.match(page.url(), /step=/)
    await page.goBack()
    await drawer.waitFor({ state: 'hidden' })
    await context.close()
  })

  test('an administrator adds a person who then chooses a password and signs in', async () => {
    const { page, context } = await bank.open('guanli')
    await page.goto('/settings/access')
    await page.getByRole('button', { name: '新增用户' }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('姓名').fill('王小明')
    await drawer.getByLabel('用户名').fill('wangxm')
    await drawer.getByRole('button', { name: '创建' }).click()
    const link = await drawer.locator('.zy-secret code').innerText()
    const colleague = await bank.open()
    await colleague.page.goto(link)
    await colleague.page.getByLabel('密码', { exact: true }).fill('qing-song-yun-2741')
    await colleague.page.getByLabel('再次输入密码').fill('qing-song-yun-2741')
    await colleague.page.getByRole('button', { name: '创建并登录' }).click()
    await colleague.page.getByRole('button', { name: /王小明/ }).waitFor()
    await colleague.page.goto('/me')
    await colleague.page.getByText('您的账户还没有角色').waitFor()
    await colleague.context.close()
    // What was done stands in the audit, whose chain is whole.
    await page.goto('/settings/audit')
    await page.getByText(/审计链完整/).waitFor()
    await page.getByText('新增用户', { exact: true }).first().waitFor()
    await context.close()
  })
})
