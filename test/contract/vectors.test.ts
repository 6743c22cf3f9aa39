import { describe, expect, it } from 'vitest'
import { expectProducts } from '../../src/contract/products.ts'
import { twoDomainCopyWorld } from '../../src/contract/worlds.ts'
import { type ModelSpec, parseConfig } from '../../src/core/index.ts'
import { findModel, MODELS } from '../../src/registry.ts'

const { dataset, split } = twoDomainCopyWorld({ users: 12 })
const made = (spec: ModelSpec, set: Record<string, unknown> = {}) =>
  spec.create(parseConfig(spec, set).config, dataset, split, { seed: 1, threads: 1 })

/** Whether a model with these options has vectors; if so, they make its scores. */
async function hasVectors(spec: ModelSpec, set?: Record<string, unknown>): Promise<boolean> {
  const model = made(spec, set)
  const vectors = await model.can?.vectors?.()
  if (vectors !== undefined) await expectProducts(model, vectors, dataset)
  await model.dispose()
  return vectors !== undefined
}

describe('vectors whose products are scores', () => {
  it('are had by the models that rank by such', async () => {
    const found: string[] = []
    for (const spec of MODELS.filter(({ task }) => task === 'ranking'))
      if (await hasVectors(spec)) found.push(spec.name)
    expect(found).toEqual(
      expect.arrayContaining(['bprmf', 'lightgcn', 'bitgcf', 'sasrec', 'gru4rec', 'bert4rec', 'cgrec']),
    )
    for (const none of ['popularity', 'item-knn', 'carca', 'transrec', 'dtcdr']) expect(found).not.toContain(none)
  })

  it.each([
    [{}, true],
    [{ sequences: 'single' }, true],
    [{ ask: 'domain' }, true],
    [{ ask: 'learned' }, true],
    [{ histories: 'own' }, true],
    [{ histories: 'both' }, false],
    [{ memory: 'neighbors' }, false],
    [{ sequences: 'single', memory: 'neighbors' }, false],
  ])('are those of sasrec with %o: %s', async (set, expected) => {
    expect(await hasVectors(findModel('sasrec'), { width: 8, ...set })).toBe(expected)
  })

  it.each(['cross', 'single', 'blend'])('are not told wrongly by syncrec with branch=%s', async (branch) => {
    expect(await hasVectors(findModel('syncrec'), { branch })).toBe(false)
  })
})
