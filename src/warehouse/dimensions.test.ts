import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scopeOfJob } from '#access/mint.ts'
import { calendarDays, calendarVersion } from './calendar.ts'
import { refreshDimensions } from './dimensions.ts'
import { openDuckdb } from './duckdb.ts'
import { from } from './relations.ts'
import { sql } from './sql.ts'

const all = scopeOfJob('test')

test('the calendar knows festivals, make-up working days and the days of the week', () => {
  const byDay = new Map(calendarDays().map((d) => [d.day, d]))
  assert.deepEqual(byDay.get('2024-02-10'), { day: '2024-02-10', dayOfWeek: 6, working: false, festival: '春节' })
  assert.deepEqual(byDay.get('2024-02-04'), { day: '2024-02-04', dayOfWeek: 7, working: true, festival: null })
  assert.deepEqual(byDay.get('2024-02-24'), { day: '2024-02-24', dayOfWeek: 6, working: false, festival: null })
  assert.deepEqual(byDay.get('2024-02-26'), { day: '2024-02-26', dayOfWeek: 1, working: true, festival: null })
})

test('a new warehouse holds the calendar and its version', async () => {
  const warehouse = await openDuckdb(':memory:')
  const { rows } = await warehouse.read(
    sql`select count(*) as days, count_if(working and day_of_week > 5) as make_up from ${from.calendar}
        where day >= date '2024-01-01' and day < date '2025-01-01'`,
    all,
  )
  assert.deepEqual(rows, [{ days: 366, make_up: 8 }])
  assert.equal(warehouse.versions().calendar, calendarVersion)
  await warehouse.close()
})

test('dimensions named are written anew, the others stay, and their version advances', async () => {
  const warehouse = await openDuckdb(':memory:')
  const before = warehouse.versions()
  await warehouse.write(
    (writer) =>
      refreshDimensions(writer, {
        units: [{ unit_id: 'hz', name: '杭州', level: 'city', path: '/bank/hz/' }],
        touchpoints: [{ touchpoint_id: 'tp', name: '转账', moment_of_truth: true, position: 1 }],
      }),
    { publish: true },
  )
  await warehouse.write((writer) => refreshDimensions(writer, { units: [{ unit_id: 'nj', name: '南京' }] }), {
    publish: true,
  })
  const units = await warehouse.read(sql`select unit_id, name, parent_id from ${from.units}`, all)
  assert.deepEqual(units.rows, [{ unit_id: 'nj', name: '南京', parent_id: null }])
  const touchpoints = await warehouse.read(sql`select name, moment_of_truth from ${from.touchpoints}`, all)
  assert.deepEqual(touchpoints.rows, [{ name: '转账', moment_of_truth: true }])
  assert.notEqual(warehouse.versions().dimensions, before.dimensions)
  await warehouse.close()
})
