import {
  type Dataset,
  domainOfItem,
  type ModelSpec,
  Part,
  type Scorer,
  type Split,
  type TrainContext,
} from '../core/index.ts'
import { evaluationCases } from '../data/index.ts'
import { askedBy, MEASURES } from '../evaluation/measures/index.ts'
import { lessIsBetter } from '../metrics/index.ts'

/** The most validation cases that an epoch is judged by; more would only make epochs slow. The sample is the same for all. */
const MAX_VALIDATION_CASES = 10_000

export interface TrainingOptions {
  readonly spec: ModelSpec
  /** Parsed by `parseConfig`. */
  readonly config: Record<string, unknown>
  readonly dataset: Dataset
  readonly split: Split
  readonly seed: number
  readonly threads: number
  readonly resume?: TrainContext['resume']
  readonly prolonged?: boolean | undefined
  readonly warm?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly checkpointSeconds?: number | undefined
  /** How runs are opened that an option of the model names (`worldModel`); default from their folders. */
  readonly openRun?: TrainContext['openRun']
  /** How folders of demonstrations are opened that an option of the model names; default from the disk. */
  readonly openDemonstrations?: TrainContext['openDemonstrations']
  /** How files of vectors are opened that an option of the model names; default from the disk. */
  readonly openItemVectors?: TrainContext['openItemVectors']
}

/** What a model is trained with. */
export function contextOf(options: TrainingOptions): TrainContext {
  const { dataset, split, seed, threads, resume, prolonged, warm } = options
  const { signal, checkpointSeconds, openRun, openDemonstrations, openItemVectors } = options
  return {
    dataset,
    split,
    seed,
    threads,
    validate: validator(options),
    lessIsBetter,
    ...(openRun && { openRun }),
    ...(openDemonstrations && { openDemonstrations }),
    ...(openItemVectors && { openItemVectors }),
    ...(resume && { resume }),
    ...(prolonged && { prolonged: true }),
    ...(warm && { warm: true }),
    ...(signal && { signal }),
    ...(checkpointSeconds !== undefined && { checkpointSeconds }),
  }
}

/**
 * Measures a model on the validation part as its task is: ranked among all items of their domain, nothing masked, or predicted. What
 * its option `metric` names is measured, too.
 */
function validator({ spec, config, dataset, split, signal }: TrainingOptions): TrainContext['validate'] {
  const measure = MEASURES[spec.task]
  const cases = evaluationCases(dataset, split, Part.valid)
  const stride = measure.ranks ? Math.max(1, Math.ceil(cases.queries.length / MAX_VALIDATION_CASES)) : 1
  const selecting = typeof config.metric === 'string' ? [config.metric] : []
  // What the split is needed for costs time where items are ranked, and is of lists alone.
  const asked = !measure.ranks || selecting.some((name) => measure.metric(name).of === 'lists') ? { split } : {}
  return async (model: Scorer, domain?: number) => {
    const kept: number[] = []
    for (let i = 0; i < cases.queries.length; i += stride)
      if (domain === undefined || domainOfItem(dataset, cases.answers[i]) === domain) kept.push(i)
    const chosen = {
      queries: kept.map((i) => cases.queries[i]),
      answers: Int32Array.from(kept, (i) => cases.answers[i]),
      rows: Int32Array.from(kept, (i) => cases.rows[i]),
    }
    const { overall } = await measure.evaluate(model, dataset, chosen, {
      ...askedBy(config),
      ...asked,
      metrics: selecting,
      signal,
    })
    return overall
  }
}
