import {
  answerFromLearned,
  type Checkpoint,
  type Dataset,
  type ItemRange,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Query,
  type Scorer,
  type ScoringVectors,
  type Split,
  type TrainContext,
  type TrainEvent,
  TributaryError,
  tensorsBelow,
  tensorsUnder,
} from '../../core/index.ts'
import { type DomainView, domainView } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { loadWeights } from '../../nn/index.ts'

/** The score that a single-domain model gives to items of other domains, of which it knows nothing: below any score. */
const FOREIGN_SCORE = -1e30

export interface Twin<M extends Model> {
  readonly view: DomainView
  readonly model: M
}

export interface Twins<M extends Model> extends Model {
  readonly twins: readonly Twin<M>[]
}

/**
 * Gives a model the option `sequences=single`: an independent model for each domain, trained on that domain's part of the
 * log alone and selected on that domain's validation cases. It is what a multi-domain model must not fall behind.
 */
export function singleDomainTwins<C extends { readonly sequences: 'mixed' | 'single' }, M extends Model>(
  create: (config: C, dataset: Dataset, context: ModelContext, split: Split) => M,
  train: (model: M, config: C, context: TrainContext) => AsyncGenerator<TrainEvent>,
) {
  return {
    create(config: C, dataset: Dataset, split: Split, context: ModelContext): M | Twins<M> {
      if (config.sequences === 'mixed') return create(config, dataset, context, split)
      return createTwins(dataset, split, context, (view, own) => create(config, view.dataset, own, view.split))
    },
    train(model: M | Twins<M>, config: C, context: TrainContext): AsyncGenerator<TrainEvent> {
      return 'twins' in model
        ? trainTwins(model, context, (twin, own) => train(twin, config, own))
        : train(model, config, context)
    },
  }
}

function createTwins<M extends Model>(
  dataset: Dataset,
  split: Split,
  context: ModelContext,
  create: (view: DomainView, context: ModelContext) => M,
): Twins<M> {
  const twins = dataset.domains.map((domain, d): Twin<M> => {
    const view = domainView(dataset, split, d)
    const model = create(view, { ...context, seed: seedOfDomain(context.seed, domain) })
    return { view, model: answerFromLearned(model, view.dataset, view.split) }
  })
  const weights = (): NamedTensors => {
    return new Map(twins.flatMap(({ model }, d) => [...tensorsUnder(model.weights(), `${dataset.domains[d]}/`)]))
  }
  return {
    twins,
    weights,
    // All at once, so that weights that do not fit change nothing. The domains' arrays are live.
    load: (loaded) => loadWeights(weights(), loaded),
    score: (queries, range) => scoreWithTwins(twins, queries, range),
    ...(twins.every(({ model }) => model.can?.vectors) && { can: { vectors: () => vectorsOfTwins(twins, dataset) } }),
    async dispose() {
      await Promise.all(twins.map(({ model }) => model.dispose()))
    },
  }
}

/** Each query is answered by its domain's model, which sees only that domain's part of the history. */
async function scoreWithTwins(
  twins: readonly Twin<Model>[],
  queries: readonly Query[],
  range: ItemRange,
): Promise<Float32Array> {
  const width = range.end - range.start
  const scores = new Float32Array(queries.length * width).fill(FOREIGN_SCORE)
  for (const [d, { view, model }] of twins.entries()) {
    const { offset, dataset } = view
    const start = Math.max(range.start, offset + 1)
    const end = Math.min(range.end, offset + dataset.items.size)
    const places = queries.flatMap((query, i) => (query.domain === d ? [i] : []))
    if (places.length === 0 || start >= end) continue
    const own = places.map((i) => ownQuery(queries[i], view))
    const block = await model.score(own, { start: start - offset, end: end - offset })
    for (const [row, i] of places.entries())
      scores.set(block.subarray(row * (end - start), (row + 1) * (end - start)), i * width + start - range.start)
  }
  return scores
}

/** Each domain's model has the vectors of its items, and of what is asked there. */
async function vectorsOfTwins(twins: readonly Twin<Model>[], dataset: Dataset): Promise<ScoringVectors> {
  const own = await Promise.all(
    twins.flatMap(({ view, model }) => model.can?.vectors?.().then((vectors) => ({ view, vectors })) ?? []),
  )
  const { width } = own[0].vectors
  const items = new Float32Array(dataset.items.size * width)
  for (const { view, vectors } of own) items.set(vectors.items.subarray(width), (view.offset + 1) * width)
  const encoders = own.flatMap(({ view, vectors: { from } }) =>
    from === undefined || from === 'user' ? [] : from.map((encoder) => ({ ...encoder, offset: view.offset })),
  )
  return {
    width,
    byDomain: true,
    items,
    ...(encoders.length === own.length && { from: encoders }),
    async of(queries) {
      const found = new Float32Array(queries.length * width)
      for (const [d, { view, vectors }] of own.entries()) {
        const places = queries.flatMap((query, i) => (query.domain === d ? [i] : []))
        const some = await vectors.of(places.map((i) => ownQuery(queries[i], view)))
        for (const [row, i] of places.entries()) found.set(some.subarray(row * width, (row + 1) * width), i * width)
      }
      return found
    },
  }
}

