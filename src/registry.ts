import { type ModelSpec, type PointMetric, type RankMetric, type Task, unknownName } from './core/index.ts'
import { readers } from './data/index.ts'
import { CTR_METRICS, RANK_METRICS, RATING_METRICS } from './metrics/index.ts'
import * as models from './models/index.ts'
import { type Control, CONTROLS as controls } from './policies/controls.ts'
import * as policies from './policies/index.ts'

const TASKS: readonly Task[] = ['ranking', 'ctr', 'rating', 'policy']

/** By what they predict; of one kind first those that no paper describes, then the oldest. */
function inOrder(specs: readonly ModelSpec[]): ModelSpec[] {
  const year = ({ paper }: ModelSpec) => paper?.year ?? 0
  return [...specs].sort(
    (a, b) => TASKS.indexOf(a.task) - TASKS.indexOf(b.task) || year(a) - year(b) || (a.name < b.name ? -1 : 1),
  )
}

/** Every model and policy: what `models/index.ts` and `policies/index.ts` export. */
export const MODELS: readonly ModelSpec[] = inOrder([...Object.values(models), ...Object.values(policies)])

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
