// The vectors of each domain, which models of bridges begin from: fitted once for a seed and taken by all of them.
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type Dataset,
  type Model,
  type NamedTensors,
  parseConfig,
  type Split,
  type Tensor,
} from '../../src/core/index.ts'
import { domainView } from '../../src/data/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/files/index.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import type { Settings } from './entries.ts'
import type { Place, Share } from './worlds.ts'

/** Of what a training needs: the rows of a source are the same whoever is new in the target. */
export interface Drawn {
  readonly dataset: Dataset
  readonly split: Split
  readonly place: Place
  readonly share: Share
  readonly seed: number
}

/** A model that is nothing but the vectors of all domains, as a run of `mf` with the same seed and settings has them. */
export async function factorsOf(drawn: Drawn, set: Settings, folder: string): Promise<Model> {
  return vectorsAlone(await (set.offsets === 'shared' ? sharedVectors : vectorsOfDomains)(drawn, set, folder))
}

const vectorsAlone = (weights: NamedTensors): Model => ({
  weights: () => weights,
  load() {},
  score: () => Promise.reject(new Error('vectors alone')),
  async dispose() {},
})

/** Offsets that are shared know all domains, and who is new in the target. */
async function sharedVectors(drawn: Drawn, set: Settings, folder: string): Promise<NamedTensors> {
  const { log, target } = drawn.place
  const file = join(folder, 'factors', log, `shared-${target}-${drawn.share}-seed${drawn.seed}.safetensors`)
  const { offsets, userRidge, itemRidge } = set
  if (!existsSync(file)) await fitAll(drawn, { offsets, userRidge, itemRidge }, file)
  return decodeSafetensors(new Uint8Array(await readFile(file)), file).tensors
}

async function vectorsOfDomains(drawn: Drawn, _set: Settings, folder: string): Promise<NamedTensors> {
  const { domains } = drawn.dataset
  const fitted: NamedTensors[] = []
  for (const [d, name] of domains.entries()) {
    const { log, target } = drawn.place
    const rows = name === target ? `${target}-${drawn.share}` : name
    const file = join(folder, 'factors', log, `${rows}-seed${drawn.seed}.safetensors`)
    if (!existsSync(file)) await fitAll({ ...drawn, ...domainView(drawn.dataset, drawn.split, d) }, {}, file)
    fitted.push(decodeSafetensors(new Uint8Array(await readFile(file)), file).tensors)
  }
  const joined = (name: string, each: number): Tensor => ({
    shape: each === 1 ? [domains.length] : [domains.length, each],
    data: Float32Array.from(fitted.flatMap((of) => [...(of.get(name)!.data as Float32Array)])),
  })
  return new Map<string, Tensor>([
    ['factors/means', joined('factors/means', 1)],
    ['factors/ridges', joined('factors/ridges', 2)],
    ...fitted.flatMap((of) => [...of].filter(([name]) => /\/(users|items)$/.test(name))),
  ])
}

/** A domain by itself gets the vectors that it gets beside others. */
async function fitAll({ dataset, split, seed }: Drawn, set: Settings, file: string): Promise<void> {
  const spec = findModel('mf')
  const { config } = parseConfig(spec, set)
  const { model, events } = startTraining({ spec, config, dataset, split, seed, threads: 1 })
  for await (const _ of events);
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, encodeSafetensors(model.weights(), {}))
  await model.dispose()
}
