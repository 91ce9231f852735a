import type { Services } from '#features/services.ts'
import { arrayText } from '#store/arrayText.ts'
import { type Named, spelled } from './closeDoor.ts'

const rowsAtOnce = 2_000

/**
 * Rejected rows are nobody's facts, but what is quoted from them may name a customer: where a row of a file that speaks of
 * these systems' numbers has his number, telephone or document in it, nothing is quoted from that row any more.
 */
export async function blankExcerpts(services: Services, { numbers, others }: Named): Promise<number> {
  let blanked = 0
  for (const [source, own] of Object.entries(numbers)) {
    const words = [...own, ...others]
    for (let [load, row] = [-1, -1]; ; ) {
      // Whole rows: a row's excerpts are judged together.
      const errors = await services.store.query<{ load_id: number; row_number: number; excerpt_enc: Uint8Array }>(
        `select e.load_id, e.row_number, e.excerpt_enc from load_errors e join loads l on l.id = e.load_id
         where e.excerpt_enc is not null and l.mapping ->> 'identities' = $1 and (e.load_id, e.row_number) > ($2, $3)
         order by e.load_id, e.row_number fetch first ${rowsAtOnce} rows with ties`,
        [source, load, row],
      )
      const last = errors.at(-1)
      if (!last) break
      load = last.load_id
      row = last.row_number
      const theirs = errors.filter(({ excerpt_enc }) => mentions(services.cipher.decrypt(excerpt_enc), words))
      if (theirs.length === 0) continue
      const gone = await services.store.query(
        `update load_errors e set excerpt_enc = null from unnest($1::bigint[], $2::bigint[]) as t(load_id, row_number)
         where e.load_id = t.load_id and e.row_number = t.row_number and e.excerpt_enc is not null returning 1`,
        [arrayText(theirs.map(({ load_id }) => load_id)), arrayText(theirs.map(({ row_number }) => row_number))],
      )
      blanked += gone.length
    }
  }
  return blanked
}

const partOfWord = /[\p{L}\p{N}]/u

/** Whether one of the words stands in the text, not as a part of a longer one. */
export function mentions(text: string, words: readonly string[]): boolean {
  const normal = spelled(text)
  return words.some((word) => {
    for (let at = normal.indexOf(word); at >= 0; at = normal.indexOf(word, at + 1)) {
      const [before, after] = [normal[at - 1], normal[at + word.length]]
      if ((before === undefined || !partOfWord.test(before)) && (after === undefined || !partOfWord.test(after)))
        return true
    }
    return false
  })
}
