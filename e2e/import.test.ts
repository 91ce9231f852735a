import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Bank, openBank, skip } from './bank.ts'

const head = '流水号,交易时间,金额,客户号,渠道,交易类型'
const files = {
  comma: `${head.replaceAll(',', ';')}\nd1;2026-05-01 10:00;1.234,50;C1;branch;转账\nd2;2026-05-02 11:00;0,99;C2;app;转账\n`,
  good: `${head}\nt1,2026-05-01 10:00,5.5,C1,branch,转账\nt2,2026-05-02 11:00,6,C2,app,转账\n`,
  bad: `${head}\nb1,2026-05-01 10:00,5.5,C1,branch,转账\nb2,never,6,C2,app,转账\nb3,2026-05-03 09:00,much,C3,app,转账\nb4,2026-05-03 10:00,8,C3,app,转账\n`,
}

suite('a file becomes facts in four steps', { skip }, () => {
  let bank: Bank
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zhiyin-files-'))
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.csv`), text)
    bank = await openBank([])
  })
  after(async () => {
    await bank?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const send = async (page: Page, name: string) => {
    await page.goto('/import')
    await page.locator('.zy-drop').waitFor()
    await page.locator('input[type=file]').setInputFiles(join(folder, name))
    await page.locator('.zy-maps').waitFor()
  }
  const step = (page: Page, number: number) => page.locator('section.zy-section', { hasText: `${number} · ` })

  test('guessed, checked, loaded, looked at and undone', async () => {
    const { page, context } = await bank.open('tiyan')
    await send(page, 'good.csv')
    // What it seems to be, each column with its meaning.
    assert.match(await step(page, 2).locator('.zy-import-sentence').innerText(), /交易/)
    assert.match(await page.locator('.zy-map', { hasText: '交易时间' }).innerText(), /把握/)
    await page.getByRole('button', { name: '检查这份文件' }).click()
    await page.getByText('2 行全部可以导入').waitFor()
    await page.getByRole('button', { name: '导入 2 行' }).click()
    // What it changed, and where to look.
    await page.getByText(/已导入：新增 2 条记录/).waitFor()
    await step(page, 4)
      .getByText(/2026年5月1日至2026年5月2日/)
      .waitFor()
    await step(page, 4).getByRole('link', { name: '这段时间的体验总览' }).waitFor()
    const line = page.getByRole('row', { name: /good\.csv/ })
    assert.match(await line.innerText(), /已完成[\s\S]*练习/)
    // Undo gives a moment to think better of it …
    await step(page, 4).getByRole('button', { name: '撤销', exact: true }).click()
    await page.getByRole('button', { name: '保留' }).click()
    assert.match(await line.innerText(), /已完成/)
    // … and then takes it back.
    await step(page, 4).getByRole('button', { name: '撤销', exact: true }).click()
    await page.getByText('这次导入已撤销').waitFor()
    await line.getByText('已撤销').waitFor()
    await context.close()
  })

  test('what is wrong is counted with examples and remedies, and reported row by row', async () => {
    const { page, context } = await bank.open('tiyan')
    await send(page, 'bad.csv')
    await page.getByRole('button', { name: '检查这份文件' }).click()
    await page.getByText('4 行中 2 行可以导入，2 行有问题').waitFor()
    const faults = step(page, 3).locator('tbody tr')
    assert.deepEqual(
      (await faults.allInnerTexts()).map((text) => /不是数字|时间无法识别/.test(text)),
      [true, true],
    )
    assert.match(await faults.first().innerText(), /第 \d 行/)
    // Strictly, nothing of it would be loaded.
    await page.getByRole('checkbox', { name: '有一行不合格就全部不导入' }).check()
    assert.ok(await page.getByRole('button', { name: '没有可导入的行' }).isDisabled())
    await page.getByRole('checkbox', { name: '有一行不合格就全部不导入' }).uncheck()
    await page.getByRole('button', { name: '导入 2 行' }).click()
    await page.getByRole('button', { name: /未入库的 2 行/ }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('cell', { name: 'never' }).waitFor()
    const saved = page.waitForEvent('download')
    await drawer.getByRole('button', { name: /下载错误报告/ }).click()
    assert.match(await readFile(await (await saved).path(), 'utf8'), /never/)
    await context.close()
  })

  test('a decimal comma is asked for, and read once it is said', async () => {
    const { page, context } = await bank.open('tiyan')
    await send(page, 'comma.csv')
    await page.getByText('“金额”中的逗号是小数点还是千分位无法确定').waitFor()
    assert.ok(await page.getByRole('button', { name: '检查这份文件' }).isDisabled())
    await page.getByRole('combobox', { name: '小数点' }).click()
    await page.getByTitle('逗号：1.234,50').click()
    await page.getByRole('button', { name: '检查这份文件' }).click()
    await page.getByText('2 行全部可以导入').waitFor()
    await context.close()
  })

  test('a mapping is saved as a file and used again, and the reader may change what was guessed', async () => {
    const { page, context } = await bank.open('fenxi')
    await send(page, 'good.csv')
    await page.getByRole('combobox', { name: '“渠道”的含义' }).click()
    await page.getByTitle('客群').click()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: '保存映射' }).click()
    const path = join(folder, 'saved.map.json')
    await (await saved).saveAs(path)
    const mapping = JSON.parse(await readFile(path, 'utf8')) as { kind: string; columns: Record<string, string> }
    assert.equal(mapping.columns.segment, '渠道')
    assert.equal(mapping.columns.channel, undefined)
    await writeFile(path, JSON.stringify({ ...mapping, source: 'core_banking' }))
    await page.reload()
    await page.locator('.zy-maps').waitFor()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: '用已有映射' }).click()
    await (await chooser).setFiles(path)
    await page.getByText(/已套用映射/).waitFor()
    assert.equal(await page.getByLabel('来源系统').inputValue(), 'core_banking')
    await context.close()
  })

  test('who may only look sees the loads and no file drop', async () => {
    const { page, context } = await bank.open('shenji')
    await page.goto('/import')
    await page
      .getByRole('row', { name: /responses/ })
      .first()
      .waitFor()
    assert.equal(await page.locator('.zy-drop').count(), 0)
    assert.equal(await page.getByRole('button', { name: /撤销/ }).count(), 0)
    await context.close()
  })
})
