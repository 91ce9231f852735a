import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Bank, openBank, skip, textOf } from './bank.ts'

const plants = [
  { kind: 'score_drop', metric: 'csat', touchpoint: 'tp_mobile_transfer', from: '-150d', by: 0.7 },
  { kind: 'unmeasured', touchpoint: 'tp_wealth_report' },
]

suite('a reader looks at how customers fare', { skip }, () => {
  let bank: Bank
  before(async () => {
    bank = await openBank(plants)
  })
  after(() => bank?.close())

  test('a stranger is led to the door and, signed in, back to where he wanted to go', async () => {
    const { page, context } = await bank.open()
    await page.goto('/diagnostic')
    await page.getByRole('heading', { name: '登录知音' }).waitFor()
    assert.match(await textOf(page.locator('.zy-banner')), /合成数据/)
    await page.getByRole('button', { name: /客户体验经理.*tiyan/ }).click()
    await page.getByRole('heading', { name: '体验诊断' }).waitFor()
    assert.match(page.url(), /\/diagnostic/)
    assert.match(await textOf(page.locator('.zy-banner')), /合成数据/)
    await context.close()
  })

  test('every page says that the bank is synthetic, before, outside and within the frame', async () => {
    const { page, context } = await bank.open('tiyan')
    const pages = [
      '/',
      '/diagnostic',
      '/model',
      '/import',
      '/findings',
      '/actions',
      '/actions/new',
      '/effects',
      '/my-work',
    ]
    const more = [
      '/processes',
      '/processes/personal_loan',
      '/questions',
      '/questions/experience.trend',
      '/me',
      '/nowhere',
    ]
    const settings = ['/settings/units', '/settings/metrics', '/settings/access', '/settings/audit', '/settings/system']
    for (const address of [...pages, ...more, ...settings, '/sign-in', '/welcome']) {
      await page.goto(address)
      await page.locator('.zy-banner').first().waitFor()
      assert.match(await textOf(page.locator('.zy-banner')), /合成数据/, address)
    }
    for (const address of ['/api/docs', '/api/docs/errors']) {
      await page.goto(address)
      assert.match(await textOf(page.getByRole('note')), /合成数据|synthetic/, address)
    }
    await context.close()
  })

  test('a wrong password is refused in words, with its code', async () => {
    const { page, context } = await bank.open()
    await page.goto('/sign-in')
    await page.getByLabel('用户名').fill('tiyan')
    await page.getByLabel('密码', { exact: true }).fill('wrong password')
    await page.getByRole('button', { name: '登录', exact: true }).click()
    const problem = page.getByRole('alert')
    await problem.waitFor()
    assert.match(await textOf(problem), /用户名或密码不正确[\s\S]*sign_in_failed/)
    await context.close()
  })

  test('the overview says it in a sentence, with five numbers that carry n and interval', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    await page.locator('.zy-headlines article').nth(4).waitFor()
    assert.match(await textOf(page.locator('.zy-sentence')), /NPS/)
    const headlines = await page.locator('.zy-headlines article').allInnerTexts()
    assert.equal(headlines.length, 5)
    for (const text of headlines) assert.match(text, /n = [\d,]+|样本不足/, text)
    // The address now names its days: the link means the same tomorrow.
    assert.match(page.url(), /from=\d{4}-\d{2}-\d{2}&to=\d{4}-\d{2}-\d{2}/)
    await context.close()
  })

  test('a touchpoint opens from the heat map, is in the address, and back closes it', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    await page.getByRole('button', { name: /^★? ?手机银行转账/ }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByText('趋势').first().waitFor()
    assert.match(page.url(), /tp=tp_mobile_transfer/)
    // A chart has its table.
    await drawer.getByRole('button', { name: '看表格' }).first().click()
    await drawer.getByRole('columnheader', { name: '起始日' }).waitFor()
    await page.goBack()
    await drawer.waitFor({ state: 'hidden' })
    assert.doesNotMatch(page.url(), /tp=/)
    await context.close()
  })

  test('a reader goes down the tree and to a channel, and a colleague given the link sees the same', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    await page.locator('section', { hasText: '各下级机构' }).getByRole('button', { name: '浙江省分行' }).click()
    await page.locator('.zy-sentence', { hasText: '浙江省分行' }).waitFor()
    await Promise.all([
      page.waitForResponse(/overview\?.*channel=branch/),
      page.locator('section', { hasText: '各渠道' }).getByRole('button', { name: '网点' }).click(),
    ])
    await page.locator('.zy-dimmed').waitFor({ state: 'detached' })
    await page.locator('.zy-filter-part', { hasText: '网点' }).waitFor()
    assert.match(page.url(), /unit=zj/)
    const seen = await textOf(page.locator('.zy-sentence'))
    const colleague = await bank.open('fenxi')
    await colleague.page.goto(page.url())
    await colleague.page.locator('.zy-sentence', { hasText: '浙江省分行' }).waitFor()
    await colleague.page.locator('.zy-dimmed').waitFor({ state: 'detached' })
    assert.equal(await textOf(colleague.page.locator('.zy-sentence')), seen)
    await colleague.context.close()
    await context.close()
  })

  test('a branch manager sees his branch and no other', async () => {
    const { page, context } = await bank.open('wangdian')
    await page.goto('/')
    await page.locator('.zy-headlines').waitFor()
    assert.doesNotMatch(await textOf(page.locator('body')), /江苏省分行/)
    await page.goto('/?unit=js')
    await page.getByRole('alert').first().waitFor()
    assert.match(await textOf(page.getByRole('alert').first()), /查看范围/)
    await context.close()
  })

  test('the language changes without a reload and is kept', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    await page.locator('.zy-headlines').waitFor()
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Journey heat map' }).waitFor()
    assert.equal(await page.evaluate(() => (window as unknown as { sameDocument?: boolean }).sameDocument), true)
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
    await page.reload()
    await page.getByRole('heading', { name: 'Journey heat map' }).waitFor()
    await context.close()
  })

  test('the search finds a unit by its pinyin initials, from the keyboard alone', async () => {
    const { page, context } = await bank.open('tiyan')
    await page.goto('/')
    await page.locator('.zy-headlines').waitFor()
    await page.keyboard.press('/')
    const search = page.getByRole('combobox', { name: '搜索' })
    await search.fill('zjsfh')
    await page
      .getByRole('option', { name: /浙江省分行/ })
      .first()
      .waitFor()
    await search.press('Enter')
    await page.locator('.zy-sentence', { hasText: '浙江省分行' }).waitFor()
    await context.close()
  })

  test('on a phone nothing overflows and the navigation opens as a drawer', async () => {
    const { page, context } = await bank.open('tiyan', { width: 390, height: 844 })
    await page.goto('/')
    await page.locator('.zy-headlines').waitFor()
    const { content, screen } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      screen: document.documentElement.clientWidth,
    }))
    assert.ok(content <= screen, `${content} px wide on a screen of ${screen} px`)
    await page.getByRole('button', { name: '打开导航' }).click()
    await page.getByRole('dialog').getByRole('link', { name: '体验诊断' }).click()
    await page.getByRole('heading', { name: '体验诊断' }).waitFor()
    await context.close()
  })
})
