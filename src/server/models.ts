import { domainOfItem } from '../core/index.ts'
import type { Draw } from '../evaluation/decide.ts'
import { TRIBUTARY_VERSION } from '../runs/versions.ts'
import { firstQuestions, type ModelChange, type Models, type ServedModel } from '../serving/models.ts'
import { Batcher } from './batcher.ts'
import { RequestError, unknown } from './failure.ts'
import { createMetrics, type ServerMetrics } from './metrics.ts'
import type { StoreState } from './store-metrics.ts'

const FIRST_DRAW: Draw = { policy: { kind: 'greedy' }, seed: '', k: 1 }

export interface BatchedModel extends ServedModel {
  readonly batcher: Batcher
}

/** The models of a server, each behind its queue. */
export class ServedModels {
  readonly metrics: ServerMetrics
  readonly #models: Models
  readonly #batched = new WeakMap<ServedModel, BatchedModel>()

  constructor(models: Models, store?: StoreState) {
    this.#models = models
    const described = () =>
      models.all.map(({ name, dataset, weights = '' }) => ({
        model: name,
        dataset: dataset.name,
        hash: dataset.hash,
        weights,
        version: TRIBUTARY_VERSION,
      }))
    this.metrics = createMetrics(described, store)
  }

  get names(): string[] {
    return [...this.#models.names]
  }

  get all(): readonly ServedModel[] {
    return this.#models.all
  }

  get aliases(): ReadonlyMap<string, string> {
    return this.#models.aliases
  }

  /** What has changed since the start, the last one first. */
  get changes(): readonly ModelChange[] {
    return this.#models.changes
  }

  /** Since when a model is here, milliseconds since 1970. */
  sinceOf(name: string): number | undefined {
    return this.#models.sinceOf(name)
  }

  /** Whether a name stands for a model that is served. */
  has(name: string): boolean {
    return this.#models.nameOf(name) !== undefined
  }

  /**
   * Does some work with a model that stays as it is until the work is done, whatever is switched meanwhile.
   * @param name of a model or an alias; without it, the champion, else the first
   * @throws RequestError 404 where no model is served at all, 422 for one that is not; whatever the work throws
   */
  use<T>(name: string | undefined, work: (model: BatchedModel) => Promise<T>): Promise<T> {
    if (this.#models.names.length === 0)
      throw new RequestError(404, 'this server serves no model; start one that does with: tributary serve RUN')
    if (this.#models.nameOf(name) === undefined)
      throw unknown('model', name ?? '', 'model', [...this.names, ...this.#models.aliases.keys()])
    return this.#models.use(name, (model) => work(this.#behindQueue(model)))
  }

  /** Of an item that a served model knows. */
  domainOf(item: string): string | undefined {
    for (const { dataset } of this.#models.all) {
      const id = dataset.items.id(item)
      if (id !== undefined) return dataset.domains[domainOfItem(dataset, id)]
    }
    return undefined
  }

  /** Resolves when each model, and whatever stands behind it, has answered a first request. */
  async warm(): Promise<void> {
    await Promise.all(
      this.#models.all.flatMap((model) =>
        firstQuestions(model).map((query) =>
          this.#behindQueue(model).batcher.decide(query, { draw: FIRST_DRAW, maskSeen: true }),
        ),
      ),
    )
  }

  #behindQueue(model: ServedModel): BatchedModel {
    const before = this.#batched.get(model)
    if (before !== undefined) return before
    const onBatch = (size: number) => this.metrics.batch(model.name, size)
    const batched = { ...model, batcher: new Batcher(model.model, model.dataset, onBatch, model.sources) }
    this.#batched.set(model, batched)
    return batched
  }
}
