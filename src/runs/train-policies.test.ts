import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countingPolicy } from '../../test/checks/counting-policy.ts'
import { drawnRewards, simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { parseConfig } from '../core/config.ts'
import { type Model, type ModelSpec, Part, type TrainEvent } from '../core/index.ts'
import { buildDataset, writeDataset } from '../data/index.ts'
import { findModel, MODELS } from '../registry.ts'
import { openDemonstrations, writeDemonstrations } from '../rl/index.ts'
import { startTraining } from './in-memory.ts'
import { openTrainedRun } from './open.ts'
import { openRun } from './run.ts'
import { type TrainRunOptions, trainRun } from './train.ts'

let folder: string
const at = (name: string) => join(folder, name)
const known = MODELS as ModelSpec[]

beforeAll(async () => {
  known.push(countingPolicy)
  folder = await mkdtemp(join(tmpdir(), 'tributary-train-'))
  const rewards = drawnRewards(9, 14)
  await writeDataset(simulatedWorld({ rewards }), at('world'))
  await writeDataset(buildDataset('log', { user: ['a', 'b'], item: ['x', 'y'], domain: ['d', 'd'] }), at('log'))
})
afterAll(async () => {
  known.splice(known.indexOf(countingPolicy), 1)
  await rm(folder, { recursive: true })
})

async function train(
  out: string,
  more: Partial<TrainRunOptions> = {},
  onEvent: (event: TrainEvent) => void = () => {},
) {
  const events: TrainEvent[] = []
  const given = { model: 'counting-policy', datasetFolder: at('world'), splitName: 'leave-two-out', out: at(out) }
  for await (const event of trainRun({ ...given, threads: 1, checkpointSeconds: 0, ...more })) {
    events.push(event)
    onEvent(event)
  }
  return events
}
const simulation = { every: 2, episodes: 5 }
const untimed = (lines: readonly object[]) => lines.map((line) => ({ ...line, seconds: 0 }))
const metricsOf = async (run: string) => untimed(await (await openRun(at(run))).readMetrics())
const weightsOf = async (run: string) => (await openTrainedRun(at(run))).run.manifest.weightsHash

describe('a policy that is shown while it learns', () => {
  it('has what it earns in the epochs asked for, and the controls in the manifest', async () => {
    const events = await train('shown', { simulation })
    const epochs = events.flatMap((event) => (event.type === 'epoch' ? [event] : []))
    expect(epochs.map((epoch) => epoch.simulation !== undefined)).toEqual([false, true, false, true])
    const figures = epochs[1].simulation!
    expect(Object.keys(figures)).toEqual(['free', 'noRepeat', 'noRepeat10'])
    for (const { rTra, rEach, length } of Object.values(figures)) {
      expect(length).toBe(10)
      expect(rTra).toBeCloseTo(10 * rEach, 4)
    }
    expect(await metricsOf('shown')).toEqual(untimed(epochs))
    const { manifest } = await openRun(at('shown'))
    expect(manifest.simulation).toMatchObject({ every: 2, episodes: 5, leave: [], maxLength: 10 })
    const { controls } = manifest.simulation!
    expect(Object.keys(controls)).toEqual(['random', 'popularity', 'best-list', 'hindsight-list', 'oracle'])
    // Every user has every item in the training log, but for the last two: the list by means is nearly that of hindsight.
    const earned = (name: string) => controls[name].mode.noRepeat.rTra
    expect(earned('oracle')).toBeGreaterThan(earned('hindsight-list'))
    expect(earned('hindsight-list')).toBeGreaterThan(earned('random'))
  })

  it('learns what it would have learned unseen', async () => {
    await train('unseen')
    expect(await weightsOf('unseen')).toBe(await weightsOf('shown'))
    expect((await openRun(at('unseen'))).manifest.simulation).toBeUndefined()
    expect((await metricsOf('unseen')).every((line) => !('simulation' in line))).toBe(true)
  })

  it('meets other users in each epoch, and the same ones for the same seed', async () => {
    const curve = async (run: string) => {
      const lines = (await metricsOf(run)) as { simulation?: Record<string, { rTra: number }> }[]
      return lines.flatMap((line) => line.simulation?.noRepeat?.rTra ?? [])
    }
    await train('again', { simulation: { every: 1, episodes: 5 } })
    await train('other', { simulation: { every: 1, episodes: 5 }, seed: 2 })
    const [again, other] = [await curve('again'), await curve('other')]
    expect(new Set(again).size).toBe(4)
    expect(again[1]).toBe((await curve('shown'))[0])
    expect(other).not.toEqual(again)
  })

  it('goes on after a stop to the same bits and the same curve', async () => {
    for (const epoch of [1, 2, 3]) {
      const stop = new AbortController()
      const run = `stopped-${epoch}`
      const stopped = train(run, { simulation, signal: stop.signal }, (event) => {
        if (event.type === 'checkpoint' && event.checkpoint.epoch === epoch) stop.abort()
      })
      await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
      const other = { every: 3, episodes: 5 }
      await expect(train(run, { resume: true, simulation: other })).rejects.toMatchObject({
        code: 'mismatch',
        message: expect.stringContaining('was begun with 5 simulated episodes every 2 epochs'),
      })
      await train(run, { resume: true })
      expect(await metricsOf(run)).toEqual(await metricsOf('shown'))
      expect(await weightsOf(run)).toBe(await weightsOf('shown'))
    }
  })

  it.each<[string, Partial<TrainRunOptions>, string, string]>([
    ['a dataset without truth', { datasetFolder: 'log' }, 'bad-dataset', "'log' does not say what each pair"],
    ['a model that is no policy', { model: 'popularity', overrides: {} }, 'bad-argument', 'popularity is no policy'],
    [
      'a rule that ends every episode at once',
      { overrides: { leave: 'low-reward:9' } },
      'bad-argument',
      "under the rule 'low-reward:9' every episode ends at its first turn",
    ],
    ['a rule that is none', { overrides: { leave: 'boredom' } }, 'bad-argument', "'boredom' is no rule for leaving"],
    ['episodes longer than the catalogue', { overrides: { maxLength: 15 } }, 'bad-argument', '15 turns'],
    ['a policy of another domain', { overrides: { domain: 'mars' } }, 'bad-argument', "is of 'shop'"],
  ])('refuses %s, and leaves no folder', async (_, { datasetFolder, ...more }, code, message) => {
    const given = { ...more, simulation, ...(datasetFolder && { datasetFolder: at(datasetFolder) }) }
    await expect(train('refused', given)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(existsSync(at('refused'))).toBe(false)
  })
})

describe('a policy that learns with another run', () => {
  const using = (worldModel: string) => ({ overrides: { worldModel: at(worldModel) } })

  it('names it and its weights in the manifest', async () => {
    await train('used')
    await train('user', using('used'))
    const { manifest } = await openRun(at('user'))
    expect(manifest.uses).toEqual({ [at('used')]: await weightsOf('used') })
  })

  it('does not go on once that run is another', async () => {
    const stop = new AbortController()
    const stopped = train('stopped', { ...using('used'), signal: stop.signal }, ({ type }) => {
      if (type === 'checkpoint') stop.abort()
    })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    await train('used', { overwrite: true, overrides: { epochs: 7 } })
    await expect(train('stopped', { resume: true })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('has been trained again since'),
    })
  })

  it.each([
    ['that is not there', 'nowhere', 'there is no run at'],
    ['of another dataset', 'elsewhere', "was trained on dataset 'log', not on 'simulated'"],
    ['that is unfinished', 'stopped', 'is still unfinished'],
  ])('refuses one %s, and leaves no folder', async (_, worldModel, message) => {
    if (worldModel === 'elsewhere')
      await train('elsewhere', { model: 'popularity', datasetFolder: at('log'), overwrite: true })
    await expect(train('refused', using(worldModel))).rejects.toMatchObject({
      message: expect.stringContaining(message),
    })
    expect(existsSync(at('refused'))).toBe(false)
  })
})

describe('a policy that learns from demonstrations', () => {
  const demonstrate = (name: string, items: readonly string[], user = 'u0000') =>
    writeDemonstrations(
      at(name),
      items.map((item, i) => ({
        episode: 0,
        step: i + 1,
        user,
        item,
        reward: 3,
        terminal: false,
        source: 'log',
        model: 'log',
      })),
      { overwrite: true },
    )
  const using = (name: string) => ({ overrides: { demonstrations: at(name) } })

  it('names their folder and its hash in the manifest, and does not go on once it holds others', async () => {
    await demonstrate('shown-items', ['i0001', 'i0002'])
    const stop = new AbortController()
    const stopped = train('imitating', { ...using('shown-items'), signal: stop.signal }, ({ type }) => {
      if (type === 'checkpoint') stop.abort()
    })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    const { hash } = await openDemonstrations(at('shown-items'))
    expect((await openRun(at('imitating'))).manifest.uses).toEqual({ [at('shown-items')]: hash })
    await demonstrate('shown-items', ['i0001', 'i0003'])
    await expect(train('imitating', { resume: true })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('holds other demonstrations than when'),
    })
    await demonstrate('shown-items', ['i0001', 'i0002'])
    await train('imitating', { resume: true })
    expect((await openRun(at('imitating'))).manifest.status).toBe('done')
  })

  it.each([
    ['that are not there', 'nowhere', 'file-missing'],
    ['of nobody whom the dataset knows', 'strangers', 'mismatch'],
  ])('refuses those %s, and leaves no folder', async (_, name, code) => {
    await demonstrate('strangers', ['i0001'], 'nobody')
    await expect(train('refused', using(name))).rejects.toMatchObject({ code })
    expect(existsSync(at('refused'))).toBe(false)
  })
})

