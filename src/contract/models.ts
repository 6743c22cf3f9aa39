import { describe, expect, it } from 'vitest'
import { domainItems, type Model, type ModelSpec, parseConfig } from '../core/index.ts'
import { splitDataset } from '../data/index.ts'
import { reasonsFor } from '../evaluation/reasons.ts'
import { findModel } from '../registry.ts'
import type { Lesson, ModelExpectation } from './expectation.ts'
import { expectProducts } from './products.ts'
import { coldUsersWorld, ratedWorld } from './rated-worlds.ts'
import { holdToSharedCases, refusal } from './shared.ts'
import { hitRate, testAuc, testErrors, trainInMemory } from './train-in-memory.ts'
import { noiseDomainWorld, twoDomainCopyWorld, type World } from './worlds.ts'

/** The cases of a model that ranks, or predicts labels or ratings. */
export function holdModel(spec: ModelSpec, expectation: ModelExpectation): void {
  const { learns, set = {}, seedless, fixed, inert } = expectation
  const predicts = spec.task === 'ctr' || spec.task === 'rating'
  const judge = { ranking: 'ndcg@10', policy: 'ndcg@10', ctr: 'auc', rating: 'rmse' }[spec.task]
  // What is learned is examined in the world that teaches it.
  const ratingsOf = expectation.coldUsers ? coldUsersWorld : ratedWorld
  const world = predicts ? ratingsOf({ users: expectation.coldUsers ? 90 : 40 }) : twoDomainCopyWorld({ users: 30 })
  const { dataset } = world
  const short = 'epochs' in spec.config.shape ? { ...set, epochs: 3 } : set
  const held = holdToSharedCases({ spec, set: short, world, seedless, fixed, inert })
  const { train } = held

  it.skipIf(typeof learns === 'string')(
    typeof learns === 'string' ? `learns nothing: ${learns}` : 'learns what its world teaches',
    async () => {
      if (typeof learns === 'string') return
      const { model } = await trainInMemory(spec, set, learns.world())
      if ('auc' in learns) expect(await testAuc(model, learns.world()), 'AUC').toBeGreaterThanOrEqual(learns.auc)
      else if ('rmse' in learns)
        expect((await testErrors(model, learns.world())).rmse, 'RMSE').toBeLessThanOrEqual(learns.rmse)
      else await expectHits(model, learns)
      await model.dispose()
    },
  )

  it('does not read the answer: where there is only noise it stays at chance', async () => {
    if (predicts) {
      const drawn = ratingsOf({ users: 300, follows: 'nothing' })
      if (spec.task === 'rating') {
        // A constant errs by the deviation of 300 ratings, which is itself known to 1 / √600 of it.
        const { rmse, deviation } = await testErrors((await train({}, drawn)).model, drawn)
        expect(rmse).toBeGreaterThan(deviation * (1 - 4 / Math.sqrt(600)))
        return
      }
      // Chance is .5 over 300 labels with a standard deviation of .033.
      expect(await testAuc((await train({}, drawn)).model, drawn)).toBeLessThan(0.5 + 4 * 0.033)
      return
    }
    const noise = noiseDomainWorld()
    const { model } = await train({}, noise)
    const reached = await hitRate(model, noise, 3, { domain: 'noise' })
    // Chance is 3 of 12 over 100 answers: .25 with a standard deviation of .043.
    expect(reached).toBeLessThan(0.25 + 4 * 0.043)
  })

  it('is judged in each epoch', () => {
    const epochs = held.trained().events.flatMap((event) => (event.type === 'epoch' ? [event] : []))
    // The source domain of this world has no validation rows, so a model of it alone has nothing to be judged by.
    for (const { validation, domain } of epochs)
      if (domain !== 'source') expect(validation?.[judge]).toSatisfy(Number.isFinite)
  })

  it.skipIf(predicts)('owes its answers to items of the history, by shares that add up', async () => {
    const { model } = held.trained()
    const { start, end } = domainItems(dataset, 0)
    const query = { history: Int32Array.of(start, end, start + 1, end + 1), domain: 1 }
    const { start: first } = domainItems(dataset, query.domain)
    const answers = [2, 3, 4].map((i) => ({ items: Int32Array.of(first + i), weights: Float32Array.of(1) }))
    for (const { because, domains } of await reasonsFor(model, dataset, query, answers)) {
      for (const { item, share } of because)
        expect([item, share > 0]).toEqual([expect.toBeOneOf([...query.history]), true])
      const shares = because.reduce((sum, { share }) => sum + share, 0)
      expect(shares).toBeCloseTo(because.length === 0 ? 0 : 1)
      expect(domains.reduce((sum, share) => sum + share, 0)).toBeCloseTo(shares)
    }
  })

  it('scores by the products of its vectors, where it has such', async () => {
    const { model } = held.trained()
    if (model.can?.vectors) await expectProducts(model, await model.can.vectors(), dataset)
  })

  describe.skipIf(!predicts)('refuses, before anything is trained,', () => {
    const create = (changed: Partial<World>) => () =>
      spec.create(parseConfig(spec, short).config, changed.dataset ?? dataset, changed.split ?? world.split, {
        seed: 1,
        threads: 1,
      })

    it('a log without values', () => {
      const error = refusal(create({ dataset: { ...dataset, log: { ...dataset.log, value: undefined } } }))
      expect(error.code).toBe('bad-dataset')
      expect(error.message).toContain('values')
    })

    it.skipIf(expectation.anySplit !== undefined)('a split without a target', () => {
      const error = refusal(create({ split: splitDataset(dataset, 'leave-two-out') }))
      expect(error.code).toBe('bad-argument')
      expect(error.message).toContain(expectation.coldUsers ? 'cold-users:' : 'cross-domain:')
    })
  })
}

async function expectHits(model: Model, lesson: Lesson): Promise<void> {
  const world = lesson.world()
  const control = await trainInMemory(findModel(lesson.against ?? 'popularity'), {}, world)
  const options = { maskSeen: lesson.maskSeen ?? false, ...(lesson.domain && { domain: lesson.domain }) }
  const reached = await hitRate(model, world, lesson.k, options)
  const base = await hitRate(control.model, world, lesson.k, options)
  await control.model.dispose()
  expect(reached, `hit rate at ${lesson.k}`).toBeGreaterThanOrEqual(lesson.atLeast)
  expect(reached - base, `lead over ${lesson.against ?? 'popularity'}, which has ${base}`).toBeGreaterThanOrEqual(
    lesson.margin,
  )
}
