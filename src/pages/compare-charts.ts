import { nameOfAll } from '../core/index.ts'
import { type Comparison, domainsWithCases } from '../evaluation/compare.ts'
import type { Difference } from '../evaluation/verdicts.ts'
import { barChart, type VerdictColor, type Whisker, whiskerChart } from './charts/index.ts'
import { draw } from './draw.ts'

/** Every model's mean by domain, as SVG. */
export function drawMeans(comparison: Comparison, metric: string): string {
  const names = [...comparison.models.keys()]
  const bars = domainsWithCases(comparison).flatMap((place) =>
    names.map((name) => ({ place, name, ...comparison.models.get(name)!.domains.get(place)![metric] })),
  )
  return draw(barChart(bars, { label: metric, names }))
}

/** By domain (and for all) the difference of each named model from the first, as SVG. */
export function drawDifferences(comparison: Comparison, names: readonly string[], metric: string): string {
  const all = nameOfAll(comparison.cases.keys())
  const row = (place: string, name: string, { mean, low, high, verdict }: Difference): Whisker => ({
    ...{ place, name, mean, low, high },
    verdict: colorOf(verdict),
  })
  const rows = [
    ...domainsWithCases(comparison).flatMap((domain) =>
      names.map((name) => row(domain, name, comparison.differences.get(name)!.get(domain)![metric])),
    ),
    ...names.map((name) => row(all, name, comparison.overallDifferences.get(name)![metric])),
  ]
  return draw(
    whiskerChart(rows, {
      label: `difference of ${metric}`,
      says: `difference of ${metric} from ${comparison.against} by domain, with 95 % intervals`,
    }),
  )
}

/** Findings that are no verdict, of too few users, look like no difference. */
function colorOf(verdict: string): VerdictColor {
  return verdict === 'helped' || verdict === 'harmed' ? verdict : 'no difference'
}
