import { score, signed, type TextTable, VERDICT_METRIC } from './compare.ts'
import { type ByName, nameOfAll } from './core/index.ts'
import type { DomainVerdict, Judgment, TransferReport } from './transfer.ts'

/**
 * What to do about a domain, in one sentence. `shown` is the verdict of the cases reported (test cases, as a rule), which must
 * not choose anything; `validation` is the one that may.
 */
export function adviceFor(shown: DomainVerdict, validation: DomainVerdict): string {
  if (validation === 'harmed') {
    if (shown === 'harmed') return 'Serve the single-domain twin here: --fallback auto does.'
    if (shown === 'helped') return 'The two parts of the split contradict each other: train more seeds before choosing.'
    return 'Serve the single-domain twin here, as --fallback auto does: validation cases show harm.'
  }
  if (shown === 'harmed')
    return 'Train more seeds or a better tuned model: validation cases do not show this harm, so --fallback auto keeps the model.'
  if (shown === 'helped') return 'Keep the model here: the other domains help.'
  if (validation === 'helped') return 'Keep the model here: validation cases say that the other domains help.'
  if (validation === 'no cases') return 'There are too few cases to say anything: keep the model, and log more users.'
  return 'Keep the model here: nothing shows harm, and one model is less to run than two.'
}

/** The same for all domains together. `harmed` are those that validation cases call harmed. */
export function overallAdvice(harmed: readonly string[]): string {
  return harmed.length === 0
    ? 'Serve the model alone: validation cases show harm in no domain.'
    : `Serve with --fallback auto, which gives ${harmed.join(', ')} to the single-domain twin: validation cases show harm there.`
}

/** What a reader must know before acting on a verdict. */
export function cautions({ model, twin }: Pick<TransferReport, 'model' | 'twin'>): readonly string[] {
  const n = model.runs.length
  const other = twin.name.split(':')[0]!
  return [
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

/** What the terminal and the page call a verdict of a case-less domain. */
export function verdictWord(verdict: DomainVerdict): string {
  return verdict === 'no cases' ? '–' : verdict
}

/** One row a domain and one for all: both means, their difference, its interval, the verdict. */
export function judgmentTable(
  report: Pick<TransferReport, 'model' | 'twin'>,
  domains: ByName<Judgment>,
  overall: Judgment,
): TextTable {
  const metric = VERDICT_METRIC
  const several = report.model.runs.length > 1
  const mean = (values: Judgment['model']) => {
    const { mean, std } = values[metric]!
    return several && Number.isFinite(mean) ? `${score(mean)} ±${score(std)}` : score(mean)
  }
  const row = (place: string, one: Judgment) => {
    const { mean: by, low, high } = one.difference[metric]!
    return [
      place,
      String(one.cases),
      mean(one.model),
      mean(one.twin),
      signed(by),
      one.cases === 0 ? '–' : `[${signed(low)}, ${signed(high)}]`,
      verdictWord(one.verdict),
    ]
  }
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
    rows: [...[...domains].map(([domain, one]) => row(domain, one)), row(nameOfAll('all', domains.keys()), overall)],
  }
}
