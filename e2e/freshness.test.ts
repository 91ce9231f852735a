import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { type Bank, openBank, skip, textOf } from './bank.ts'

const dayAfter = (day: string) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)

suite('an open page keeps up with the facts and says how fresh it is', { skip }, () => {
  let bank: Bank
  before(async () => {
    bank = await openBank([])
  })
  after(() => bank?.close())

  const newestDay = async (page: Page) => textOf(page.locator('.zy-answer tbody td').first())
  /** As if the reader came back to the page from another: it looks then, and every twenty seconds while it is looked at. */
  const comeBack = (page: Page) => page.evaluate(() => void window.dispatchEvent(new Event('visibilitychange')))

  /** A colleague imports a visit of that day, without the page. */
  async function importVisit({ request }: BrowserContext, day: string) {
    const sent = await request.post('/api/v1/uploads?fileName=visits.csv', {
      headers: { 'content-type': 'application/octet-stream' },
      data: Buffer.from(`no,at,channel\n${day},${day}T02:00:00Z,app\n`),
    })
    assert.ok(sent.ok(), await sent.text())
    const { id: upload } = (await sent.json()) as { id: string }
    const columns = { source_id: 'no', start_at: 'at', channel: 'channel' }
    const mapping = { kind: 'interactions', source: 'visits', columns }
    const started = await request.post(`/api/v1/uploads/${upload}/load`, { data: { mapping } })
    assert.ok(started.ok(), await started.text())
    const { id } = (await started.json()) as { id: number }
    for (let state = 'running'; state !== 'done'; ) {
      state = ((await (await request.get(`/api/v1/loads/${id}`)).json()) as { state: string }).state
      assert.notEqual(state, 'failed')
    }
  }

  test('what a colleague imports appears on the open page, and nothing that is being typed is touched', async () => {
    const { page, context } = await bank.open('fenxi')
    await page.goto('/questions/experience.newest?with=%7B%7D')
    await page.locator('.zy-answer').waitFor()
    const old = await newestDay(page)
    await page.locator('.zy-fresh', { hasText: '数据更新于' }).waitFor()
    const since = page.locator('form.zy-question-form input[type=date]')
    await since.fill('2020-02-29')
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    const colleague = await bank.open('tiyan')
    const next = dayAfter(old)
    await importVisit(colleague.context, next)
    await comeBack(page)
    await page.locator('.zy-answer td', { hasText: next }).waitFor()
    assert.equal(await since.inputValue(), '2020-02-29')
    assert.equal(await page.evaluate(() => (window as unknown as { sameDocument?: boolean }).sameDocument), true)
    await colleague.context.close()
    await context.close()
  })

  test('nothing is read again where nothing has changed', async () => {
    const { page, context } = await bank.open('fenxi')
    let asked = 0
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/ask/')) asked++
    })
    await page.goto('/questions/experience.newest?with=%7B%7D')
    await page.locator('.zy-answer').waitFor()
    const known = asked
    for (let i = 0; i < 3; i++) {
      const looked = page.waitForResponse('**/api/v1/freshness')
      await comeBack(page)
      await looked
    }
    // What it would have asked it would have asked before this is answered.
    await page.evaluate(() => fetch('/api/v1/live').then((answer) => answer.text()))
    assert.equal(asked, known)
    await context.close()
  })

  test('it says as of when the oldest figures are that it shows, and not what a server says that knows more', async () => {
    const { page, context } = await bank.open('fenxi')
    let behind = true
    // A server that is behind, and from now on cannot be reached either.
    await page.route('**/api/v1/ask/**', async (route) => {
      if (!behind) return route.abort()
      const response = await route.fetch()
      const headers = { ...response.headers(), 'x-zhiyin-as-of': '1 2001-02-03T04:05:00.000Z' }
      return route.fulfill({ response, headers })
    })
    await page.goto('/questions/experience.newest?with=%7B%7D')
    await page.locator('.zy-answer').waitFor()
    const foot = page.locator('.zy-fresh')
    await foot.getByText('数据更新于 2001年2月3日').waitFor()
    const shown = await newestDay(page)
    behind = false
    await comeBack(page)
    await page.getByRole('alert').waitFor()
    assert.equal(await newestDay(page), shown, 'charts stay as they were last')
    assert.match(await textOf(foot), /2001年2月3日/)
    await page.unroute('**/api/v1/ask/**')
    await page.getByRole('button', { name: '重试' }).click()
    await page.locator('.zy-fresh', { hasNotText: '2001年' }).waitFor()
    assert.equal(await page.getByRole('alert').count(), 0)
    await context.close()
  })
})
