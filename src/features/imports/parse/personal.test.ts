import assert from 'node:assert/strict'
import { test } from 'node:test'
import { impersonal, looksPersonal, meansPersonal, type PersonalReason } from './personal.ts'

test('names of columns say what they hold, in both languages and wherever they stand', () => {
  const personal: [string, PersonalReason][] = [
    ['客户姓名', 'name'],
    ['customer.name', 'name'],
    ['Contact Name', 'name'],
    ['手机号', 'phone'],
    ['联系电话', 'phone'],
    ['case:phone', 'phone'],
    ['mobile_no', 'phone'],
    ['身份证号', 'document'],
    ['E-Mail', 'email'],
    ['通讯地址', 'address'],
    ['home_address', 'address'],
    ['银行卡号', 'card'],
    ['account_no', 'card'],
    ['客户号', 'person_number'],
    ['org:resource', 'person_number'],
    ['备注', 'free_text'],
    ['处理意见', 'free_text'],
    ['remarks', 'free_text'],
  ]
  for (const [column, reason] of personal) assert.equal(meansPersonal(column), reason, column)
})

test('what says nothing about a person is kept', () => {
  for (const column of [
    ...[
      'product_name',
      'AMOUNT_REQ',
      'case:REG_DATE',
      'customer.segment',
      'vru_exit',
      '产品名称',
      '币种',
      'branch_level',
    ],
    ...[
      '版本号',
      'phone_model',
      'mobile_bank',
      '手机型号',
      'call_id',
      'q_start',
      'app_version',
      '活动编号',
      'address_type',
    ],
  ])
    assert.equal(meansPersonal(column), undefined, column)
})

test('values that look like a number of a person are known among others', () => {
  const personal: [string, PersonalReason][] = [
    ['13812345678', 'phone'],
    ['请致电 138-1234-5678。', 'phone'],
    ['+86 13912345678', 'phone'],
    ['{"tel":13812345678}', 'phone'],
    ['33010619800101123X', 'document'],
    ['wang.wei@example.com', 'email'],
    ['6222021001112345678', 'card'],
    ['4111 1111 1111 1111', 'card'],
    ['客户表示网点排队时间过长并且柜员态度不好希望尽快处理否则将向监管部门投诉', 'free_text'],
  ]
  for (const [value, reason] of personal) assert.equal(looksPersonal(value), reason, value)
})

test('amounts, instants, hashes and serial numbers are no number of a person', () => {
  for (const value of [
    ...[
      '1738123456',
      '1738123456789',
      '0.13812345678',
      '13812345678.50',
      '2026-01-05 10:00:00',
      '20260105100000123456',
    ],
    ...['5d41402abc4b2a76b9719d911017c592', 'a13812345678', '8a6f13b8-1381-4234-8678-0123456789ab', '金卡', 'v26.2.0'],
  ])
    assert.equal(looksPersonal(value), undefined, value)
})

test('attributes keep what is impersonal and say what went', () => {
  const left = new Map<string, PersonalReason>()
  assert.deepEqual(impersonal({ 姓名: '王伟', ref: 13812345678, screen: 'home', seconds: 2.5, vip: true }, left), {
    screen: 'home',
    seconds: 2.5,
    vip: true,
  })
  assert.deepEqual(
    [...left],
    [
      ['姓名', 'name'],
      ['ref', 'phone'],
    ],
  )
  assert.equal(impersonal({ phone: '1' }, left), undefined)
})
