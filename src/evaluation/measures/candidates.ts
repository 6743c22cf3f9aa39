import { type Dataset, type Query, TributaryError } from '../../core/index.ts'
import { type Cases, candidatesFromFile, sampleNegatives } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'

/**
 * What an answer is ranked among: every item of its domain (`full`), the whole catalogue (`all`), n items of its domain that
 * the user never touched (`sampled`), or the rows of a file. Figures under different candidates must not be compared.
 */
export type Candidates =
  | { readonly kind: 'full' }
  | { readonly kind: 'all' }
  | { readonly kind: 'sampled'; readonly n: number; readonly seed: number }
  | { readonly kind: 'file'; readonly path: string }

/**
 * Reads `full`, `all`, `sampled:100` or the path of a file; whatever holds neither a dot nor a slash was meant as a word.
 * @throws TributaryError `bad-argument`
 */
export function parseCandidates(text: string, seed: number): Candidates {
  if (text === 'full' || text === 'all') return { kind: text }
  const n = /^sampled:(\d+)$/.exec(text)?.[1]
  if (n !== undefined && Number(n) > 0) return { kind: 'sampled', n: Number(n), seed }
  if (/[./\\]/.test(text)) return { kind: 'file', path: text }
  throw new TributaryError(
    'bad-argument',
    `candidates '${text}' are unknown; give full, all, sampled:100 (any number from 1) or the path of a file`,
  )
}

/** The queries of cases with what each answer is ranked among. */
export async function withCandidates(
  dataset: Dataset,
  cases: Cases,
  candidates: Candidates,
): Promise<readonly Query[]> {
  if (candidates.kind === 'full' || candidates.kind === 'all') return cases.queries
  const negatives =
    candidates.kind === 'file'
      ? await candidatesFromFile(candidates.path, dataset, cases)
      : sampleNegatives(dataset, cases, { scope: 'domain', count: candidates.n, rng: createRng(candidates.seed) })
  return cases.queries.map((query, k) => ({ ...query, candidates: negatives[k] }))
}

/** As on the command line. */
export function candidatesText(candidates: Candidates): string {
  if (candidates.kind === 'sampled') return `sampled:${candidates.n}`
  return candidates.kind === 'file' ? candidates.path : candidates.kind
}
