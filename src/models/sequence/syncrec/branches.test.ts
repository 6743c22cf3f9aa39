import { describe, expect, it } from 'vitest'
import type { Dataset, Tensor } from '../../../core/index.ts'
import { buildDataset, type SequenceBatch } from '../../../data/index.ts'
import { historyFeeds, historyInputs } from '../../../families/sequence/index.ts'
import { createRng, type Rng } from '../../../math/index.ts'
import { createParameters, createTable, normal } from '../../../nn/index.ts'
import { add, compile, grad, input, multiply, runWith, type Sym, sum } from '../../../tensor/index.ts'
import { syncrec } from './index.ts'
import { branches } from './train.ts'
import { crossFeeds, singleViews } from './views.ts'

const [K, j, width] = [3, 2, 4]
const config = syncrec.config.parse({ experts: K, crossExperts: j, width, layers: 1, maxLength: 6, ablation: 'none' })

/** Items 1 … 4 in domain a, 5 … 8 in b. */
const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4']
const dataset: Dataset = buildDataset('two', {
  user: names.map(() => 'u'),
  item: names,
  domain: names.map((name) => name[0]),
})
const batch: SequenceBatch = {
  size: 2,
  length: 5,
  user: Int32Array.of(0, 1),
  items: Int32Array.of(0, 1, 5, 2, 6, 3, 7, 8, 4, 1),
  targets: Int32Array.of(0, 5, 2, 6, 1, 7, 8, 4, 1, 5),
}

/** Gradients, by weight, of Σ (y · direction) of one branch; `rows` is the gradient of the item embeddings. */
async function gradientsOf(
  task: 'cross' | 'single',
  options: { ablation?: 'none' | 'stop-gradient'; adjust?: (name: string, data: Float32Array) => void } = {},
): Promise<Map<string, Float32Array>> {
  const { ablation = 'none', adjust } = options
  const parameters = createParameters(createRng(5))
  const table = createTable('items', 9, width, normal(1), createRng(7))
  const inputs = historyInputs(table, 'T', 0)
  const built = branches({ table, parameters }, inputs, { ...config, ablation }, 2)
  const { rows } = task === 'cross' ? inputs.read : built.read
  const direction = input('direction', [built[task].states.shape[0], width])
  const loss = sum(multiply(built[task].states, direction))
  const names = ['rows', ...parameters.symbols.keys()]
  const wrt: Sym[] = [rows, ...parameters.symbols.values()]
  const zero = multiply(sum(rows), 0)
  const outputs = Object.fromEntries(grad(add(loss, zero), wrt).map((g, i) => [names[i], g]))
  const program = await compile(outputs, { executor: 'reference' })
  const rng: Rng = createRng(6)
  const noise = (shape: number[]): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
  })
  for (const [name, { data }] of parameters.tensors) adjust?.(name, data as Float32Array)
  const views = singleViews(batch, dataset, config)
  const feeds: Record<string, Tensor> = {
    ...Object.fromEntries(parameters.tensors),
    [table.name]: table.tensor,
    ...historyFeeds(batch),
    ...crossFeeds(batch, dataset),
    ...views.feeds,
    direction: noise([2 * (task === 'cross' ? batch.length : views.length), width]),
  }
  const found = await runWith(program, feeds)
  return new Map(names.map((name) => [name, found[name].data as Float32Array]))
}

const isZero = (data: Float32Array) => data.every((x) => x === 0)
const ofExpert = (gradients: Map<string, Float32Array>, k: number) =>
  [...gradients].filter(([name]) => name.startsWith(`expert${k}/`) && !name.endsWith('/key/bias'))

describe('stop-gradient of the experts', () => {
  it.each(['cross', 'single'] as const)(
    'the %s task teaches its own experts, and the others exactly nothing',
    async (task) => {
      const gradients = await gradientsOf(task)
      for (let k = 1; k <= K; k++) {
        const own = task === 'cross' ? k <= j : k > j
        const each = ofExpert(gradients, k)
        expect(each.length).toBeGreaterThan(10)
        for (const [name, gradient] of each) expect(isZero(gradient), `${task}: ${name}`).toBe(!own)
      }
    },
  )

  it('without it every task teaches every expert', async () => {
    for (const task of ['cross', 'single'] as const) {
      const gradients = await gradientsOf(task, { ablation: 'stop-gradient' })
      for (let k = 1; k <= K; k++)
        for (const [name, gradient] of ofExpert(gradients, k)) expect(isZero(gradient), `${task}: ${name}`).toBe(false)
    }
  })

  it.each(['cross', 'single'] as const)(
    'nothing of the %s task passes through a stopped expert into a table',
    async (task) => {
      // Gates that choose one expert whatever they see, so that nothing but that expert's path is left.
      const chosen = (k: number) => (name: string, data: Float32Array) => {
        if (!name.startsWith('gates/')) return
        data.fill(0)
        if (name.endsWith('/bias')) for (let i = k - 1; i < data.length; i += K) data[i] = 400
      }
      for (let k = 1; k <= K; k++) {
        const own = task === 'cross' ? k <= j : k > j
        const gradients = await gradientsOf(task, { adjust: chosen(k) })
        for (const table of ['rows', 'positions', 'domains', 'embedding/norm/gain'])
          expect(isZero(gradients.get(table)!), `${task}: ${table} through expert ${k}`).toBe(!own)
      }
    },
  )

  it('gates learn from all experts, stopped or not', async () => {
    for (const task of ['cross', 'single'] as const) {
      const bias = (await gradientsOf(task)).get(`gates/${task}/bias`)!
      for (let k = 0; k < K; k++) expect(bias[k], `${task}, expert ${k + 1}`).not.toBe(0)
    }
  })
})
