import { type Dataset, Part, type Query, ranksItems, type Scorer, type Split, TributaryError } from '../core/index.ts'
import { evaluationCases, itemCounts } from '../data/index.ts'
import { createRng } from '../math/index.ts'
import { ndcg } from '../metrics/index.ts'
import { listScorer, type ModelOfLists } from './list-scorer.ts'
import { likedCases } from './measures/index.ts'
import { rankAnswers } from './recommend.ts'

/** How much popularity counts in lists of models that predict: 0 is not at all, `auto` is what validation chooses. */
export type Blend = number | 'auto'

/** What `auto` chooses from. */
export const BLENDS = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 5] as const
/** So many of the users who validate choose, drawn by a fixed seed. */
const MOST_USERS = 200

/**
 * Prediction + weight · ln(1 + training rows of the item). Who predicts ratings knows what a user would rate high, and not what the user
 * is likely to take at all; popularity knows the second alone.
 */
export function blendedScorer(scorer: Scorer, dataset: Dataset, split: Split, weight: number): Scorer {
  if (weight === 0) return scorer
  const added = Float32Array.from(itemCounts(dataset, split), (count) => weight * Math.log1p(count))
  return {
    async score(queries, range) {
      const width = range.end - range.start
      return (await scorer.score(queries, range)).map((score, at) => score + added[range.start + (at % width)])
    },
  }
}

/**
 * How a run orders items: as `listScorer` says, and where it predicts, with popularity beside its predictions in this weight.
 * @param positiveAbove as `chooseBlend` takes it
 * @throws TributaryError `bad-argument` for `auto` where no row chooses
 */
export async function blendedLists(
  run: ModelOfLists,
  blend: Blend,
  positiveAbove?: number,
): Promise<{ readonly scorer: Scorer; readonly weight: number }> {
  const scorer = listScorer(run)
  if (blend === 0 || ranksItems(run.spec.task)) return { scorer, weight: 0 }
  const { weight } = blend === 'auto' ? await chooseBlend(run, positiveAbove) : { weight: blend }
  return { scorer: blendedScorer(scorer, run.dataset, run.split, weight), weight }
}

/**
 * Reads `--blend`.
 * @throws TributaryError `bad-argument` for what is neither `auto` nor a number of at least 0
 */
export function parseBlend(text: string): Blend {
  if (text === 'auto') return text
  const weight = Number(text)
  if (text.trim() !== '' && Number.isFinite(weight) && weight >= 0) return weight
  throw new TributaryError('bad-argument', `the blend '${text}' is unknown; give auto, or a number of at least 0`)
}

/** The weight that validation chose, and what each came to. */
export interface ChosenBlend {
  readonly weight: number
  /** NDCG@10 of what users rated high, among all items of its domain. */
  readonly tried: readonly { readonly weight: number; readonly ndcg: number }[]
}

/**
 * The weight of `BLENDS` whose lists are best for users who validate; of several the smallest.
 * @param positiveAbove a higher value is high; default the mean of a domain's training rows
 * @throws TributaryError `bad-argument` where no row that validates is high
 */
export async function chooseBlend(run: ModelOfLists, positiveAbove?: number): Promise<ChosenBlend> {
  const { dataset, split } = run
  const liked = likedCases(dataset, evaluationCases(dataset, split, Part.valid), { split, positiveAbove })
  const answers = new Map<Query, number[]>()
  const users = Int32Array.from(new Set(liked.queries.map(({ user }) => user!)))
  const asked = new Set(createRng(1).split('blend').shuffle(users).subarray(0, MOST_USERS))
  for (const [k, query] of liked.queries.entries())
    if (asked.has(query.user!)) answers.set(query, [...(answers.get(query) ?? []), liked.answers[k]])
  const scorer = listScorer(run)
  const gain = ndcg(10)
  const sums = new Float64Array(BLENDS.length)
  let count = 0
  for (const [query, own] of answers) {
    const scored = remembered(scorer)
    const each = own.map(() => query)
    const of = Int32Array.from(own)
    for (const [b, weight] of BLENDS.entries()) {
      const ordered = blendedScorer(scored, dataset, split, weight)
      const { ranks } = await rankAnswers(ordered, dataset, each, of, { maskSeen: false, apart: own.map(() => of) })
      for (const rank of ranks) sums[b] += gain.value(rank)
    }
    count += own.length
  }
  if (count === 0)
    throw new TributaryError(
      'bad-argument',
      `no row of ${dataset.name} that validates is rated high, so nothing chooses how much popularity counts; give a number in place of auto`,
    )
  const tried = BLENDS.map((weight, b) => ({ weight, ndcg: sums[b] / count }))
  const { weight } = tried.reduce((best, one) => (one.ndcg > best.ndcg ? one : best))
  return { weight, tried }
}

/** Of one query: asked for the same items again, it has their scores. */
function remembered(scorer: Scorer): Scorer {
  const known = new Map<number, Promise<Float32Array>>()
  return {
    score(queries, range) {
      const found = known.get(range.start) ?? scorer.score(queries, range)
      known.set(range.start, found)
      return found
    },
  }
}
