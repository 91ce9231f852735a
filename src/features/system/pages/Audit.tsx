import { useInfiniteQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useAddress } from '#ui/address.ts'
import { faultOf, Refusal, useClient, useRead } from '#ui/api.tsx'
import { FilterSentence } from '#ui/FilterSentence.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { Page, Section } from '#ui/Page.tsx'
import { Empty, Loading, Problem } from '#ui/states.tsx'
import { useReader } from '#ui/reader.tsx'
import { AuditTable } from '../components/AuditTable.tsx'
import { listAudit, verifyAudit } from '../contract.ts'
import { actionNames, objectNames, texts } from '../texts.ts'

/** 审计记录: is the chain whole, and who did what. */
export default function Audit() {
  const { t, language } = useLanguage()
  const { address, set } = useAddress()
  const verdict = useRead(verifyAudit, {})
  const records = useRecords({
    ...(address.action ? { action: address.action } : {}),
    ...(address.object ? { objectKind: address.object } : {}),
  })
  const options = (names: typeof actionNames) =>
    Object.entries(names).map(([value, text]) => ({ value, name: text[language] }))
  const all = records.data?.pages.flatMap((page) => page.records) ?? []
  return (
    <Page
      title={t(texts.audit)}
      sentence={<Verdict verdict={verdict} />}
      actions={
        <Button loading={verdict.isFetching} onClick={() => void verdict.refetch()}>
          {t(texts.verifyAgain)}
        </Button>
      }
    >
      <FilterSentence
        subject={t(texts.filter)}
        filters={[
          { id: 'action', name: t(texts.what), value: address.action, options: options(actionNames) },
          { id: 'object', name: t(texts.object), value: address.object, options: options(objectNames) },
        ]}
        onChange={(id, value) => set({ [id]: value })}
      />
      <Section title={t(texts.records)}>
        {records.isError ? (
          <Problem fault={faultOf(records.error, language)} onRetry={() => void records.refetch()} />
        ) : records.isPending ? (
          <Loading rows={12} />
        ) : all.length === 0 ? (
          <Empty title={t(texts.noRecords)}>{t(texts.noRecordsWhy)}</Empty>
        ) : (
          <AuditTable
            records={all}
            busy={records.isFetchingNextPage}
            onMore={records.hasNextPage ? () => void records.fetchNextPage() : undefined}
          />
        )}
      </Section>
    </Page>
  )
}

function Verdict({ verdict }: { verdict: ReturnType<typeof useRead<typeof verifyAudit>> }) {
  const { t, language, format } = useLanguage()
  const { timeZone } = useReader()
  if (verdict.isError) return faultOf(verdict.error, language).title
  if (!verdict.data) return t(texts.verifying)
  const { intact, verified, anchor, broken, unsealed } = verdict.data
  if (!intact || broken)
    return (
      <span className="zy-audit-broken" role="alert">
        ✗ {t(texts.broken, { position: format.number(broken?.position ?? 0), what: broken?.what ?? '' })}
      </span>
    )
  const tail = unsealed.count
    ? t(texts.tail, { count: format.number(unsealed.count), at: format.instant(unsealed.oldestAt, timeZone) })
    : t(texts.tailNone)
  return <>✓ {t(texts.intact, { verified: format.number(verified), anchor: t(texts[`anchor_${anchor}`]), tail })}</>
}

/** Page after page, the earlier ones below. */
function useRecords(wanted: { action?: string; objectKind?: string }) {
  const client = useClient()
  const { language } = useLanguage()
  return useInfiniteQuery({
    queryKey: [listAudit.id, wanted],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...wanted, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) }
      const answered = await client.call(listAudit, { query, signal })
      if (!answered.ok) throw new Refusal(answered, language)
      return answered.value
    },
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })
}
