import type { Services } from '#features/services.ts'
import { newId } from '#lib/ids.ts'
import { arrayText } from '#store/arrayText.ts'
import type { FactKind } from '#warehouse/facts.ts'
import { mappedTable } from '#warehouse/import/mapRows.ts'
import { raw, sql } from '#warehouse/sql.ts'
import type { Session } from '#warehouse/warehouse.ts'
import type { OwnStaging } from './readFile.ts'
import { shortIndex } from './references.ts'

// What customers wrote is kept encrypted in the Store. The fact holds a keyed hash of it among its attributes: so another
// text makes another version of the fact, and a text is found again from the fact whose it is.

const chunk = 2_000
const textsTable = 'free_text_rows'
const hashOf = (services: Services, words: string) => shortIndex(services, 'free_text', words)

/** Puts a hash in place of the texts in `mapped`, and the texts aside for `keepTexts`. */
export async function hashTexts(services: Services, staging: OwnStaging, signal: AbortSignal): Promise<void> {
  // Answers of one sheet share its text: the first of them has it.
  await staging.script(
    `update ${mappedTable} set text = null where text is not null and rowid not in (select min(rowid) from ${mappedTable} group by row_number)`,
  )
  await staging.script('create or replace temp table text_keys (row_number bigint, key varchar)')
  const appender = await staging.connection.createAppender('text_keys', 'main', 'temp')
  for (let after = -1; ; ) {
    signal.throwIfAborted()
    const rows = await staging.rows(
      `select row_number, text from ${mappedTable} where text is not null and row_number > ${after} order by row_number limit ${chunk}`,
    )
    if (rows.length === 0) break
    after = Number(rows.at(-1)?.row_number)
    for (const row of rows) {
      appender.appendBigInt(BigInt(String(row.row_number)))
      appender.appendVarchar(hashOf(services, String(row.text)))
      appender.endRow()
    }
  }
  appender.closeSync()
  await staging.script(`create or replace temp table ${textsTable} as
      select k.key, any_value(m.text) as words from ${mappedTable} m join text_keys k using (row_number) where m.text is not null group by k.key;
    update ${mappedTable} set attributes = cast(json_merge_patch(coalesce(attributes, '{}'), json_object('text_key', k.key)) as varchar)
      from text_keys k where k.row_number = ${mappedTable}.row_number and ${mappedTable}.text is not null;
    alter table ${mappedTable} drop column text; drop table text_keys`)
}

/** Keeps the texts of the facts that this load made or corrected, each under its fact's own id. */
export async function keepTexts(
  services: Services,
  session: Session,
  kind: FactKind,
  loadId: number,
  signal: AbortSignal,
): Promise<void> {
  await session.write(async (writer) => {
    await writer.bring(kind, { where: sql`load_id = ${loadId} and attributes is not null`, toRead: true })
    await writer.script(`create or replace temp table kept_texts as select f.source, f.source_id, t.words
      from ${kind} f join ${textsTable} t on t.key = json_extract_string(f.attributes, '$.text_key') where f.load_id = ${loadId}`)
  })
  const texts = await session.connection.stream('select source, source_id, words from kept_texts')
  let waiting: string[][] = []
  const write = async () => {
    signal.throwIfAborted()
    if (waiting.length === 0) return
    const part = waiting
    waiting = []
    await services.store.query(
      `insert into free_texts (id, fact_kind, load_id, source, source_id, text_enc)
       select i, $1, $2, s, k, t from unnest($3::text[], $4::text[], $5::text[], $6::bytea[]) as n(i, s, k, t)`,
      [
        kind,
        loadId,
        arrayText(part.map(() => newId('txt'))),
        arrayText(part.map(([source]) => String(source))),
        arrayText(part.map(([, id]) => String(id))),
        arrayText(part.map(([, , words]) => services.cipher.encrypt(String(words)))),
      ],
    )
  }
  for await (const rows of texts.yieldRowsJs()) {
    for (const row of rows) waiting.push(row.map(String))
    if (waiting.length >= chunk) await write()
  }
  await write()
}

/** After a load was taken out of the warehouse: a text goes over to the load that now holds the fact with that text. */
export async function moveTexts(services: Services, loadId: number, kind: FactKind): Promise<void> {
  for (let after = ''; ; ) {
    const texts = await services.store.query<{ id: string; source: string; source_id: string; text_enc: Uint8Array }>(
      'select id, source, source_id, text_enc from free_texts where load_id = $1 and id > $2 order by id limit $3',
      [loadId, after, chunk],
    )
    if (texts.length === 0) return
    after = texts.at(-1)?.id as string
    const held = await services.warehouse.write(async (writer) => {
      await writer.script(
        'create or replace temp table moving_texts (id varchar, source varchar, source_id varchar, key varchar)',
      )
      await writer.append(
        'moving_texts',
        ['id', 'source', 'source_id', 'key'],
        [
          texts.map(({ id }) => id),
          texts.map(({ source }) => source),
          texts.map(({ source_id }) => source_id),
          texts.map(({ text_enc }) => hashOf(services, services.cipher.decrypt(text_enc))),
        ],
      )
      await writer.bring(kind, {
        among: { columns: ['source', 'source_id'], table: 'moving_texts' },
        toRead: true,
      })
      const { rows } =
        await writer.run(sql`select m.id, min(f.load_id) as load_id from moving_texts m join ${raw(kind)} f
        on f.source = m.source and f.source_id = m.source_id and json_extract_string(f.attributes, '$.text_key') = m.key
        where f.load_id > ${loadId} group by m.id`)
      await writer.script('drop table temp.moving_texts')
      return rows
    })
    await services.store.query(
      `update free_texts t set load_id = n.load_id from unnest($1::text[], $2::bigint[]) as n(id, load_id)
       where t.id = n.id and not exists (select 1 from free_texts o where o.fact_kind = t.fact_kind
         and o.source = t.source and o.source_id = t.source_id and o.load_id = n.load_id)`,
      [arrayText(held.map((row) => String(row.id))), arrayText(held.map((row) => Number(row.load_id)))],
    )
  }
}
