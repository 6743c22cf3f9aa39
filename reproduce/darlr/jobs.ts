// The jobs of reproduce/darlr.ts by what they are of, and where their results lie.
import { join } from 'node:path'
import { type Job, runFolder } from './job.ts'
import { type Budget, type Method, settingsOf, TUNING_SEED } from './methods.ts'
import type { DatasetName } from './published.ts'
import { neighborsOf, SETTINGS, type World } from './settings.ts'

const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replace(/-$/, '')

/** @param folder of the dataset */
export function createJobs(dataset: DatasetName, folder: string) {
  const { finalEpisodes, finalUsers, worlds } = SETTINGS[dataset]
  const placeOf = (leave: readonly string[]) => join(dataset, `leave-${slug(leave.join(' ')) || 'never'}`)
  const judged = (leave: readonly string[]) => ({ dataset: folder, leave, finalEpisodes, finalUsers })
  const world = (world: World, seed: number): Job => ({
    kind: 'world',
    out: join(dataset, 'worlds', world, `seed${seed}`),
    dataset: folder,
    model: 'world-model',
    set: worlds[world],
    seed,
  })
  const runOf = (which: World, seed: number) => runFolder(world(which, seed))
  const policy = (method: Method, leave: readonly string[], length: Budget, seed: number): Job => ({
    kind: 'policy',
    out: join(placeOf(leave), `${length.epochs}x${length.stepsPerEpoch}`, slug(method.label), `seed${seed}`),
    model: method.model,
    set: {
      ...settingsOf(method, dataset, leave, length),
      ...(method.world && { worldModel: runOf(method.world, seed) }),
      ...(method.vectorsOf && { vectorsOf: runOf(method.vectorsOf, seed) }),
    },
    seed,
    ...judged(leave),
    // What is tuned by the log is judged in the world that tells held-out rows best.
    ...(seed === TUNING_SEED && { judge: runOf('chosen', seed) }),
  })
  return {
    world,
    policy,
    controls: (leave: readonly string[]): Job => ({
      ...{ kind: 'controls', out: join(placeOf(leave), 'controls'), model: '', set: {}, seed: 1 },
      ...judged(leave),
    }),
    /** What the best policies of a world model earn. */
    best: (which: World, leave: readonly string[], seed: number): Job => ({
      kind: 'best',
      out: join(placeOf(leave), 'best', which, `seed${seed}`),
      model: '',
      set: { worldModel: runOf(which, seed), neighbors: neighborsOf(dataset) },
      seed,
      ...judged(leave),
    }),
    /** What the R that a training of darlr ended with allows. */
    estimates: (method: Method, leave: readonly string[], length: Budget, seed: number): Job => {
      const of = policy(method, leave, length, seed)
      const out = join(of.out, 'estimates')
      return { kind: 'estimates', out, model: '', set: { run: runFolder(of) }, seed, ...judged(leave) }
    },
  }
}
