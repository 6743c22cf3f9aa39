import { type Comparison, domainsWithCases } from '../../evaluation/compare.ts'
import type { Entry } from '../../experiments/entry.ts'
import { isTwin } from '../../experiments/twin.ts'
import { MODEL_WORDS, resultsTable, TRANSFER_WORDS, verdictTable, type Words } from '../../pages/compare-text.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'
import type { TitledTable } from './table-file.ts'

/** What the star of `meansText` means, behind what else a table is. */
export const BEST = '; * is the best of a row'

/** Columns of the place and the number of cases come first. */
const FIRST_MODEL = 2

/** One row a domain, one column a model: ± over seeds where there are several, else 95 % intervals over users; `*` behind the best. */
export function meansText(comparison: Comparison, metric = comparison.metric): string {
  const { columns, rows, best } = meansTable(comparison, metric)
  if (comparison.models.size === 1) return formatTable(columns, rows)
  return formatTable(
    columns.map((column, c) => (c < FIRST_MODEL ? column : { ...column, title: `${column.title} ` })),
    rows.map((row, r) => row.map((cell, c) => (c < FIRST_MODEL ? cell : `${cell}${best[r].includes(c) ? '*' : ' '}`))),
  )
}

/** The same as a table, whose best are named. */
function meansTable(comparison: Comparison, metric: string) {
  const models = [...comparison.models.values()]
  const { columns, rows, best } = resultsTable(comparison, metric)
  if (models.some(({ seeds }) => seeds.length > 1)) return { columns, rows, best: best! }
  const domains = domainsWithCases(comparison)
  const withIntervals = rows.map(([place, cases, ...means], r) => [
    place,
    cases,
    ...means.map((mean, m) => {
      const { domains: byDomain, overall } = models[m]
      const { low, high } = (r < domains.length ? byDomain.get(domains[r])! : overall)[metric]
      return Number.isFinite(low) ? `${mean} [${low.toFixed(3)}, ${high.toFixed(3)}]` : mean
    }),
  ])
  return { columns, rows: withIntervals, best: best! }
}

/** All that is said of a comparison by these metrics: the means, then each other model against the first. */
export function comparisonTables(
  comparison: Comparison,
  [first, ...others]: readonly [Entry, ...Entry[]],
  metrics: readonly string[] = [comparison.metric],
): TitledTable[] {
  return metrics.flatMap((metric) => [
    { title: metric, table: meansTable(comparison, metric) },
    ...others.map((other) => {
      const table = verdictTable(comparison, other.label, metric, wordsOf(first, other))
      return { title: table.columns[0].title, table }
    }),
  ])
}

function wordsOf(first: Entry, other: Entry): Words {
  return isTwin(first, other) ? TRANSFER_WORDS : MODEL_WORDS
}

/** One row a domain: how far `other` is above the first model, and whether the others helped it or harmed it. */
export function verdictsText(
  comparison: Comparison,
  first: Entry,
  other: Entry,
  style: Style,
  metric = comparison.metric,
): string {
  const words = wordsOf(first, other)
  const { columns, rows } = verdictTable(comparison, other.label, metric, words)
  const [{ title }] = columns as readonly [{ title: string }]
  // Its title names both models, which would make the column of domains as wide.
  return `${style.bold(title)}\n${formatTable([{ title: 'domain' }, ...columns.slice(1)], painted(rows, words, style))}`
}

/** Colors the verdict that each row ends with. */
export function painted(
  rows: readonly (readonly string[])[],
  { helped, harmed }: { readonly helped: string; readonly harmed: string },
  style: Style,
): string[][] {
  return rows.map((row) => {
    const word = row.at(-1)!
    const color = word === helped ? style.green : word === harmed ? style.red : undefined
    return [...row.slice(0, -1), color === undefined ? word : style.bold(color(word))]
  })
}
