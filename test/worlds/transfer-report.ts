import { byName } from '../../src/core/index.ts'
import type { Finding } from '../../src/evaluation/verdicts.ts'
import { adviceFor, domainsWith, overallAdvice } from '../../src/experiments/advice.ts'
import type { Judgment, TransferReport } from '../../src/experiments/report.ts'

/** A domain of a report: how far the model is above its twin there. */
export interface JudgedPlace {
  readonly domain: string
  /** NaN: there are no cases. */
  readonly difference: number
  /** On validation cases; default the same. */
  readonly validation?: number
  readonly cases?: number
}

const METRIC = 'ndcg@10'
const HALF = 0.005
const TWIN = 0.1

export interface JudgedAs extends Partial<Pick<TransferReport, 'training' | 'dataset'>> {
  readonly weights?: string
  readonly twinWeights?: string
  readonly name?: string
}

/** A report of these differences, each ± .005; whatever is beyond that is called helped or harmed. */
export function transferReportOf(places: readonly JudgedPlace[], as: JudgedAs = {}): TransferReport {
  const judgment = (mean: number, cases: number, users: number): Judgment => {
    const [low, high] = [mean - HALF, mean + HALF]
    const verdict: Finding = cases === 0 ? 'no cases' : high < 0 ? 'harmed' : low > 0 ? 'helped' : 'no difference'
    const of = (value: number) => ({
      [METRIC]: { mean: value, low: value - HALF, high: value + HALF, std: Number.NaN },
    })
    return {
      ...{ cases, users, verdict },
      twin: of(cases === 0 ? Number.NaN : TWIN),
      model: of(TWIN + mean),
      difference: { [METRIC]: { mean, low, high, p: verdict === 'no difference' ? 0.5 : 0.001, verdict } },
    }
  }
  const all = (of: (place: JudgedPlace) => number) => {
    const counted = places.filter(({ difference }) => !Number.isNaN(difference))
    const total = counted.reduce((sum, { cases = 100 }) => sum + cases, 0)
    const mean = counted.reduce((sum, place) => sum + ((place.cases ?? 100) / total) * of(place), 0)
    return judgment(mean, total, 50)
  }
  const judged = (of: (place: JudgedPlace) => number) =>
    byName(
      places.map((place) => {
        const cases = Number.isNaN(place.difference) ? 0 : (place.cases ?? 100)
        return [place.domain, judgment(of(place), cases, cases === 0 ? 0 : 50)] as const
      }),
    )
  const shown = judged(({ difference }) => difference)
  const onValidation = ({ difference, validation = difference }: JudgedPlace) => validation
  const validation = judged(onValidation)
  const protocol = (split: 'test' | 'valid') => ({
    protocol: { split, candidates: 'full', maskSeen: false, ties: 'against', seed: 0 },
    ...{
      measure: 'ranking',
      lessIsBetter: [],
      described: `Each ${split} answer is ranked among all items of its domain.`,
    },
  })
  const advised = [...shown].map(
    ([domain, one]) => [domain, { ...one, advice: adviceFor(one.verdict, validation.get(domain)!.verdict) }] as const,
  )
  const {
    name = 'syncrec',
    weights = 'aa11',
    twinWeights = 'bb22',
    dataset = { name: 'shop', hash: 'd1' },
    training,
  } = as
  return {
    ...{ format: 1, dataset, split: 'leave-two-out', metric: METRIC, leastUsers: 20 },
    model: { name, runs: [{ folder: '.', seed: 1, weights }] },
    twin: {
      name: 'sasrec:sequences=single',
      runs: [{ folder: 'transfer/sasrec-sequences=single/seed1', seed: 1, weights: twinWeights }],
    },
    ...protocol('test'),
    domains: byName(advised),
    overall: { ...all(({ difference }) => difference), advice: overallAdvice(validation) },
    validation: { ...protocol('valid'), domains: validation, overall: all(onValidation) },
    fallback: { domains: domainsWith(validation, 'harmed') },
    ...(training && { training }),
  }
}
