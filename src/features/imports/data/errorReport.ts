import { Readable } from 'node:stream'
import type { Scope } from '#access/scope.ts'
import type { FileAnswer } from '#features/bind.ts'
import type { Services } from '#features/services.ts'
import type { Language } from '#lib/text.ts'
import { recordAudit } from '#store/audit.ts'
import { type Load, loadErrors } from './loads.ts'

const heads = { zh: ['行号', '列', '原因', '原文'], en: ['row', 'column', 'reason', 'excerpt'] }

// A spreadsheet would run what begins like a formula.
const cell = (value: string) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`

/** The error report as CSV with a BOM, for the spreadsheet in which the file will be mended. Its export is audited. */
export async function errorReport(
  services: Services,
  scope: Scope,
  load: Load,
  language: Language,
): Promise<FileAnswer> {
  await services.store.transaction((tx) =>
    recordAudit(tx, scope.actor, {
      action: 'load.exportErrors',
      objectKind: 'load',
      objectId: String(load.id),
      detail: { rejected: load.rows.rejected },
    }),
  )
  async function* lines() {
    yield `\ufeff${heads[language].map(cell).join(',')}\r\n`
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof loadErrors>> = await loadErrors(services, scope, load.id, after, 1_000)
      for (const error of page.errors)
        yield `${error.row},${[error.column, error.text[language], error.excerpt ?? ''].map(cell).join(',')}\r\n`
      after = page.next
    }
  }
  return { file: Readable.from(lines()), contentType: 'text/csv; charset=utf-8', name: `load-${load.id}-errors.csv` }
}
