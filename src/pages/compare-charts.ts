import type { PlotOptions } from '@observablehq/plot'
import { nameOfAll } from '../core/index.ts'
import { type Comparison, domainsWithCases } from '../evaluation/compare.ts'
import type { Difference } from '../evaluation/verdicts.ts'
import { barChart, type VerdictColor, type Whisker, whiskerChart } from './charts/index.ts'

/** Every model's mean by domain. `series`: all that have a look on the page. */
export function meansChart(
  comparison: Comparison,
  metric: string,
  series: readonly string[],
): (width: number) => PlotOptions {
  const names = [...comparison.models.keys()]
  const bars = domainsWithCases(comparison).flatMap((place) =>
    names.map((name) => ({ place, name, ...comparison.models.get(name)!.domains.get(place)![metric] })),
  )
  return (width) => barChart(bars, { label: metric, names, series, width })
}

/** By domain (and for all) the difference of each named model from the first. */
export function differencesChart(
  comparison: Comparison,
  names: readonly string[],
  metric: string,
): (width: number) => PlotOptions {
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
  const says = `difference of ${metric} from ${comparison.against} by domain, with 95 % intervals`
  return (width) => whiskerChart(rows, { label: `difference of ${metric}`, says, width })
}

/** Findings that are no verdict, of too few users, look like no difference. */
function colorOf(verdict: string): VerdictColor {
  return verdict === 'helped' || verdict === 'harmed' ? verdict : 'no difference'
}
