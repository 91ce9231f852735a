import { Button } from 'antd'
import { readDoor } from '#features/access/contract.ts'
import { useRead } from '#ui/api.tsx'
import { useLanguage } from '#ui/i18n.ts'
import { texts } from './texts.ts'

/** In a demo home the accounts to try stand open on the door; a real home has none. */
export function DemoSignIns({ onChoose }: { onChoose(chosen: { login: string; password: string }): void }) {
  const { t, language } = useLanguage()
  const { data } = useRead(readDoor, {})
  if (!data?.practice || data.signIns.length === 0) return null
  return (
    <section className="zy-door-demo">
      <h2>{t(texts.demoSignIns)}</h2>
      <ul>
        {data.signIns.map((account) => (
          <li key={account.login}>
            <Button
              block
              onClick={() => onChoose({ login: account.login, password: account.password })}
              className="zy-door-account"
            >
              <span>
                {account.name} · {account.role[language]}
              </span>
              <code>
                {account.login} / {account.password}
              </code>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
