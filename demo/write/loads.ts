import { zstdCompressSync } from 'node:zlib'
import type { FieldCipher } from '#store/encryption.ts'
import type { Tx } from '#store/store.ts'
import { caseBase, caseNumber, type ProcessId, processes } from '../processes/caseLog.ts'
import { demoSource, type FactLoads } from './facts.ts'

export interface DemoLoads extends FactLoads {
  units: number
  staff: number
  customers: number
}

/** The batches that the demo's rows belong to: as if files of the bank had been imported, all of it practice. */
export async function beginLoads(tx: Tx): Promise<DemoLoads> {
  for (const { id, name, nameEn } of processes)
    await tx.query('insert into processes (id, name, name_en) values ($1, $2, $3) on conflict (id) do nothing', [
      id,
      name,
      nameEn,
    ])
  const begin = async (kind: string, process: string | null = null): Promise<number> => {
    const [row] = await tx.query<{ id: number }>(
      `insert into loads (kind, process_id, source, file_name, practice, state, created_by)
       values ($1, $2, $3, $4, true, 'running', 'operator') returning id`,
      [kind, process, process ? `${demoSource}.${process}` : demoSource, process ? `${process}.demo` : `${kind}.demo`],
    )
    return Number(row?.id)
  }
  const byKind = {} as DemoLoads['byKind']
  const loads = { units: await begin('units'), staff: await begin('staff'), customers: await begin('customers') }
  for (const kind of ['interactions', 'tickets', 'responses', 'complaints', 'transactions'] as const)
    byKind[kind] = await begin(kind)
  const byProcess: Record<string, number> = {}
  for (const { id } of processes) byProcess[id] = await begin('events', id)
  return { ...loads, byKind, byProcess }
}

/** The bank's own case numbers, encrypted, beside the keys that the warehouse has. */
export async function writeCaseNumbers(
  tx: Tx,
  cipher: FieldCipher,
  seed: number,
  loads: DemoLoads,
  cases: Record<ProcessId, number>,
): Promise<void> {
  for (const { id } of processes) {
    const numbers = Array.from({ length: cases[id] }, (_, caseNo) => caseNumber(id, caseNo))
    const packed = cipher.encryptBytes(zstdCompressSync(Buffer.from(JSON.stringify(numbers), 'utf8')))
    await tx.query(
      'insert into case_key_blocks (process_id, load_id, base, count, numbers_enc) values ($1, $2, $3, $4, $5)',
      [id, loads.byProcess[id], caseBase(seed, id), cases[id], packed],
    )
  }
}

export async function finishLoad(tx: Tx, loadId: number, rows: number): Promise<void> {
  await tx.query(`update loads set state = 'done', rows_read = $2, rows_new = $2, finished_at = now() where id = $1`, [
    loadId,
    rows,
  ])
}