/** A query in the numbering of one domain's view; the view's only domain is 0. */
function ownQuery(query: Query, { offset, dataset }: DomainView): Query {
  const own = (item: number) => item > offset && item < offset + dataset.items.size
  return {
    ...(query.user !== undefined && { user: query.user }),
    history: query.history.filter(own).map((item) => item - offset),
    ...(query.values && { values: query.values.filter((_, i) => own(query.history[i])) }),
    domain: 0,
  }
}

/**
 * Trains the domains one after the other. The checkpoint names the domain at work; the weights of finished domains stand
 * in it beside the state of that one.
 */
async function* trainTwins<M extends Model>(
  { twins }: Twins<M>,
  context: TrainContext,
  train: (model: M, context: TrainContext) => AsyncGenerator<TrainEvent>,
): AsyncGenerator<TrainEvent> {
  const { resume, dataset, seed } = context
  const first = (resume?.state.domain as number | undefined) ?? 0
  if (context.prolonged && first > 0)
    throw new TributaryError(
      'mismatch',
      `${dataset.domains[0]} has been trained to its end, and domains that are trained one after the other cannot be gone on with; train again with --overwrite to give them more epochs or patience`,
    )
  let epochs = (resume?.state.finishedEpochs as number | undefined) ?? 0
  const bestEpochs: number[] = (resume?.state.bestEpochs as number[] | undefined)?.slice() ?? []
  for (const [d, { view, model }] of twins.entries()) {
    const domain = dataset.domains[d]
    if (d < first) {
      model.load(tensorsBelow(resume!.tensors, `finished/${domain}/`))
      continue
    }
    const own: TrainContext = {
      ...context,
      dataset: view.dataset,
      split: view.split,
      seed: seedOfDomain(seed, domain),
      validate: (scorer) => context.validate(outside(scorer, twins, d), d),
      resume: d === first ? ownCheckpoint(resume) : undefined,
    }
    for await (const event of train(model, own)) {
      if (event.type === 'checkpoint') {
        const { epoch, state, tensors } = event.checkpoint
        const finished = twins
          .slice(0, d)
          .flatMap((twin, e) => [...tensorsUnder(twin.model.weights(), `finished/${dataset.domains[e]}/`)])
        const all = new Map([...tensorsUnder(tensors, 'training/'), ...finished])
        const outer = { domain: d, finishedEpochs: epochs, bestEpochs: bestEpochs.slice(), inner: { epoch, state } }
        yield { type: 'checkpoint', checkpoint: { epoch: epochs + epoch, state: outer, tensors: all } }
      } else if (event.type === 'done') {
        epochs += event.epochs
        bestEpochs.push(event.bestEpoch)
      } else if (event.type === 'epoch') {
        // What learned alone trusts nothing from elsewhere.
        const { trust: _, ...alone } = event
        yield { ...alone, domain }
      } else {
        yield { ...event, domain }
      }
    }
  }
  const listed = dataset.domains.map((domain, d) => `${domain} ${bestEpochs[d]}`).join(', ')
  yield {
    type: 'done',
    epochs,
    bestEpoch: epochs,
    reason: `every domain was trained by itself; best epochs: ${listed}`,
  }
}

/** The state of the domain at work inside a checkpoint of all. */
function ownCheckpoint(checkpoint: Checkpoint | undefined): Checkpoint | undefined {
  if (checkpoint === undefined) return undefined
  const { epoch, state } = checkpoint.state.inner as Pick<Checkpoint, 'epoch' | 'state'>
  return { epoch, state, tensors: tensorsBelow(checkpoint.tensors, 'training/') }
}

/** One domain's model as a scorer of queries in the numbering of the whole dataset. */
function outside<M extends Model>(scorer: Scorer, twins: readonly Twin<M>[], d: number): Scorer {
  const { view } = twins[d]
  return {
    score: (queries, range) =>
      scorer.score(
        queries.map((query) => ownQuery(query, view)),
        { start: range.start - view.offset, end: range.end - view.offset },
      ),
  }
}

function seedOfDomain(seed: number, domain: string): number {
  return createRng(seed).split('domain', domain).uint32()
}
