import { join } from 'node:path'
import { type ByName, mapValues } from '../../core/index.ts'
import { accountOfSplit, splitDataset } from '../../data/index.ts'
import { type AnyProtocol, type Comparison, domainsWithCases, verdictMetric } from '../../evaluation/compare.ts'
import { writeOwnFile } from '../../files/index.ts'
import { MODEL_WORDS, resultsTable, TRANSFER_WORDS, verdictTable } from '../../pages/compare-text.ts'
import type { LearningCurve } from '../../runs/epochs.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'
import type { ComparisonOutcome, Entry } from './comparison.ts'
import { policyCurves, type RunGroup } from './report.ts'

/** Whether `first` is the same model as `other`, only blind to other domains: then a difference is what those did. */
function isTwin(first: Entry, other: Entry): boolean {
  const { sequences: mine, ...ours } = first.config
  const { sequences: theirs, ...others } = other.config
  return (
    first.spec === other.spec &&
    mine === 'single' &&
    theirs === 'mixed' &&
    JSON.stringify(ours) === JSON.stringify(others)
  )
}

/** What the star of `meansText` means, behind what else a table is. */
export const BEST = '; * is the best of a row'

/** Columns of the place and the number of cases come first. */
const FIRST_MODEL = 2

/** One row a domain, one column a model: ± over seeds where there are several, else 95 % intervals over users; `*` behind the best. */
export function meansText(comparison: Comparison<AnyProtocol>): string {
  const models = [...comparison.models.values()]
  const metric = verdictMetric(comparison)
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
export function verdictsText(comparison: Comparison<AnyProtocol>, first: Entry, other: Entry, style: Style): string {
  const words = isTwin(first, other) ? TRANSFER_WORDS : MODEL_WORDS
  const { columns, rows } = verdictTable(comparison, other.label, verdictMetric(comparison), words)
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

/** The verdicts on `other` by domain, for `--json`. */
export function verdictsOf(comparison: Comparison<AnyProtocol>, other: Entry): ByName<string> {
  const metric = verdictMetric(comparison)
  return mapValues(comparison.differences.get(other.label)!, (metrics) => metrics[metric].verdict)
}

/** Writes results.json and report.html beside the runs; returns what results.json holds, and where the report is. */
export async function writeComparison(
  out: string,
  title: string,
  { entries, comparison, dataset, runs }: ComparisonOutcome,
): Promise<{ results: { readonly splitNotes: readonly string[] }; report: string }> {
  const { versions, split } = runs[0][0].manifest
  const { notes: splitNotes } = accountOfSplit(dataset, splitDataset(dataset, split))
  const results = { dataset: dataset.name, splitNotes, ...comparison }
  await writeOwnFile(join(out, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`)
  const report = join(out, 'report.html')
  const curves: LearningCurve[] = []
  const groups: RunGroup[] = []
  for (const [i, { label, spec }] of entries.entries()) {
    const members = []
    for (const run of runs[i]) members.push({ run, events: await run.readMetrics() })
    // A model that is trained in one pass has no curve.
    if (members[0].events.length > 1) curves.push({ name: label, events: members[0].events })
    groups.push({ name: label, spec, members })
  }
  // Loaded here because the libraries that draw take longer to load than most commands to run.
  const { writeReport } = await import('../../pages/report.ts')
  const transfer = entries.find((entry) => isTwin(entries[0], entry))?.label
  await writeReport(report, {
    title,
    lead: `${entries.map(({ label }) => label).join(', ')} on ${dataset.name}, each held against the first.`,
    facts: [
      { name: 'dataset', value: dataset.name },
      { name: 'split', value: split },
      {
        name: 'versions',
        value: Object.entries(versions)
          .map((entry) => entry.join(' '))
          .join(', '),
      },
    ],
    curves,
    policies: policyCurves(groups),
    comparisons: [comparison],
    metric: verdictMetric(comparison),
    ...(transfer !== undefined && { transfer }),
  })
  return { results, report }
}
