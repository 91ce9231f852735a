/** Personal fields as an audit record or a list may show them: enough to recognise, too little to know. */

/** 王明 -> *明, 王小明 -> 王*明, Anna Berg -> A*******g */
export function maskName(name: string): string {
  const letters = [...name.trim()]
  if (letters.length <= 1) return '*'
  if (letters.length === 2) return `*${letters[1]}`
  return `${letters[0]}${'*'.repeat(letters.length - 2)}${letters.at(-1)}`
}

/** 13812345678 -> 138****5678; numbers of another length keep their last three digits at most. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  if (digits.length < 11) return `${'*'.repeat(Math.max(digits.length - 3, 3))}${digits.slice(3).slice(-3)}`
  return `${digits.slice(0, 3)}${'*'.repeat(digits.length - 7)}${digits.slice(-4)}`
}

/** A document's number keeps its first and last character. */
export function maskDocument(number: string): string {
  const letters = [...number.trim()]
  return letters.length <= 2
    ? '*'.repeat(letters.length)
    : `${letters[0]}${'*'.repeat(letters.length - 2)}${letters.at(-1)}`
}

/** anna@bank.cn -> a***@bank.cn */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return at < 1 ? '***' : `${[...email][0]}***${email.slice(at)}`
}
