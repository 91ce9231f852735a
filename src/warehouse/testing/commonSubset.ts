import type { Dialect } from '../dialect.ts'
import { join, raw, type Sql, sql } from '../sql.ts'

const marked = (name: string, ...parts: Sql[]): Sql => sql`${raw(`dialect_${name}(`)}${join(parts, ', ')}${raw(')')}`

/** A dialect whose functions leave their own names, so that what is left in the text is what the author wrote. */
export const probe: Dialect = {
  name: 'trino',
  ratio: (a, b) => marked('ratio', a, b),
  secondsBetween: (a, b) => marked('secondsBetween', a, b),
  daysBetween: (a, b) => marked('daysBetween', a, b),
  quantiles: () => ({ aggregate: (a) => marked('quantiles', a), at: (a) => marked('at', a) }),
  maxBy: (a, b) => marked('maxBy', a, b),
  greatest: (a, b) => marked('greatest', a, b),
  least: (a, b) => marked('least', a, b),
  joined: (a, _, b) => marked('joined', a, b),
  dayOfWeek: (a) => marked('dayOfWeek', a),
  sumInteger: (a) => marked('sumInteger', a),
  floorInteger: (a) => marked('floorInteger', a),
  type: (name) => `dialect_${name}`,
}

/** What one engine lacks, or what both have with another meaning. Each pattern says in its name what to write instead. */
const foreign: Record<string, RegExp> = {
  'no ::, write cast': /::/,
  'no QUALIFY': /\bqualify\b/,
  'no GROUP BY ALL, ORDER BY ALL': /\b(group|order) by all\b/,
  'no EXCLUDE, REPLACE': /\* *(exclude|replace) *\(/,
  'dialect.quantiles': /\b(median|mode|quantile\w*|percentile\w*|approx_quantile|approx_percentile)\s*\(/,
  'dialect.joined': /\b(string_agg|listagg|group_concat|array_join)\s*\(/,
  'count(*) filter (where …): count_if of nothing but nulls is null on one and 0 on the other': /\bcount_if\s*\(/,
  'no regr_r2': /\bregr_r2\s*\(/,
  'dialect.secondsBetween, daysBetween': /\b(date_?diff|date_?sub|epoch\w*)\s*\(|\bextract\s*\(\s*epoch\b/,
  'dialect.dayOfWeek': /\b(iso_?dow|dow|day_?of_?week|weekday)\s*\(/,
  'dialect.maxBy': /\b(max_by|min_by|arg_max|arg_min)\s*\(/,
  'dialect.greatest, least': /\b(greatest|least)\s*\(/,
  'no concat of what may be null, write ||': /\bconcat(_ws)?\s*\(/,
  'no regexp_replace': /\bregexp_replace\s*\(/,
  'IGNORE NULLS stands outside': /\bignore nulls *\)/,
  'no FILTER on windows': /\bfilter *\([^()]*\) *over\b/,
  'OFFSET before LIMIT': /\blimit +\S+ +offset\b/,
  'dialect.ratio': /\/(?! *1e\d)/,
  'no casts that round or print differently':
    /\bcast *\((?!null\b)[^()]*\bas +(integer|int|bigint|smallint|varchar|text)\)/,
  'timestamps by dialect.type': /\bas timestamp *\)/,
  'no list syntax': /\[|\blist_\w+\s*\(|\bstruct_\w+\s*\(/,
  'no joins of one engine': /\b(asof|positional|semi|anti) join\b/,
  'no ILIKE, GLOB, SIMILAR TO': /\b(ilike|glob|similar to)\b/,
  'no DISTINCT ON': /\bdistinct on\b/,
  'no PIVOT': /\b(un)?pivot\b/,
  'no row ids, no engine hashes': /\browid\b|\b(hash|md5|sha256)\s*\(/,
  'no formats of one engine': /\b(strftime|strptime|date_format|date_parse|format_datetime)\s*\(/,
  'the present is bound': /\b(current_date|current_timestamp|localtimestamp)\b|\b(now|today)\s*\(/,
  'text is never compared with a date': /\b(local_day|start_at|end_at|day) *(=|<|>|<=|>=|between) *\?/,
}

/** What in a query's text stands outside the common subset of the engines; empty when nothing does. */
export function foreignConstructs(text: string): string[] {
  const bare = text
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/--.*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase()
  return Object.entries(foreign).flatMap(([rule, pattern]) => {
    const found = pattern.exec(bare)
    return found ? [`${rule}: … ${bare.slice(Math.max(0, found.index - 30), found.index + 40)} …`] : []
  })
}
