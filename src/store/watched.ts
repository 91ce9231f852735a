import { currentSpan, inSpan } from '#lib/telemetry.ts'
import type { Engine, Runner } from './store.ts'

const system = 'postgresql'

/** Tells of each statement what it does, never its text: which values a text holds nobody here can know. */
export function watchedRunner(engine: Engine['kind'], runner: Runner): Runner {
  const statement = <T>(text: string, work: () => Promise<T[]>): Promise<T[]> => {
    if (!currentSpan()) return work()
    const operation = /^\s*([a-z]{1,12})\b/i.exec(text)?.[1]?.toUpperCase() ?? 'STATEMENT'
    const attributes = { 'db.system.name': system, 'db.operation.name': operation, 'zhiyin.store.engine': engine }
    return inSpan(`store ${operation}`, { kind: 'client', attributes }, async (span) => {
      const rows = await work()
      span.set({ 'db.response.returned_rows': rows.length })
      return rows
    })
  }
  return {
    rows: (text, values) => statement(text, () => runner.rows(text, values)),
    objects: (text, values) => statement(text, () => runner.objects(text, values)),
  }
}

/** A transaction with its wait for a connection. */
export const watchedTransaction: <T>(engine: Engine, work: (runner: Runner) => Promise<T>) => Promise<T> = (
  engine,
  work,
) => {
  const attributes = { 'db.system.name': system, 'zhiyin.store.engine': engine.kind }
  return inSpan('store transaction', { kind: 'client', attributes }, () => engine.transaction(work))
}
