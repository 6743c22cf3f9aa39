import { VERDICT_METRIC } from './compare.ts'
import { findingText, intervalText, score, signed, type TextTable, verdictNotes } from './compare-text.ts'
import { type ByName, nameOfAll } from './core/index.ts'
import type { Judgment, TransferReport } from './transfer.ts'
import type { Finding } from './verdicts.ts'

/**
 * What to do about a domain, in one sentence. `shown` is what the cases reported say (test cases, as a rule), which must not
 * choose anything; `validation` is what those say that may.
 */
export function adviceFor(shown: Finding, validation: Finding): string {
  if (validation === 'harmed') {
    if (shown === 'harmed') return 'Serve the single-domain twin here: --fallback auto does.'
    if (shown === 'helped') return 'The two parts of the split contradict each other: train more seeds before choosing.'
    return 'Serve the single-domain twin here, as --fallback auto does: validation cases show harm.'
  }
  if (validation === 'under-trained' || shown === 'under-trained')
    return 'Train to the end before choosing: one side was still getting better in its last epoch, so raise epochs.'
  if (shown === 'harmed')
    return 'Train more seeds or a better tuned model: validation cases do not show this harm, so --fallback auto keeps the model.'
  if (shown === 'helped') return 'Keep the model here: the other domains help.'
  if (validation === 'helped') return 'Keep the model here: validation cases say that the other domains help.'
  if (validation === 'no cases') return 'There are too few cases to say anything: keep the model, and log more users.'
  if (validation === 'too few users')
    return 'There are too few users to say anything: keep the model, and log more of them.'
  return 'Keep the model here: nothing shows harm, and one model is less to run than two.'
}

/** The same for all domains together, by what validation cases say of each. */
export function overallAdvice(validation: ByName<Judgment>): string {
  const harmed = domainsWith(validation, 'harmed')
  if (harmed.length > 0)
    return `Serve with --fallback auto, which gives ${harmed.join(', ')} to the single-domain twin: validation cases show harm there.`
  const unsaid = [...domainsWith(validation, 'too few users'), ...domainsWith(validation, 'under-trained')]
  return unsaid.length > 0
    ? `Serve the model alone: nothing shows harm, but of ${unsaid.join(', ')} nothing can be said yet.`
    : 'Serve the model alone: validation cases show harm in no domain.'
}

export function domainsWith(domains: ByName<Judgment>, verdict: Finding): string[] {
  return [...domains].flatMap(([domain, one]) => (one.verdict === verdict ? [domain] : []))
}

/** What a reader must know before acting on a verdict. */
export function cautions({
  model,
  twin,
  domains,
  leastUsers,
}: Pick<TransferReport, 'model' | 'twin' | 'domains' | 'leastUsers'>): readonly string[] {
  const n = model.runs.length
  const other = twin.name.split(':')[0]!
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
  const row = (place: string, one: Judgment) => [
    place,
    one.cases.toLocaleString('en-US'),
    mean(one.model),
    mean(one.twin),
    signed(one.difference[metric]!.mean),
    intervalText(one.difference[metric]!),
    findingText(one.verdict),
  ]
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
    rows: [...[...domains].map(([domain, one]) => row(domain, one)), row(nameOfAll(domains.keys()), overall)],
  }
}
