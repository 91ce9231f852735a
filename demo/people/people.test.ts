import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stream } from '../random.ts'
import { checkCharacter, impossibleDocument, impossiblePhone, impossiblePrefixes } from './identity.ts'
import { personName } from './names.ts'

const many = Array.from({ length: 5000 }, (_, i) => i)

test('no telephone number can be anybody’s: no operator issues eleven digits that begin so', () => {
  for (const i of many) {
    const phone = impossiblePhone(stream(1, 'phone', i))
    assert.match(phone, /^1\d{10}$/)
    assert.doesNotMatch(phone, /^1[3-9]/, 'a mobile number')
    assert.doesNotMatch(phone, /^(100|101|106|108|11|12)/, 'a service number')
    assert.ok(impossiblePrefixes.some((prefix) => phone.startsWith(prefix)))
  }
})

test('the check character is the standard’s own', () => {
  // The example of GB 11643-1999.
  assert.equal(checkCharacter('11010519491231002'), 'X')
  assert.equal(checkCharacter('44052418800101001'), '4')
})

test('no document number passes its check, and its region does not exist', () => {
  for (const i of many) {
    const number = impossibleDocument(stream(1, 'document', i), i % 2 ? 'man' : 'woman', 1985)
    assert.match(number, /^99\d{4}1985\d{7}[\dX]$/)
    assert.notEqual(number[17], checkCharacter(number.slice(0, 17)))
    assert.equal(Number(number[16]) % 2, i % 2, 'odd for men, even for women')
  }
})

test('surnames are as frequent as they are in the country, and given names suit gender and years', () => {
  const names = many.map((i) => personName(stream(1, 'name', i), 'woman', 1955))
  const share = (surname: string) => names.filter((name) => name.startsWith(surname)).length / names.length
  assert.ok(share('王') > 0.05 && share('王') < 0.11)
  assert.ok(share('李') > share('赵') && share('赵') > share('莫'))
  assert.ok(names.every((name) => /^\p{Script=Han}{2,4}$/u.test(name)))
  assert.ok(names.some((name) => name.includes('秀英') || name.includes('桂')))
  assert.ok(names.every((name) => !name.includes('轩')))
})
