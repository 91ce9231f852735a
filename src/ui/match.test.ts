import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchScore } from './match.ts'
import { loadPinyin } from './pinyin.ts'

test('pinyin initials and full pinyin find a Chinese name', async () => {
  const spell = await loadPinyin({ 分行: 'fēn háng' })
  const name = '手机银行转账'
  for (const typed of ['sjyh', 'shoujiyinhang', 'sjyhzz', 'yhzz', '转账', '手机'])
    assert.ok(matchScore(typed, name, spell(name)) > 0, typed)
  assert.equal(matchScore('gmdk', name, spell(name)), 0)
  assert.ok(matchScore('zjsfh', '浙江省分行', spell('浙江省分行')) > 0, 'as a banker reads it')
})

test('the name itself stands before its letters, the beginning before the middle', async () => {
  const spell = await loadPinyin()
  const score = (typed: string, name: string) => matchScore(typed, name, spell(name))
  assert.ok(score('西湖', '西湖支行') > score('西湖', '杭州西湖支行'))
  assert.ok(score('xh', '西湖支行') > score('xh', '杭州西湖支行'))
  assert.ok(score('西湖', '杭州西湖支行') > score('xh', '西湖支行'))
})

test('all words must be found, and nothing typed finds nothing', () => {
  assert.ok(matchScore('mobile fail', 'Mobile banking transfer fails') > 0)
  assert.equal(matchScore('mobile loan', 'Mobile banking transfer fails'), 0)
  assert.equal(matchScore('  ', 'Mobile'), 0)
})
