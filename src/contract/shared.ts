import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  allItems,
  describeConfig,
  domainItems,
  domainOfItem,
  type Model,
  type ModelSpec,
  Part,
  parseConfig,
  type Query,
  type Tensor,
  type TrainContext,
  TributaryError,
} from '../core/index.ts'
import { recommend } from '../evaluation/recommend.ts'
import { enlarged, expectSameBits, fillWithNoise, joined, largestDifference, sameBits } from './tensors.ts'
import {
  createModel,
  type InMemoryOptions,
  reloaded,
  sampleQueries,
  snapshot,
  type Trained,
  trainInMemory,
} from './train-in-memory.ts'
import type { World } from './worlds.ts'

/** A model as it is held to what all models owe, whatever they learn. */
export interface Subject {
  readonly spec: ModelSpec
  /** Options small enough to train it a dozen times. */
  readonly set: Readonly<Record<string, unknown>>
  /** Two domains, so that every case meets foreign items. */
  readonly world: World
  readonly openRun?: TrainContext['openRun']
  /** Why another seed gives the same bits; absent where it must give others. */
  readonly seedless?: string | undefined
  /** Weights that training does not change, each with its reason. */
  readonly fixed?: Readonly<Record<string, string>> | undefined
  /** Weights that matter to no score, each with its reason. */
  readonly inert?: Readonly<Record<string, string>> | undefined
}

export interface Held {
  /** With the subject's options, in its world or another; the suite disposes of the model. */
  train(options?: InMemoryOptions, world?: World): Promise<Trained>
  /** The training that the cases share; only to be asked for in a case. */
  trained(): Trained
}

