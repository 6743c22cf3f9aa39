import type { DuckDBConnection } from '@duckdb/node-api'
import { unknownName } from '../../core/index.ts'
import type { StoredRows } from '../store/rows.ts'
import { rowsOf } from '../tables/duckdb.ts'

/** What becomes of an item that is listed in several domains: refused, an item in each, or kept in one of them. */
export const ITEM_DOMAIN_RULES = ['refuse', 'prefix', 'first', 'most'] as const
export type ItemDomainRule = (typeof ITEM_DOMAIN_RULES)[number]

export interface SharedItems {
  readonly rule: Exclude<ItemDomainRule, 'refuse'>
  /** Items listed in more than one domain. */
  readonly items: number
  /** A few of them, by name. */
  readonly examples: readonly string[]
  /** Rows that were moved to another domain than the one they name; 0 for `prefix`. */
  readonly movedRows: number
}

/**
 * The rows with each item in one domain: `refuse` leaves them as they are, to be refused when they become a dataset; `prefix` names every item DOMAIN:ITEM, shared or not, so that a name stays the same
 * whatever a later log shares; `first` keeps an item in the domain of its first row in the files, `most` in the one of most of
 * its rows (the first of equals).
 * @throws TributaryError `unknown-name` for another rule
 */
export async function settleItemDomains(
  connection: DuckDBConnection,
  rows: StoredRows,
  text: string,
): Promise<{ rows: StoredRows; shared?: SharedItems }> {
  const rule = ITEM_DOMAIN_RULES.find((known) => known === text)
  if (rule === undefined) throw unknownName('rule for items of several domains', text, ITEM_DOMAIN_RULES)
  if (rule === 'refuse') return { rows }
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE listings AS
    SELECT item, "domain", n, count(*) OVER (PARTITION BY item) AS places,
      row_number() OVER (PARTITION BY item ORDER BY ${rule === 'most' ? 'n DESC, ' : ''}first) AS place
    FROM (SELECT item, "domain", count(*) AS n, min("row") AS first FROM ${rows.relation} GROUP BY item, "domain")
    QUALIFY places > 1`)
  const [counts] = await rowsOf<{ items: bigint; others: bigint | null }>(
    connection,
    'SELECT count(DISTINCT item) AS items, CAST(sum(n) FILTER (place > 1) AS BIGINT) AS others FROM listings',
  )
  const examples = await rowsOf<{ item: string }>(
    connection,
    'SELECT DISTINCT item FROM listings ORDER BY item LIMIT 3',
  )
  const relation =
    rule === 'prefix'
      ? `(SELECT * REPLACE ("domain" || ':' || item AS item) FROM ${rows.relation})`
      : `(SELECT r.* REPLACE (coalesce(l."domain", r."domain") AS "domain")
          FROM ${rows.relation} r LEFT JOIN listings l ON r.item = l.item AND l.place = 1)`
  return {
    rows: { ...rows, relation },
    shared: {
      rule,
      items: Number(counts.items),
      examples: examples.map(({ item }) => item),
      movedRows: rule === 'prefix' ? 0 : Number(counts.others ?? 0),
    },
  }
}
