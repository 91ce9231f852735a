import type { Tx } from './store.ts'

/** The last number an identity column has given out; 0 before the first. */
export interface Identity {
  table: string
  column: string
  last: number
}

export async function identities(tx: Tx): Promise<Identity[]> {
  const columns = await tx.query<{ table: string; column: string; sequence: string }>(
    `select c.relname as table, a.attname as column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attidentity <> ''
     order by 1, 2`,
  )
  const found: Identity[] = []
  for (const { table, column, sequence } of columns) {
    const [state] = await tx.query<{ last: number }>(
      `select case when is_called then last_value else last_value - 1 end as last from ${sequence}`,
    )
    found.push({ table, column, last: state!.last })
  }
  return found
}

/** Goes on after the last number that was given out, even where its row is gone: a number is never given twice. */
export async function setIdentity(tx: Tx, { table, column, last }: Identity): Promise<void> {
  await tx.query(
    'select setval(pg_get_serial_sequence(quote_ident($1), $2), greatest($3::bigint, 1), $3::bigint > 0)',
    [table, column, last],
  )
}
