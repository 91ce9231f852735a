import { writeFile } from 'node:fs/promises'
import { errorCatalogue } from '#contract/errors.ts'

export const errorsDocPath = new URL('../docs/errors.md', import.meta.url)

/** docs/errors.md: every code of the catalogue in both languages. `node scripts/errorsDoc.ts` writes it, the check compares. */
export function errorsDoc(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, title, remedy }]) =>
      `| \`${code}\` | ${status} | ${title.zh}<br>${title.en} | ${remedy.zh}<br>${remedy.en} |`,
  )
  return `# Errors 错误代码

Every refusal is a problem+json (RFC 9457) with one of these codes in \`code\`, in the caller's language (Accept-Language).
\`correlation\` names the request in the log and in the audit; \`fields\` lists what is wrong, without repeating what was sent.
The command line prints the same codes and ends with 1 (2 where the command itself was not understood or is ambiguous).

Generated from \`src/contract/errors.ts\` by \`npm run docs\`; \`npm run check\` compares the two.

| code | status | what it means 含义 | what to do 处理办法 |
|---|---|---|---|
${rows.join('\n')}
`
}

if (import.meta.main) await writeFile(errorsDocPath, errorsDoc())
