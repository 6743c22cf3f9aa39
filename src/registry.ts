import { type ModelSpec, type PointMetric, type RankMetric, unknownName } from './core/index.ts'
import { readers } from './data/index.ts'
import { CTR_METRICS, RANK_METRICS, RATING_METRICS } from './metrics/index.ts'
import { bert4rec } from './models/bert4rec/index.ts'
import { biao } from './models/biao/index.ts'
import { bprmf } from './models/bprmf.ts'
import { cgrec } from './models/cgrec/index.ts'
import { conet } from './models/conet.ts'
import { dasl } from './models/dasl.ts'
import { deepfm } from './models/deepfm.ts'
import { gru4rec } from './models/gru4rec.ts'
import { itemKnn } from './models/item-knn.ts'
import { lightSans } from './models/light-sans.ts'
import { lr } from './models/lr.ts'
import { minet } from './models/minet.ts'
import { narm } from './models/narm.ts'
import { nextitnet } from './models/nextitnet.ts'
import { popularity } from './models/popularity.ts'
import { random } from './models/random.ts'
import { rates } from './models/rates.ts'
import { sasrec } from './models/sasrec.ts'
import { sine } from './models/sine.ts'
import { stamp } from './models/stamp.ts'
import { syncrec } from './models/syncrec/index.ts'
import { transrec } from './models/transrec/index.ts'
import { worldModel } from './models/world-model.ts'
import { bcq } from './policies/bcq.ts'
import { cirs } from './policies/cirs.ts'
import { type Control, CONTROLS as controls } from './policies/controls.ts'
import { cql } from './policies/cql.ts'
import { crr } from './policies/crr.ts'
import { darlr } from './policies/darlr/index.ts'
import { dorl } from './policies/dorl.ts'
import { epsilonGreedy } from './policies/epsilon-greedy.ts'
import { gt } from './policies/gt.ts'
import { ips } from './policies/ips.ts'
import { mbpo } from './policies/mbpo.ts'
import { mopo } from './policies/mopo.ts'
import { roler } from './policies/roler.ts'
import { sqn } from './policies/sqn.ts'
import { ucb } from './policies/ucb.ts'

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
