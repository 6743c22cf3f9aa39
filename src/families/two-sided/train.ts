import type { Tensor, TrainContext } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { adam, type Optimizer, trainEpochs } from '../../nn/index.ts'
import { add, divide, grad, maximum, mean, multiply, type Program, type Sym, sum } from '../../tensor/index.ts'
import { type CrossDomainBatch, crossDomainBatches } from './batches.ts'
import { type CrossDomainGraph, moveAverages } from './graph.ts'
import type { CrossDomainConfig } from './options.ts'
import type { CrossDomainRanker } from './ranker.ts'

/** What changes a model by one batch. */
export interface CrossDomainTrainer {
  /** Whatever changes beside the weights. */
  readonly moments: ReadonlyMap<string, Tensor>
  /** One update, the `step`-th of its epoch from 1; `rng` fixes all that it draws. Returns the loss terms by name. */
  step(batch: CrossDomainBatch, epoch: number, step: number, rng: Rng): Promise<Readonly<Record<string, number>>>
}

/** The loss that a step lowers: mean target loss + Σ weight_j · source loss_j + penalty. */
export function trainingLoss({ network, targetLosses, sourceLosses }: CrossDomainGraph, weights: Sym | undefined) {
  const target = mean(targetLosses)
  const source = sourceLosses && weights && sum(multiply(weights, sourceLosses))
  const terms = [target, source, network.penalty].filter((term) => term !== undefined)
  const loss = terms.reduce((total, term) => add(total, term))
  return { loss, terms: { target, ...(source && { source }), ...(network.penalty && { penalty: network.penalty }) } }
}

/** The same weight for every source behavior of the batch, `total` together; 0 where a user has none. [M] */
export function evenWeights({ real }: CrossDomainGraph, total: number): Sym {
  // A batch without any has the sum 0 whatever this is.
  return multiply(real, divide(total, maximum(sum(real), 1)))
}

/** Updates tables and dense weights by the gradients of a loss. */
export interface LowerStep {
  readonly moments: ReadonlyMap<string, Tensor>
  /** What a program must give: gradients and the statistics of normalizations. */
  readonly outputs: Readonly<Record<string, Sym>>
  update(run: Awaited<ReturnType<CrossDomainRanker['run']>>): void
}

export function lowerStep(
  model: CrossDomainRanker,
  graph: CrossDomainGraph,
  loss: Sym,
  config: Pick<CrossDomainConfig, 'adam' | 'learningRate' | 'weightDecay'>,
): LowerStep {
  const { tables, parameters, averages } = model.shared
  const optimizer: Optimizer = adam(config)
  for (const table of tables.values()) table.register(optimizer)
  for (const [name, { shape }] of parameters.tensors) optimizer.register(name, shape)
  const symbols = model.shared.symbols()
  const names = [...symbols.keys()]
  const gradients = grad(loss, [...symbols.values()])
  return {
    moments: optimizer.moments,
    outputs: {
      ...Object.fromEntries(gradients.map((gradient, i) => [`gradient/${names[i]}`, gradient])),
      ...Object.fromEntries([...graph.statistics].map(([name, statistic]) => [`statistics/${name}`, statistic])),
    },
    update({ out, rows }) {
      const floats = (name: string) => out[`gradient/${name}`].data as Float32Array
      optimizer.begin()
      for (const [name, table] of tables) {
        const gradient = floats(`table/${name}`)
        table.addRows(reached(rows[table.entity], gradient), gradient)
        table.apply(optimizer, { dense: config.adam === 'dense' })
      }
      for (const [name, { data }] of parameters.tensors) optimizer.update(name, data, floats(`weight/${name}`))
      moveAverages(averages, out)
    },
  }
}

/** The rows that a gradient reaches; 0 for others, such as those that a wrapper reads behind a stop-gradient. */
function reached(rows: Int32Array, gradient: Float32Array): Int32Array {
  const width = gradient.length / rows.length
  return rows.map((row, i) => {
    for (let j = i * width; j < (i + 1) * width; j++) if (gradient[j] !== 0) return row
    return 0
  })
}

/** Lowers the mean target loss and γ times the mean source loss. */
export function plainTrainer(model: CrossDomainRanker, config: CrossDomainConfig): CrossDomainTrainer {
  const graph = model.graph()
  const { loss, terms } = trainingLoss(graph, evenWeights(graph, config.sourceWeight))
  const lower = lowerStep(model, graph, loss, config)
  let program: Promise<Program> | undefined
  return {
    moments: lower.moments,
    async step({ target, source }, _epoch, _step, rng) {
      program ??= model.compile({ loss, ...terms, ...lower.outputs })
      const ready = await program
      const done = await model.run(ready, (ids) => graph.feeds(model.batch(target, source), ids, rng))
      lower.update(done)
      return Object.fromEntries(['loss', ...Object.keys(terms)].map((name) => [name, done.out[name].data[0]]))
    },
  }
}

/** Epochs of a trainer over the training rows of the target, selected by AUC on validation. */
export async function* trainCrossDomain(
  model: CrossDomainRanker,
  config: CrossDomainConfig,
  context: TrainContext,
  {
    name,
    trainer,
    targetRows,
  }: { readonly name: string; readonly trainer: CrossDomainTrainer; readonly targetRows?: Int32Array },
) {
  const rng = createRng(context.seed).split(name, 'train')
  yield* trainEpochs(
    {
      ...config,
      metric: 'auc',
      weights: model.weights(),
      moments: trainer.moments,
      batches: (epoch) => [...crossDomainBatches(model.task, config, rng.split('epoch', epoch), targetRows)],
      step: (batch, epoch, step) => trainer.step(batch, epoch, step, rng.split('step', epoch, step)),
      size: ({ target }) => target.length,
      validate: () => context.validate(model),
    },
    context,
  )
}
