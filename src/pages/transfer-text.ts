import { type ByName, nameOfAll } from '../core/index.ts'
import type { Judgment, TransferReport } from '../experiments/report.ts'
import { bestOf, findingText, intervalText, score, signed, type TextTable, verdictNotes } from './compare-text.ts'

/** What a reader must know before acting on a verdict. */
export function cautions({
  model,
  twin,
  domains,
  leastUsers,
}: Pick<TransferReport, 'model' | 'twin' | 'domains' | 'leastUsers'>): readonly string[] {
  const n = model.runs.length
  const other = twin.name.split(':')[0]
  return [
    ...verdictNotes(domains, leastUsers, [
      [model.name, model],
      [twin.name, twin],
    ]),
    n === 1
      ? 'One seed was trained. Intervals cover which users were logged, not which seed was drawn: a verdict of one seed can be the seed’s. --seeds 3 averages over more.'
      : `Each case is averaged over ${n} seeds before users are drawn. Intervals cover which users were logged; ± tells how far seeds differ.`,
    ...(other === model.name
      ? []
      : [
          `The twin is ${other}, not ${model.name} on one domain at a time: the difference is also one of models and of how well each is tuned.`,
        ]),
  ]
}

/** The column of the model; its twin stands behind it. */
const FIRST_RIVAL = 2

/** One row a domain and one for all: both means, the better one marked, their difference, its interval, the verdict. */
export function judgmentTable(
  report: Pick<TransferReport, 'model' | 'twin' | 'metric' | 'lessIsBetter'>,
  domains: ByName<Judgment>,
  overall: Judgment,
): TextTable {
  const { metric } = report
  const several = report.model.runs.length > 1
  const mean = (values: Judgment['model']) => {
    const { mean, std } = values[metric]
    return several && Number.isFinite(mean) ? `${score(mean)} ±${score(std)}` : score(mean)
  }
  const row = (place: string, one: Judgment) => [
    place,
    one.cases.toLocaleString('en-US'),
    mean(one.model),
    mean(one.twin),
    signed(one.difference[metric].mean),
    intervalText(one.difference[metric]),
    findingText(one.verdict),
  ]
  const places = [...domains, [nameOfAll(domains.keys()), overall] as const]
  const right = (title: string) => ({ title, align: 'right' as const })
  return {
    columns: [
      { title: metric },
      right('cases'),
      right(report.model.name),
      right('twin'),
      right('difference'),
      right('95 % interval'),
      { title: 'verdict' },
    ],
    rows: places.map(([place, one]) => row(place, one)),
    best: places.map(([, { model, twin }]) =>
      bestOf([model[metric], twin[metric]], report.lessIsBetter.includes(metric)).map((rival) => FIRST_RIVAL + rival),
    ),
  }
}
