import { join } from 'node:path'
import type { ComparisonOutcome } from '../experiments/compare.ts'
import { isTwin } from '../experiments/twin.ts'
import { writeOwnFile } from '../files/index.ts'
import type { LearningCurve } from '../runs/epochs.ts'
import { policyCurves, type RunGroup } from './policies.ts'
import { writeReport } from './report.ts'

/** What results.json holds, and `compare --json` prints. */
export function resultsOf({ dataset, splitNotes, comparison }: ComparisonOutcome) {
  return { dataset: dataset.name, splitNotes, ...comparison }
}

/**
 * Writes results.json and report.html, beside the runs as a rule; returns what the former holds, and where the latter is.
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeComparison(
  out: string,
  title: string,
  outcome: ComparisonOutcome,
): Promise<{ results: ReturnType<typeof resultsOf>; report: string }> {
  const { entries, comparison, dataset, splitName, runs } = outcome
  const results = resultsOf(outcome)
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
  const transfer = entries.find((entry) => isTwin(entries[0], entry))?.label
  await writeReport(report, {
    title,
    lead: `${entries.map(({ label }) => label).join(', ')} on ${dataset.name}, each held against the first.`,
    facts: [
      { name: 'dataset', value: dataset.name },
      { name: 'split', value: splitName },
      {
        name: 'versions',
        value: Object.entries(runs[0][0].manifest.versions)
          .map((entry) => entry.join(' '))
          .join(', '),
      },
    ],
    curves,
    policies: policyCurves(groups),
    comparisons: [comparison],
    metric: comparison.metric,
    ...(transfer !== undefined && { transfer }),
  })
  return { results, report }
}
