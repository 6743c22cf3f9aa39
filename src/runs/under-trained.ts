import type { UnderTrained } from '../evaluation/verdicts.ts'
import { epochsOf, type MetricsLines } from './epochs.ts'
import type { Manifest } from './run.ts'

/**
 * Whether any of a model's runs, which differ in their seeds, kept the weights of the last epoch it was allowed.
 * @param domains all of the dataset
 * @returns `undefined` where none did, or where the model has no such epochs or no validation cases to see it by
 */
export function underTrained(
  runs: readonly { readonly manifest: Pick<Manifest, 'config'>; readonly events: MetricsLines }[],
  domains: readonly string[],
): UnderTrained | undefined {
  const [first] = runs
  const option = (name: string) => first?.manifest.config[name]?.value
  const [epochs, patience, metric = 'auc'] = [option('epochs'), option('patience'), option('metric')]
  if (typeof epochs !== 'number' || typeof patience !== 'number' || typeof metric !== 'string') return undefined
  const found = new Set<string>()
  for (const { events } of runs) {
    // The last line of an epoch and domain says whether that epoch was the best so far.
    for (const { epoch, domain, best, validation } of epochsOf(events))
      if (epoch === epochs && best && validation[metric] !== undefined)
        for (const one of domain === undefined ? domains : [domain]) found.add(one)
  }
  if (found.size === 0) return undefined
  return { domains: domains.filter((domain) => found.has(domain)), epochs, patience }
}
