import { type NamedTensors, type Tensor, TributaryError } from '../core/index.ts'
import { floatsBeside } from '../math/index.ts'
import { grad, type Program, type Programs, release, runWith, type Sym } from '../tensor/index.ts'
import { clipByGlobalNorm } from './bilevel.ts'
import type { Optimizer } from './optimizer.ts'
import type { Parameters } from './parameters.ts'
import type { EmbeddingTable } from './table.ts'

export type Feeds = Readonly<Record<string, Tensor>>

/** A part of an embedding table that a graph reads, and the way of its gradient back. */
export interface TableRead {
  readonly table: EmbeddingTable
  /** The node of the graph that holds the part. */
  readonly rows: Sym
  /** Adds the gradient of `rows` to the table; `feeds` are those of the run. */
  back(gradient: Float32Array, feeds: Feeds): void
}

/** Rows that a graph gathers by ids that it is fed as `ids`. */
export function gatheredRows(table: EmbeddingTable, rows: Sym, ids: string): TableRead {
  return { table, rows, back: (gradient, feeds) => table.addRows(feeds[ids].data as Int32Array, gradient) }
}

export interface StepOptions {
  /** What is lowered, a scalar. */
  readonly loss: Sym
  /** Dense weights: the symbols that the graph reads, and the arrays that are fed for them and changed. */
  readonly parameters?: Pick<Parameters, 'symbols' | 'tensors'>
  /** What the graph reads of embedding tables; the tables are changed. */
  readonly reads?: readonly TableRead[]
  readonly optimizer: Optimizer
  /** Whether tables are updated whole, or only in the rows that a batch touched (lazy); default lazy. */
  readonly dense?: boolean
  /** What `run` returns besides `loss`. */
  readonly outputs?: Readonly<Record<string, Sym>>
  /** The gradients of dense weights where they are not those of `loss`, in the order of `parameters`. */
  readonly gradients?: readonly Sym[]
  /** The largest norm that the gradients of dense weights may have together; longer ones are shortened. Default: any. */
  readonly clip?: number
  /** Sees the outputs of each run before anything is learned from it, and throws where nothing must be. */
  readonly check?: (out: Feeds) => void
  /** Owns the compiled graph. */
  readonly programs: Programs
  /** Steps of one graph over different weights share a program by the same key. */
  readonly key?: string
}

/** One update of weights, as a value with its state. */
export interface GradientStep {
  /** What changes besides the weights: the optimizer's state. A checkpoint holds it. */
  readonly state: NamedTensors
  /**
   * Runs the graph on a batch, or on parts of one whose losses and gradients add up, and updates every weight once. Weights are fed
   * by the step; what the graph does not read may be among the feeds.
   * @throws TributaryError `not-finite` for a loss that is NaN or infinite: no weight has then changed
   */
  run(batch: Feeds | Iterable<Feeds>): Promise<StepResult>
}

export interface StepResult {
  readonly loss: number
  /** Of the gradients of dense weights before clipping; NaN where they are not clipped. */
  readonly norm: number
  /** The outputs asked for, by name; of a batch in parts those of the last one. Gradients are spent. */
  readonly out: Feeds
}

/** Differentiates a loss by the weights that it reads, and makes the step that lowers it (after optax: a step is a value). */
export function gradientStep(options: StepOptions): GradientStep {
  const { loss, reads = [], optimizer, dense = false, programs, key } = options
  const { symbols, tensors } = options.parameters ?? { symbols: new Map<string, Sym>(), tensors: new Map() }
  const names = [...symbols.keys()]
  const tables = new Set(reads.map(({ table }) => table))
  for (const table of tables) table.register(optimizer)
  for (const name of names) {
    const { shape, data } = tensors.get(name)!
    optimizer.register(name, shape, floatsBeside(data))
  }

  const rows = reads.map((read) => read.rows)
  const found = options.gradients ?? grad(loss, [...rows, ...symbols.values()])
  const gradients = [
    ...reads.map((_, i) => [`gradient/table${i}`, found[i]] as const),
    ...names.map((name, i) => [`gradient/${name}`, found[(options.gradients ? 0 : reads.length) + i]] as const),
  ]
  const outputs = { loss, ...options.outputs, ...Object.fromEntries(gradients) }
  let program: Promise<Program> | undefined
  const weights = () =>
    Object.fromEntries([...[...tables].map((table) => [table.name, table.tensor] as const), ...tensors])

  return {
    state: optimizer.state,
    async run(batch) {
      program ??= programs.compile(outputs, key)
      const ready = await program
      const floats = (out: Feeds, name: string) => out[name].data as Float32Array
      const sums = new Map<string, Float32Array>()
      let out: Feeds = {}
      let total = 0
      for (const feeds of isParts(batch) ? batch : [batch]) {
        out = await runWith(ready, { ...weights(), ...feeds })
        total += floats(out, 'loss')[0]
        if (!Number.isFinite(total)) throw new TributaryError('not-finite', `loss became ${total}`)
        options.check?.(out)
        for (const [i, read] of reads.entries()) read.back(floats(out, `gradient/table${i}`), feeds)
        release(...reads.map((_, i) => floats(out, `gradient/table${i}`)))
        for (const name of names) {
          const fresh = floats(out, `gradient/${name}`)
          const sum = sums.get(name)
          if (sum === undefined) sums.set(name, fresh)
          else {
            for (let i = 0; i < sum.length; i++) sum[i] += fresh[i]
            release(fresh)
          }
        }
      }
      const norm = options.clip === undefined ? Number.NaN : clipByGlobalNorm(sums.values(), options.clip)
      optimizer.begin()
      for (const table of tables) table.apply(optimizer, { dense })
      for (const [name, gradient] of sums) optimizer.update(name, tensors.get(name)!.data, gradient)
      release(...sums.values())
      return { loss: total, norm, out }
    },
  }
}

function isParts(batch: Feeds | Iterable<Feeds>): batch is Iterable<Feeds> {
  return Symbol.iterator in batch
}
