import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildDataset } from '../data/index.ts'
import { CHAMPION, Models, type ServedModel, warm } from './models.ts'

const dataset = buildDataset('two', {
  user: ['u', 'u', 'v', 'v'],
  item: ['a1', 'b1', 'a2', 'b2'],
  domain: ['a', 'b', 'a', 'b'],
})

function served(name: string) {
  const freed: string[] = []
  const asked: number[] = []
  const model: ServedModel = {
    name,
    dataset,
    model: {
      async score(queries, { start, end }) {
        asked.push(...queries.map(({ domain }) => domain))
        return new Float32Array(queries.length * (end - start))
      },
    },
    fallbacks: new Map([['b', 'other']]),
    async dispose() {
      freed.push(name)
    },
  }
  return { model, freed, asked }
}

describe('Models', () => {
  it('answers by name, by alias, from the champion, and else from the first', () => {
    const models = new Models([served('one').model, served('two').model])
    const nameOf = (asked?: string) => models.lease(asked).model.name
    expect(nameOf()).toBe('one')
    models.setAliases(new Map([[CHAMPION, 'two']]))
    expect([nameOf(), nameOf('one'), nameOf(CHAMPION)]).toEqual(['two', 'one', 'two'])
    expect(() => models.lease('champoin')).toThrow("unknown model 'champoin'; did you mean 'champion'?")
    expect(() => models.setAliases(new Map([['next', 'three']]))).toThrow("unknown model 'three'")
    expect(models.aliases).toEqual(new Map([[CHAMPION, 'two']]))
  })

  it('frees a model that was taken away when its last lease ends, and not before', () => {
    const old = served('old')
    const models = new Models([old.model, served('new').model])
    const leases = [models.lease('old'), models.lease('old')]
    models.remove('old')
    expect(() => models.lease('old')).toThrow("unknown model 'old'")
    for (const { release } of leases) {
      expect(old.freed).toEqual([])
      release()
    }
    expect(old.freed).toEqual(['old'])
  })

  it('gives back a lease of work that fails', async () => {
    const old = served('old')
    const models = new Models([old.model, served('new').model])
    const failing = models.use('old', async () => {
      models.remove('old')
      expect(old.freed).toEqual([])
      throw new Error('no answer')
    })
    await expect(failing).rejects.toThrow('no answer')
    expect(old.freed).toEqual(['old'])
  })

  it('refuses what would leave somebody without a model', () => {
    const models = new Models([served('one').model, served('two').model])
    expect(() => models.add(served('one').model)).toThrow("two models are named 'one'")
    models.setAliases(new Map([[CHAMPION, 'two']]))
    expect(() => models.remove('two')).toThrow("switch 'champion' to another model first")
    models.remove('one')
    models.setAliases(new Map())
    expect(() => models.remove('two')).toThrow('is the only model')
  })

  it('frees each model once and none that is leased, in whatever order things happen', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('lease' as const), name: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ kind: fc.constant('release' as const), name: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ kind: fc.constant('remove' as const), name: fc.integer({ min: 0, max: 3 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const all = [0, 1, 2, 3].map((name) => served(`m${name}`))
        const models = new Models([...all.map(({ model }) => model), served('last').model])
        const leases = all.map((): (() => void)[] => [])
        const removed = all.map(() => false)
        for (const { kind, name } of steps) {
          if (kind === 'release') leases[name].pop()?.()
          else if (!removed[name] && kind === 'lease') leases[name].push(models.lease(`m${name}`).release)
          else if (!removed[name]) {
            models.remove(`m${name}`)
            removed[name] = true
          }
          for (const [i, { freed }] of all.entries())
            expect(freed.length).toBe(removed[i] && leases[i].length === 0 ? 1 : 0)
        }
      }),
    )
  })
})

describe('warm', () => {
  it('asks once for each domain where others answer in some', async () => {
    const one = served('one')
    await warm(one.model)
    expect(one.asked).toEqual([0, 1])
  })
})
