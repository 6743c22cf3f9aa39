import type { ByName } from '../core/index.ts'
import type { Finding } from '../evaluation/verdicts.ts'
import type { Judgment } from './report.ts'

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
