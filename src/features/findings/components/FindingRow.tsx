import { EyeOutlined, StarFilled } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import type { ReactNode } from 'react'
import { useGo } from '#ui/address.ts'
import { useLanguage } from '#ui/i18n.ts'
import { PageLink } from '#ui/PageLink.tsx'
import { useReader } from '#ui/reader.tsx'
import { writeIn, writeSpan } from '#ui/written.ts'
import { dismissReasons } from '../contract.ts'
import { texts } from '../texts.ts'
import { DifferenceWhisker } from './DifferenceWhisker.tsx'
import { type DismissReason, type Finding, useDecisions } from './useDecisions.ts'

/** One finding of the ranked list: what, how much, how sure, whom it hurts; decided on where it stands. */
export function FindingRow({ item, rank, children }: { item: Finding; rank?: number; children?: ReactNode }) {
  const { t, language, format } = useLanguage()
  const metric = item.metricUnit
  return (
    <li className={`zy-finding zy-finding-${item.severityLevel}`} data-finding={item.id}>
      <div className="zy-finding-row">
        <div className="zy-finding-words">
          <PageLink to={`/findings/${item.id}`} className="zy-finding-title">
            {rank === undefined ? null : <span className="zy-finding-rank">{rank}</span>}
            {item.title[language]}
          </PageLink>
          <p className="zy-quiet">
            <span className={`zy-level zy-level-${item.severityLevel}`}>
              {t(texts[`severity_${item.severityLevel}`])}
            </span>
            {[
              t(texts[`state_${item.state}`]),
              item.customersAffected > 0
                ? `${t(texts.affected)} ${t(texts.affectedUnit, { count: format.number(item.customersAffected) })}`
                : null,
              `${t(texts.confidence)} ${format.percent(item.confidence, { digits: 0 })}`,
              item.momentOfTruth ? t(texts.momentOfTruth) : null,
              item.current ? null : t(texts.notCurrent),
              item.returnedAt ? t(texts.returned) : null,
            ]
              .filter(Boolean)
              .map((words) => ` · ${words}`)
              .join('')}
          </p>
        </div>
        {item.difference === null ? (
          <div className="zy-finding-figures" />
        ) : (
          <div className="zy-finding-figures">
            <span>
              <span className="zy-quiet">{writeIn(metric, item.reference, format)} → </span>
              <b>{writeIn(metric, item.value, format)}</b>
              <span className="zy-quiet"> · n = {format.number(item.n)}</span>
            </span>
            <span className="zy-finding-difference">
              <DifferenceWhisker item={item} />
              <span>
                {writeIn(metric, item.difference, format, true)}{' '}
                <small className="zy-quiet">{writeSpan(metric, item.low, item.high, format)}</small>
              </span>
            </span>
          </div>
        )}
        <Decisions item={item} />
      </div>
      {children}
    </li>
  )
}

function Decisions({ item }: { item: Finding }) {
  const { t } = useLanguage()
  const reader = useReader()
  const go = useGo()
  const decisions = useDecisions(item)
  const may = reader.permissions.has('findings.decide')
  return (
    <div className="zy-finding-buttons">
      {may && item.state === 'new' ? (
        <>
          <Button size="small" data-decide="accept" loading={decisions.pending} onClick={() => decisions.accept()}>
            {t(texts.accept)}
          </Button>
          <Dropdown
            trigger={['click']}
            menu={{
              items: dismissReasons.map((reason) => ({ key: reason, label: t(texts[`reason_${reason}`]) })),
              onClick: ({ key }) =>
                // "Another reason" needs words: they are written on the finding's own page.
                key === 'other'
                  ? go(`/findings/${item.id}`, { decide: 'dismiss' })
                  : decisions.dismiss(key as DismissReason),
            }}
          >
            <Button size="small" type="text" data-decide="dismiss">
              {t(texts.dismiss)}
            </Button>
          </Dropdown>
        </>
      ) : may && item.state === 'accepted' && reader.permissions.has('actions.write') ? (
        <PageLink to="/actions/new" also={{ finding: item.id }}>
          {t(texts.planAction)}
        </PageLink>
      ) : null}
      <Button
        size="small"
        type="text"
        data-decide="watch"
        aria-pressed={item.watched}
        icon={item.watched ? <StarFilled /> : <EyeOutlined />}
        onClick={decisions.toggleWatch}
      >
        {t(item.watched ? texts.watching : texts.watch)}
      </Button>
    </div>
  )
}
