import { beforeAll, describe, expect, it } from 'vitest'
import { testErrors, trainInMemory } from '../../src/contract/train-in-memory.ts'
import { domainOfItem, Part } from '../../src/core/index.ts'
import { findModel } from '../../src/registry.ts'
import { type WeighedSources, weighedSources } from './weighed-sources.ts'

const set = {
  ...{ width: 3, factorRidge: [2], userRidge: [4], itemRidge: [4] },
  ...{ epochs: 12, patience: 0, batchSize: 64, weightDecay: 0.01 },
}

interface Reached {
  readonly rmse: number
  /** Of the mean weight of a source for a user, against whether the source tells what the user likes; NaN without weights. */
  readonly auc: number
}

async function reached(
  name: string,
  world: WeighedSources,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Reached> {
  const { model, events } = await trainInMemory(findModel(name), { ...set, ...options }, world, { seed: 4 })
  const { rmse } = await testErrors(model, world)
  const trust = await model.can?.trust?.()
  const { keys, values } = trust?.signals.find((signal) => signal.name === 'weight') ?? {
    keys: {},
    values: new Float64Array(0),
  }
  const told = [...values].map((value, i) => ({ value, informs: world.informs(keys.user![i], keys.domain![i]) }))
  await model.dispose()
  const auc = aucOf(told)
  console.log(
    name,
    JSON.stringify(options),
    `rmse ${rmse.toFixed(3)}, AUC ${auc.toFixed(3)}, best epoch ${(events.at(-1) as { bestEpoch: number }).bestEpoch}`,
  )
  return { rmse, auc }
}

function aucOf(told: readonly { readonly value: number; readonly informs: boolean }[]): number {
  const [good, bad] = [true, false].map((informs) =>
    told.filter((one) => one.informs === informs).map(({ value }) => value),
  )
  let above = 0
  for (const g of good) for (const b of bad) above += g > b ? 1 : g === b ? 0.5 : 0
  return above / (good.length * bad.length)
}

describe('where one source tells of all users, one of half of them and one misleads', () => {
  const world = weighedSources({ users: 400, seed: 4 })
  const found: Record<string, Reached> = {}
  beforeAll(async () => {
    found.marco = await reached('marco', world)
    found.mean = await reached('mean-bridge', world)
    found.gate = await reached('gate', world)
    found.released = await reached('marco', world, { ablation: 'no-reward' })
    found.shuffled = await reached('marco', world, { ablation: 'shuffled-reward' })
  }, 600_000)

  it('agents weigh sources by what they tell', () => {
    expect(found.marco.auc).toBeGreaterThanOrEqual(0.9)
  })

  it('and predict better than the mean of the bridges, as the gate does', () => {
    expect(found.marco.rmse).toBeLessThan(found.mean.rmse - 0.02)
    expect(found.gate.rmse).toBeLessThan(found.mean.rmse - 0.02)
  })

  it('not so agents whom the reward does not reach, as in the released code', () => {
    expect(found.released.auc).toBeLessThan(0.8)
    expect(found.released.rmse).toBeGreaterThan(found.mean.rmse - 0.02)
  })

  it('nor agents who are paid what others earned: their weights lose the order', () => {
    expect(found.shuffled.auc).toBeLessThan(0.8)
    expect(found.shuffled.rmse).toBeGreaterThan(found.mean.rmse - 0.02)
  })
})

describe('any number of sources', () => {
  const small = { ...set, epochs: 2, turns: 128, agentBatchSize: 64, ppoEpochs: 1 }

  it.each([2, 16])('%i of them, one of which knows a single user', async (sources) => {
    const world = weighedSources({ users: 60, others: sources - 3, seed: 2 })
    // All that one source knows of anybody but its first user is left out.
    const last = world.dataset.domains.indexOf(sources === 2 ? 'misleading' : 'other0')
    const { log } = world.dataset
    const domainOf = (row: number) => domainOfItem(world.dataset, log.item[row])
    const first = log.user[log.item.findIndex((_, row) => domainOf(row) === last)]
    const part = world.split.part.map((code, row) =>
      domainOf(row) === last && log.user[row] !== first ? Part.unused : code,
    )
    const { model } = await trainInMemory(findModel('marco'), small, { ...world, split: { ...world.split, part } })
    const { rmse, deviation } = await testErrors(model, world)
    expect(rmse).toBeLessThan(2 * deviation)
    const { signals } = (await model.can?.trust?.())!
    for (const { values } of signals) expect(values.every(Number.isFinite)).toBe(true)
    await model.dispose()
  })
})
