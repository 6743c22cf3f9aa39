import { beforeAll, describe, expect, it } from 'vitest'
import { mean } from '../src/bootstrap.ts'
import type { BehaviorTrust, Model } from '../src/core/index.ts'
import { auc } from '../src/metrics/auc.ts'
import { findModel } from '../src/registry.ts'
import { testAuc, trainInMemory } from './contract/train-in-memory.ts'
import { type MixedSourceWorld, mixedSourceWorld } from './rated-worlds.ts'

const SEEDS = [1, 2, 3, 4, 5]
/** What all sides train with; weights are selected on validation. */
const RECIPE = { epochs: 16, patience: 0, learningRate: 0.002 }
const BIAO = {
  ...RECIPE,
  interval: 1,
  alpha: 0.01,
  recent: 10,
  importance: 'global',
  upperLearningRate: 0.1,
  devBatchSize: 512,
}

const worldOf = (seed: number, quiet = false) => mixedSourceWorld({ seed, marked: 'category', quiet })

/** AUC of each source row's weight against its kind: 1 where every teaching row outweighs every misleading one. */
async function separation(model: Model, { dataset, misleading }: MixedSourceWorld): Promise<number> {
  const { rows, weights } = await (model as Model & { trust(): Promise<BehaviorTrust> }).trust()
  return auc.value(
    weights,
    Float32Array.from(rows, (row) => 1 - misleading[dataset.log.item[row]!]!),
  )
}

describe('a source of which half teaches and half misleads', () => {
  const reached: Record<'alone' | 'teaching' | 'plain' | 'biao', number[]> = {
    alone: [],
    teaching: [],
    plain: [],
    biao: [],
  }
  const separations: number[] = []
  let recovered: number
  beforeAll(async () => {
    for (const seed of SEEDS) {
      const world = worldOf(seed)
      const measure = async (name: string, set: object, on: MixedSourceWorld) => {
        const { model } = await trainInMemory(findModel(name), { ...set }, on, { seed })
        const value = await testAuc(model, on)
        if (name === 'biao') separations.push(await separation(model, on))
        await model.dispose()
        return value
      }
      reached.alone.push(await measure('conet', { ...RECIPE, source: 'none' }, world))
      reached.teaching.push(await measure('conet', RECIPE, worldOf(seed, true)))
      reached.plain.push(await measure('conet', RECIPE, world))
      reached.biao.push(await measure('biao', BIAO, world))
    }
    const harm = mean(reached.teaching) - mean(reached.plain)
    recovered = (mean(reached.biao) - mean(reached.plain)) / harm
    const listed = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(' ')
    console.log(
      `AUC by seed: target alone ${listed(reached.alone)}; teaching half ${listed(reached.teaching)}; ` +
        `all ${listed(reached.plain)}; BIAO ${listed(reached.biao)}. ` +
        `Loss by the misleading half ${harm.toFixed(3)}, of which BIAO recovers ${recovered.toFixed(2)}; ` +
        `AUC of its weights against the kinds ${listed(separations)}`,
    )
  })

  it('the misleading half harms', () => {
    expect(mean(reached.teaching) - mean(reached.plain)).toBeGreaterThan(0.015)
  })

  it('the perceptron weighs by the kind: one of them outweighs the other, row by row', () => {
    for (const value of separations) expect(Math.max(value, 1 - value)).toBeGreaterThanOrEqual(0.9)
  })

  // With three of the five seeds the weights are right to the last row; with the other two they settle on the misleading kind,
  // and what those two lose is more than what the others win.
  it.fails('the teaching half is what it trusts, whatever the seed', () => {
    expect(Math.min(...separations)).toBeGreaterThanOrEqual(0.9)
  })

  it.fails('BIAO recovers half of the loss that the misleading half causes', () => {
    expect(recovered).toBeGreaterThanOrEqual(0.5)
  })
})