/** The cases of every model: options, scores, lists, seeds, weights, stopping and going on, threads. */
export function holdToSharedCases(subject: Subject): Held {
  const { spec, set, world, openRun, seedless, fixed = {}, inert = {} } = subject
  const { dataset } = world
  const queries = sampleQueries(world, 12)
  const catalogue = allItems(dataset)
  const scoresOf = (model: Model) => model.score(queries, catalogue)

  const models: Model[] = []
  const kept = <M extends Model>(model: M): M => {
    models.push(model)
    return model
  }
  const train = async (options: InMemoryOptions = {}, on = world) => {
    const trained = await trainInMemory(spec, set, on, { ...(openRun && { openRun }), ...options })
    kept(trained.model)
    return trained
  }
  const untrained = (seed = 1) => kept(createModel(spec, set, world, { seed }))

  let trained: Trained
  let weights: ReadonlyMap<string, Tensor>
  let scores: Float32Array
  beforeAll(async () => {
    trained = await train()
    weights = snapshot(trained.model.weights())
    scores = await scoresOf(trained.model)
  })
  afterAll(async () => {
    for (const model of models) await model.dispose()
  })

  it('declares every option with a default and a description', () => {
    for (const row of describeConfig(spec.config)) {
      expect(row.default, `default of ${row.name}`).toBeDefined()
      expect(row.description, `description of ${row.name}`).not.toBe('')
    }
    expect(parseConfig(spec, {}).config).toBeDefined()
  })

  it('refuses an unknown option and names the one that was probably meant', () => {
    const [option] = Object.keys(spec.config.shape)
    if (option === undefined)
      expect(() => parseConfig(spec, { epochs: 1 })).toThrow(
        new TributaryError('bad-config', `${spec.name} has no option 'epochs'; it has no options`),
      )
    else
      expect(() => parseConfig(spec, { [`${option}x`]: 1 })).toThrow(
        new TributaryError('bad-config', `${spec.name} has no option '${option}x'; did you mean '${option}'?`),
      )
  })

  it('ends with an epoch and done, in order', () => {
    const types = trained.events.map(({ type }) => type)
    expect(types.at(-1)).toBe('done')
    expect(types.filter((type) => type === 'done')).toHaveLength(1)
    const epochs = trained.events.flatMap((event) => (event.type === 'epoch' ? [event] : []))
    expect(epochs.length).toBeGreaterThan(0)
    expect(epochs.some(({ best }) => best)).toBe(true)
    for (const { losses } of epochs) for (const value of Object.values(losses)) expect(value).toSatisfy(Number.isFinite)
  })

  describe('scores', () => {
    it('are finite, one for each item and query', () => {
      expect(scores).toHaveLength(queries.length * (catalogue.end - catalogue.start))
      expect(scores.every(Number.isFinite)).toBe(true)
    })

    it('of a query do not depend on its batch', async () => {
      const width = catalogue.end - catalogue.start
      const options = { k: 5, maskSeen: false }
      const lists = await recommend(trained.model, dataset, queries, options)
      for (const [q, query] of queries.entries()) {
        const alone = await trained.model.score([query], catalogue)
        expect(largestDifference(alone, scores.subarray(q * width, (q + 1) * width))).toBe(0)
        const [list] = await recommend(trained.model, dataset, [query], options)
        expect(list.map(({ item }) => item)).toEqual(lists[q].map(({ item }) => item))
      }
    })

    it('of a range are those of the catalogue', async () => {
      const width = catalogue.end - catalogue.start
      const ranges = [domainItems(dataset, 1), { start: 5, end: 17 }, { start: 9, end: 10 }]
      for (const { start, end } of ranges) {
        const part = await trained.model.score(queries, { start, end })
        const cut = queries.map((_, q) => scores.subarray(q * width + start - 1, q * width + end - 1))
        expect(largestDifference(part, joined(cut))).toBeLessThanOrEqual(1e-5)
      }
    })

    it('of pairs are those of the catalogue', async ({ skip }) => {
      skip(trained.model.scorePairs === undefined, 'it scores no pairs')
      const width = catalogue.end - catalogue.start
      const items = Int32Array.from(queries, (_, q) => catalogue.start + ((q * 7) % width))
      const cut = Float32Array.from(items, (item, q) => scores[q * width + item - catalogue.start])
      expect(await trained.model.scorePairs!(queries, items)).toEqual(cut)
    })

    it('leave the query and no state behind', async () => {
      const before = queries.map(({ history }) => history.slice())
      const own = await trained.model.score(queries, catalogue)
      own.fill(7)
      expect(await scoresOf(trained.model)).toEqual(scores)
      expect(queries.map(({ history }) => history)).toEqual(before)
      expect(await trained.model.score([], catalogue)).toHaveLength(0)
    })
  })

  describe('recommend()', () => {
    it('never shows foreign, excluded, or (when asked) seen items', async () => {
      const asked = queries.map((query): Query => {
        const { start, end } = domainItems(dataset, query.domain)
        return { ...query, exclude: Int32Array.of(start, end - 1) }
      })
      const lists = await recommend(trained.model, dataset, asked, { k: 1000, maskSeen: true })
      for (const [q, list] of lists.entries()) {
        const { history, domain, exclude } = asked[q]
        for (const { item } of list) {
          expect(domainOfItem(dataset, item)).toBe(domain)
          expect(exclude).not.toContain(item)
          expect(history).not.toContain(item)
        }
      }
    })

    it('gives the whole domain when k is beyond it, each item once, best first', async () => {
      const lists = await recommend(trained.model, dataset, queries, { k: 1000, maskSeen: false })
      for (const [q, list] of lists.entries()) {
        const { start, end } = domainItems(dataset, queries[q].domain)
        const items = list.map(({ item }) => item).sort((a, b) => a - b)
        expect(items).toEqual(Array.from({ length: end - start }, (_, i) => start + i))
        for (let place = 1; place < list.length; place++)
          expect(list[place - 1].score).toBeGreaterThanOrEqual(list[place].score)
      }
    })
  })

  it('scores users, items and whole domains that training never saw', async () => {
    const part = world.split.part.slice()
    for (let row = 0; row < dataset.log.length; row++)
      if (dataset.log.user[row] === 0 || dataset.log.item[row] % 3 === 0) part[row] = Part.unused
    const { model } = await train({}, { dataset, split: { ...world.split, part } })
    const { history } = queries[0]
    const strangers: Query[] = [
      { user: 0, history, domain: 0 },
      { user: 0, history: Int32Array.of(3, 6, 9), domain: dataset.domains.length - 1 },
      { history: Int32Array.of(3), domain: 1 },
    ]
    expect((await model.score(strangers, catalogue)).every(Number.isFinite)).toBe(true)
  })

  describe('seeds', () => {
    it('the same seed gives the same bits, with any number of threads', async () => {
      const again = await train({ threads: 2 })
      expectSameBits(again.model.weights(), weights)
      expect(await scoresOf(again.model)).toEqual(scores)
    })

    it(seedless === undefined ? 'another seed gives others' : `are not used: ${seedless}`, async () => {
      const other = await scoresOf((await train({ seed: 2 })).model)
      if (seedless === undefined) expect(other).not.toEqual(scores)
      else expect(other).toEqual(scores)
    })
  })

  describe('weights', () => {
    it('saved and loaded into a fresh model give the same scores', async () => {
      const fresh = untrained(7)
      fresh.load(reloaded(weights))
      expect(await scoresOf(fresh)).toEqual(scores)
      expectSameBits(fresh.weights(), weights)
    })

    it('give the same scores where the model is there to be asked, again and again', async () => {
      const served = kept(createModel(spec, set, world, { seed: 7, threads: 2, serving: true }))
      served.load(reloaded(weights))
      for (let time = 0; time < 2; time++) expect(await scoresOf(served)).toEqual(scores)
    })

    it('are alive: each changes in training and no two are the same', () => {
      const before = untrained().weights()
      for (const [name, tensor] of weights) {
        const unchanged = sameBits(tensor, before.get(name))
        expect(unchanged, `${name} is unchanged by training`).toBe(name in fixed)
        for (const [other, its] of weights)
          if (other !== name) expect(sameBits(tensor, its), `${name} and ${other} are the same`).toBe(false)
      }
    })

    it('are alive: noise in any one of them changes a score, or is refused', async () => {
      const fresh = untrained()
      for (const name of weights.keys()) {
        const noisy = snapshot(weights)
        fillWithNoise(noisy.get(name)!, name)
        try {
          fresh.load(noisy)
        } catch (error) {
          // Integers point into other weights: noise in them may be no model at all.
          expect(noisy.get(name)!.data).toBeInstanceOf(Int32Array)
          expect(error).toMatchObject({ code: 'file-damaged' })
          continue
        }
        const matters = largestDifference(await scoresOf(fresh), scores) > 1e-5
        expect(matters, `${name} matters to a score`).toBe(!(name in inert))
      }
    })

    it('of another shape or missing are refused by name, and change nothing', async () => {
      const fresh = untrained()
      const before = await scoresOf(fresh)
      const [name, tensor] = [...weights][0]
      const without = new Map([...weights].filter(([other]) => other !== name))
      const wider = { shape: [tensor.shape[0] + 1, ...tensor.shape.slice(1)], data: enlarged(tensor) }
      for (const wrong of [new Map(), without, new Map([...weights, [name, wider]])])
        expect(refusal(() => fresh.load(wrong)).code).toBeOneOf(['mismatch', 'file-damaged'])
      expect(refusal(() => fresh.load(without)).message).toContain(`'${name}'`)
      expect(await scoresOf(fresh)).toEqual(before)
    })

    it('of unknown name are refused by name', () => {
      const [, tensor] = [...weights][0]
      const foreign = new Map([...weights, ['no such weight', tensor]])
      const error = refusal(() => untrained().load(foreign))
      expect(error.code).toBe('mismatch')
      expect(error.message).toContain("'no such weight'")
    })
  })

  describe('training', () => {
    it('does not begin when it is stopped before', async () => {
      await expect(train({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' })
    })

    const stepsOf = ({ events }: Trained) => events.filter(({ type }) => type === 'step').length

    it('stops between two steps when asked', async ({ skip }) => {
      skip(stepsOf(trained) < 2, 'one step is all its training')
      const stop = new AbortController()
      let steps = 0
      const stopped = train({
        signal: stop.signal,
        onEvent: ({ type }) => {
          if (type === 'step') steps++
          stop.abort()
        },
      })
      await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
      expect(steps).toBe(1)
    })

    it('goes on from every checkpoint to the same bits', async ({ skip }) => {
      skip(trained.checkpoints.length === 0, 'it makes no checkpoints')
      for (const resume of trained.checkpoints) {
        const resumed = await train({ resume })
        expectSameBits(resumed.model.weights(), weights)
        expect(resumed.events.at(-1)).toEqual(trained.events.at(-1))
        expect(stepsOf(resumed)).toBeLessThan(stepsOf(trained))
      }
    })
  })

  it.skipIf(!existsSync('/proc/self/status'))('dispose() gives its threads back', async () => {
    // What is compiled is compiled in the first epoch.
    const short = 'epochs' in spec.config.shape ? { ...set, epochs: 1 } : set
    const use = async () => {
      const { model } = await trainInMemory(spec, short, world, { threads: 2, ...(openRun && { openRun }) })
      await scoresOf(model)
      await model.dispose()
    }
    await use() // starts whatever the process keeps
    const before = threadCount()
    const uses = 2
    for (let i = 0; i < uses; i++) await use()
    // What is not given back is a thread a use at least; the process may begin one of its own meanwhile, and ends some a little later.
    await expect.poll(threadCount, { timeout: 5000 }).toBeLessThan(before + uses)
  })

  return { train, trained: () => trained }
}

/** What was refused, as the error that says so. */
export function refusal(attempt: () => void): TributaryError {
  try {
    attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(TributaryError)
    return error as TributaryError
  }
  throw new Error('nothing was refused')
}

function threadCount(): number {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1])
}
