import { afterAll, describe, expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../../src/contract/worlds.ts'
import { domainOfItem, type Model, parseConfig } from '../../src/core/index.ts'
import { type CrossDomainConfig, type CrossDomainModel, crossDomainStep } from '../../src/families/sequence/index.ts'
import { createRng } from '../../src/math/index.ts'
import { MODELS } from '../../src/registry.ts'

// Models with a state for each domain that may be asked for, which are trained at every position.

const { dataset, split } = twoDomainCopyWorld({ users: 20 })
const context = { seed: 1, threads: 1 }
const small = { width: 8, inner: 8, hidden: 8, heads: 1, layers: 1, dropout: 0, maxLength: 8 }

const knowsDomain = (model: Model): model is CrossDomainModel => 'encoder' in model && 'dataset' in model
const models = MODELS.flatMap((spec) => {
  if (spec.task !== 'ranking' || !('maxLength' in spec.config.shape)) return [] // it reads no histories
  const known = Object.entries(small).filter(([option]) => option in spec.config.shape)
  const { config } = parseConfig(spec, Object.fromEntries(known))
  const model = spec.create(config, dataset, split, context)
  return knowsDomain(model) ? [[spec.name, model, config] as const] : []
})
afterAll(() => Promise.all(models.map(([, model]) => model.dispose())))

it('finds the models that know the asked domain', () => {
  expect(models.map(([name]) => name)).toEqual(expect.arrayContaining(['c2dsr']))
})

describe.each(models)('%s', (_, model, config) => {
  const rng = createRng(3)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = data[i] + 0.2 * rng.normal()
  const { run } = crossDomainStep(
    model,
    { ...(config as CrossDomainConfig), adam: 'dense', learningRate: 1e-12 },
    { dataset, split },
  )
  const [a, b] = [0, 1].map((d) => dataset.domainStart[d])
  const history = [a + 1, b + 2, b + 3, a + 4, b, a + 5, a + 2, b + 6]
  const targets = [...history.slice(1), a + 7]
  /** The loss of the t-th target alone, in a history of which `other` are the items after it. */
  const lossAt = async (t: number, other: readonly number[]) => {
    const items = Int32Array.from([...history.slice(0, t + 1), ...other.slice(t + 1)])
    const asked = Int32Array.from(targets, (target, i) => (i === t ? target : 0))
    const batch = { size: 1, length: items.length, user: new Int32Array(1), items, targets: asked }
    return (await run(batch, undefined, createRng(1), 1)).loss
  }

  it('sees nothing after a position', async () => {
    // Of the same domains: positions are counted from the end of each domain's events.
    const others = history.map((item) => (item < b ? a + b - 1 - item : b + dataset.items.size - 1 - item))
    for (const t of targets.keys()) {
      const [known, otherwise] = [await lossAt(t, history), await lossAt(t, others)]
      expect(Math.abs(known - otherwise), `position ${t}`).toBeLessThan(1e-5)
    }
  })

  it('is trained on the state that answers', async () => {
    const t = targets.length - 1
    const domain = domainOfItem(dataset, targets[t])
    const [start, end] = [dataset.domainStart[domain], dataset.domainStart[domain + 1]]
    const scores = await model.score([{ history: Int32Array.from(history), domain }], { start, end })
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0)
    expect(await lossAt(t, history)).toBeCloseTo(Math.log(total) - scores[targets[t] - start], 4)
  })
})
