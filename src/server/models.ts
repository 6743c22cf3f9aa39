import { type Dataset, domainItems, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { TRIBUTARY_VERSION } from '../runs/versions.ts'
import type { Sources } from '../serving/served.ts'
import { Batcher } from './batcher.ts'
import { unknown } from './failure.ts'
import { createMetrics, type ServerMetrics } from './metrics.ts'

/** A model under the name that requests choose it by. */
export interface ServedModel {
  readonly name: string
  readonly model: Scorer
  /** Translates names; its log holds the stored histories. */
  readonly dataset: Dataset
  /** The SHA-256 of the model's weights, for `tributary_model_info`. */
  readonly weights?: string | undefined
  /**
   * Where another run answers for a domain in place of the model (`withFallback`): its name, by domain. Answers tell the name,
   * so it should not be a path.
   */
  readonly fallbacks?: ReadonlyMap<string, string>
  /** Where another run answers for users who are new in a domain and known elsewhere (`withNewUsers`): its name, by domain. */
  readonly newUsers?: ReadonlyMap<string, string>
  /** How much each domain counted in scores of `model`. */
  readonly sources?: Sources | undefined
}

export interface BatchedModel extends ServedModel {
  readonly batcher: Batcher
}

/** The models of a server, each behind its queue. */
export class ServedModels {
  readonly metrics: ServerMetrics
  readonly #served = new Map<string, BatchedModel>()
  readonly #first: BatchedModel

  /** @throws TributaryError `bad-argument` when there is no model or two share a name */
  constructor(models: readonly ServedModel[]) {
    this.metrics = createMetrics(
      models.map(({ name, dataset, weights = '' }) => ({
        name,
        dataset: dataset.name,
        hash: dataset.hash,
        weights,
        version: TRIBUTARY_VERSION,
      })),
    )
    for (const model of models) {
      const { name, dataset, sources } = model
      if (this.#served.has(name))
        throw new TributaryError('bad-argument', `two models are named '${name}'; each needs a name of its own`)
      const batcher = new Batcher(model.model, dataset, (size) => this.metrics.batch(name, size), sources)
      this.#served.set(name, { ...model, batcher })
    }
    const [first] = this.#served.values()
    if (first === undefined) throw new TributaryError('bad-argument', 'a server needs at least one model')
    this.#first = first
  }

  get names(): string[] {
    return [...this.#served.keys()]
  }

  /**
   * The first where no name is given.
   * @throws RequestError 422 for one that is not served
   */
  named(name: string = this.#first.name): BatchedModel {
    const found = this.#served.get(name)
    if (found === undefined) throw unknown('model', name, 'model', this.names)
    return found
  }

  /** Resolves when each model, and whatever stands behind it, has answered a first request. */
  async warm(): Promise<void> {
    await Promise.all(
      [...this.#served.values()].flatMap((model) =>
        firstQuestions(model).map((query) => model.batcher.recommend(query, { k: 1, maskSeen: true })),
      ),
    )
  }
}

/** One for each model that stands behind a served one. */
function firstQuestions({ dataset, fallbacks, newUsers }: ServedModel): readonly Query[] {
  const nobody = new Int32Array(0)
  const asked = fallbacks === undefined || fallbacks.size === 0 ? [0] : [...dataset.domains.keys()]
  const fromElsewhere = [...(newUsers?.keys() ?? [])].map((name): Query => {
    const domain = dataset.domains.indexOf(name)
    const { start, end } = domainItems(dataset, domain)
    return { domain, history: Int32Array.of(start === 1 ? end : 1) }
  })
  return [...asked.map((domain) => ({ domain, history: nobody })), ...fromElsewhere]
}
