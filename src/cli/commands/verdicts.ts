import { type Comparison, domainsWithCases } from '../../evaluation/compare.ts'
import type { Entry } from '../../experiments/entry.ts'
import { isTwin } from '../../experiments/twin.ts'
import { MODEL_WORDS, resultsTable, TRANSFER_WORDS, verdictTable } from '../../pages/compare-text.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'

/** What the star of `meansText` means, behind what else a table is. */
export const BEST = '; * is the best of a row'

/** Columns of the place and the number of cases come first. */
const FIRST_MODEL = 2

/** One row a domain, one column a model: ± over seeds where there are several, else 95 % intervals over users; `*` behind the best. */
export function meansText(comparison: Comparison, metric = comparison.metric): string {
  const models = [...comparison.models.values()]
  const { columns, rows, best } = resultsTable(comparison, metric)
  const starred = (cells: readonly (readonly string[])[]) =>
    models.length === 1
      ? formatTable(columns, cells)
      : formatTable(
          columns.map((column, c) => (c < FIRST_MODEL ? column : { ...column, title: `${column.title} ` })),
          cells.map((row, r) =>
            row.map((cell, c) => (c < FIRST_MODEL ? cell : `${cell}${best![r].includes(c) ? '*' : ' '}`)),
          ),
        )
  if (models.some(({ seeds }) => seeds.length > 1)) return starred(rows)
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
  return starred(withIntervals)
}

/** One row a domain: how far `other` is above the first model, and whether the others helped it or harmed it. */
export function verdictsText(
  comparison: Comparison,
  first: Entry,
  other: Entry,
  style: Style,
  metric = comparison.metric,
): string {
  const words = isTwin(first, other) ? TRANSFER_WORDS : MODEL_WORDS
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