it('a world model and the policies that learn in it know the same users, whatever the split leaves of the log', async () => {
  // Without a truth whoever has training rows is known; b has none.
  const rows = [...'aaabbccc'].map(
    (user, i) => ({ user, item: `i${i % 4}`, part: user === 'b' ? 'test' : 'train' }) as const,
  )
  const dataset = buildDataset('no truth', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(() => 'd'),
    value: rows.map((_, i) => i % 5),
    part: rows.map(({ part }) => part),
  })
  const all = dataset.log.part!.map(() => Part.train)
  for (const [part, users] of [
    [dataset.log.part!, [0, 2]],
    [all, [0, 1, 2]],
  ] as const) {
    const split = { name: 'given', part }
    const train = (name: string, set: Record<string, unknown>, openRun?: () => Promise<Model>) => {
      const spec = findModel(name)
      const { config } = parseConfig(spec, { epochs: 1, ...set })
      return startTraining({ spec, config, dataset, split, seed: 1, threads: 1, ...(openRun && { openRun }) })
    }
    const world = train('world-model', { ensemble: 1, hidden: [4] })
    for await (const _ of world.events);
    expect([...(await world.model.can!.worldModel!()).rewards.users]).toEqual(users)
    const small = { worldModel: 'in memory', embeddings: 'scratch', stepsPerEpoch: 4, episodes: 2, maxLength: 2 }
    const policy = train('mbpo', small, async () => world.model)
    for await (const _ of policy.events);
    await policy.model.dispose()
  }
})
