// The comparison of IL-Rec: `npx tsx reproduce/ilrec.ts --help` says how.
import { mkdir } from 'node:fs/promises'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { isMeasured, measureCrowding } from './ilrec/crowding.ts'
import { FOLDER, isDone, run } from './ilrec/job.ts'
import { METHODS } from './ilrec/methods.ts'
import { writePage } from './ilrec/page.ts'
import { readRecordings } from './ilrec/recordings.ts'
import { surrogateOf } from './ilrec/surrogates.ts'
import { LEVELS, TWINS, twinOf } from './ilrec/twins.ts'
import type { World } from './ilrec/worlds.ts'
import { readOptions, someOf, unlessNo, whole } from './shared/command.ts'

const STAGES = ['main', 'parts', 'curves', 'amazon', 'movielens', 'coat', 'crowding', 'report'] as const

const values = readOptions({
  script: 'ilrec.ts',
  does: `IL-Rec and its rivals in a world that is completed from published episodes of GPT-3.5 (Steam, and Amazon's books as a smoke test), beside
    an audit of these episodes; and in those of MovieLens and Coat, where a program demonstrates, which is no language model. A killed comparison goes on where it was.`,
  results: 'a file a training below .results/ilrec; the page is docs/results/ilrec.md.',
  options: {
    splits: whole('splits of the users, 1 to N', 5),
    seeds: whole('seeds of trainings, 1 to N', 3),
    stage: someOf('stages', STAGES),
    write: unlessNo('print the page, but do not write it'),
  },
})
const recordings = readRecordings()

/** One world at a time: completing its rewards takes as long as a small training. */
let open: { readonly name: string; readonly world: World } | undefined
async function worldOf(name: string, make: () => Promise<World>): Promise<World> {
  if (open?.name !== name) open = { name, world: await make() }
  return open.world
}

const stages = [
  { stage: 'main', shop: 'steam', methods: METHODS.main },
  { stage: 'parts', shop: 'steam', methods: METHODS.parts },
  { stage: 'amazon', shop: 'amazon', methods: METHODS.main },
  { stage: 'curves', shop: 'steam', methods: METHODS.curves },
] as const
for (const { stage, shop, methods } of stages) {
  if (!values.stage.includes(stage)) continue
  // A seed of every split before the next seed: a comparison that is cut has all splits.
  for (let seed = 1; seed <= values.seeds; seed++)
    for (let split = 1; split <= values.splits; split++)
      for (const method of methods) {
        const cell = { world: shop, split, seed }
        const world = () => worldOf(`${shop} ${split}`, () => surrogateOf(shop, split))
        if (!isDone(method, cell)) await run(method, cell, await world())
      }
}
if (values.stage.includes('crowding'))
  for (let split = 1; split <= values.splits; split++)
    if (!isMeasured(split))
      await measureCrowding(split, await worldOf(`steam ${split}`, () => surrogateOf('steam', split)))
for (const twin of TWINS) {
  if (!values.stage.includes(twin)) continue
  for (let seed = 1; seed <= values.seeds; seed++)
    for (const level of LEVELS)
      for (const method of METHODS.levels) {
        const cell = { world: `${twin}-${level}`, split: 1, seed }
        const world = () => worldOf(cell.world, () => twinOf(twin, level, FOLDER))
        if (!isDone(method, cell)) await run(method, cell, await world())
      }
}
if (values.stage.includes('report')) {
  const page = await writePage(recordings, values)
  console.log(page)
  if (values.write) {
    await mkdir('docs/results', { recursive: true })
    await writeFileAtomic('docs/results/ilrec.md', page)
  }
}
