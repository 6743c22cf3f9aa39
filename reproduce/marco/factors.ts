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
import type { Place, Share } from './worlds.ts'

/** Of what a training needs: the rows of a source are the same whoever is new in the target. */
export interface Drawn {
  readonly dataset: Dataset
  readonly split: Split
  readonly place: Place
  readonly share: Share
  readonly seed: number
}

/** A model that is nothing but the vectors of all domains, as a run of `mf` with the same seed has them. */
export async function factorsOf(drawn: Drawn, folder: string): Promise<Model> {
  const { domains } = drawn.dataset
  const fitted: NamedTensors[] = []
  for (const [d, name] of domains.entries()) {
    const { log, target } = drawn.place
    const rows = name === target ? `${target}-${drawn.share}` : name
    const file = join(folder, 'factors', log, `${rows}-seed${drawn.seed}.safetensors`)
    if (!existsSync(file)) await fitDomain(drawn, d, file)
    fitted.push(decodeSafetensors(new Uint8Array(await readFile(file)), file).tensors)
  }
  const joined = (name: string, each: number): Tensor => ({
    shape: each === 1 ? [domains.length] : [domains.length, each],
    data: Float32Array.from(fitted.flatMap((of) => [...(of.get(name)!.data as Float32Array)])),
  })
  const weights: NamedTensors = new Map<string, Tensor>([
    ['factors/means', joined('factors/means', 1)],
    ['factors/ridges', joined('factors/ridges', 2)],
    ...fitted.flatMap((of) => [...of].filter(([name]) => /\/(users|items)$/.test(name))),
  ])
  return {
    weights: () => weights,
    load() {},
    score: () => Promise.reject(new Error('vectors alone')),
    async dispose() {},
  }
}

/** A domain by itself gets the vectors that it gets beside others. */
async function fitDomain({ dataset, split, seed }: Drawn, domain: number, file: string): Promise<void> {
  const spec = findModel('mf')
  const alone = domainView(dataset, split, domain)
  const { config } = parseConfig(spec, {})
  const { model, events } = startTraining({
    spec,
    config,
    dataset: alone.dataset,
    split: alone.split,
    seed,
    threads: 1,
  })
  for await (const _ of events);
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, encodeSafetensors(model.weights(), {}))
  await model.dispose()
}
