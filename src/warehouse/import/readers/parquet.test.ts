import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sharedData } from '#lib/sharedData.ts'
import { readInto } from './readInto.ts'
import { bench } from './testing.ts'

test('every type becomes text; an instant is told from a local time by its Z', async (t) => {
  const { connection, file, rows } = await bench(t)
  // The signs of a file pattern in a name name themselves.
  const path = await file('', "it's [a]*?.parquet")
  await connection.run(`copy (select 1::bigint as id, timestamptz '2025-01-01 08:00:00.123456+08' as instant,
    timestamp '2025-01-01 08:00:00' as local, date '2025-01-02' as day, 12.50::decimal(9, 2) as amount, true as yes,
    [1, 2] as list, {'a': 'x'} as part, ''::varchar as nothing, '\\x00\\xFF'::blob as bytes, encode('柜面') as word, 1.5::double as number
    union all select 2, null, null, null, null, null, null, null, null, null, null, null)
    to '${join(path, '..', 'written').replaceAll("'", "''")}' (format parquet)`)
  const { rename } = await import('node:fs/promises')
  await rename(join(path, '..', 'written'), path)
  const result = await readInto(connection, path)
  assert.ok(result.ok)
  assert.deepEqual(await rows('select * from staging order by row_number'), [
    [
      1,
      '1',
      '2025-01-01T00:00:00.123456Z',
      '2025-01-01T08:00:00.000000',
      '2025-01-02',
      '12.50',
      'true',
      '[1,2]',
      '{"a":"x"}',
      null,
      '00FF',
      '柜面',
      '1.5',
    ],
    [2, '2', ...Array<null>(11).fill(null)],
  ])
})

test('a damaged file is refused, and nothing stays behind', async (t) => {
  const { refusal, relations } = await bench(t)
  assert.equal((await refusal('PAR1 and then nothing of the kind PAR1')).reason, 'parquet_malformed')
  assert.deepEqual(await relations(), [])
})

const fines = sharedData('process/road_traffic_fine.parquet')
test('the road traffic log is read whole', { skip: fines ? false : 'shared data folder is absent' }, async (t) => {
  const { connection, rows } = await bench(t)
  const result = await readInto(connection, fines!)
  assert.ok(result.ok)
  assert.deepEqual(
    await rows('select count(*), count(distinct case_id), count(distinct activity), max(row_number) from staging'),
    [[561_470, 150_370, 11, 561_470]],
  )
})
