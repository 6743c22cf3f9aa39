import { type ModelSpec, type PointMetric, type RankMetric, unknownName } from './core/index.ts'
import { readers } from './data/index.ts'
import { CTR_METRICS, RANK_METRICS, RATING_METRICS } from './metrics/index.ts'
import {
  bert4rec,
  biao,
  bprmf,
  cgrec,
  conet,
  dasl,
  deepfm,
  gru4rec,
  itemKnn,
  lightSans,
  lr,
  minet,
  narm,
  nextitnet,
  popularity,
  random,
  rates,
  sasrec,
  sine,
  stamp,
  syncrec,
  transrec,
  worldModel,
} from './models/index.ts'
import {
  bcq,
  type Control,
  cirs,
  CONTROLS as controls,
  cql,
  crr,
  darlr,
  dorl,
  epsilonGreedy,
  gt,
  ips,
  mbpo,
  mopo,
  roler,
  sqn,
  ucb,
} from './policies/index.ts'

/** Every model, controls first. A line here is what makes a model known to the command line, the server and the tests. */
export const MODELS: readonly ModelSpec[] = [
  random,
  popularity,
  itemKnn,
  bprmf,
  gru4rec,
  sasrec,
  syncrec,
  cgrec,
  transrec,
  nextitnet,
  bert4rec,
  narm,
  stamp,
  lightSans,
  sine,
  rates,
  lr,
  deepfm,
  conet,
  minet,
  dasl,
  biao([conet, minet, dasl, deepfm]),
  worldModel,
  epsilonGreedy,
  ucb,
  sqn,
  bcq,
  cql,
  crr,
  ips,
  mbpo,
  mopo,
  dorl,
  roler,
  cirs,
  darlr,
  gt,
]

/** Every policy that a simulator's result is held against, rivals first, bounds last. */
export const CONTROLS: readonly Control[] = controls

/** Every file format that can be imported. */
export const READERS = readers

/** Every metric: of ranked lists, of predicted probabilities, of predicted ratings. */
export const METRICS: readonly (RankMetric | PointMetric)[] = [...RANK_METRICS, ...CTR_METRICS, ...RATING_METRICS]

/** @throws TributaryError `unknown-name`, with the name that was probably meant. */
export function findModel(name: string): ModelSpec {
  const spec = MODELS.find((model) => model.name === name)
  if (spec === undefined) {
    const known = MODELS.map((model) => model.name)
    throw unknownName('model', name, known)
  }
  return spec
}
