// The comparison of DARLR's Tables 2 to 4: `npx tsx reproduce/darlr.ts --help` says how.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { importCoat } from '../bench/a2c/coat.ts'
import { parseConfig } from '../src/core/config.ts'
import { TributaryError } from '../src/core/index.ts'
import { importDataset } from '../src/data/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { findModel } from '../src/registry.ts'
import { asReleased, leaveRuleText, parseLeaveRule } from '../src/rl/index.ts'
import { DATA_ABSENT } from '../test/folders/data-folder.ts'
import { gathered, SENSITIVE_METHODS, tried, tunedMethods, worldsDone } from './darlr/gather.ts'
import { type Job, readResult, runJob } from './darlr/job.ts'
import { createJobs } from './darlr/jobs.ts'
import {
  AT_PUBLISHED_BUDGET,
  BUDGETS,
  type Budget,
  METHODS,
  type Method,
  SEEDS_AT_PUBLISHED_BUDGET,
  TUNING_SEED,
} from './darlr/methods.ts'
import { writePage } from './darlr/page.ts'
import { DATASETS, type DatasetName, publishedCurves } from './darlr/published.ts'
import { SETTINGS, WORLDS } from './darlr/settings.ts'
import { oneOf, readOptions, someOf, text, unlessNo, whole } from './shared/command.ts'
import { givenJob, runJobs } from './shared/jobs.ts'

const DATASET_FOLDERS = '.results/datasets'
const LABELS = METHODS.filter(({ kind }) => kind !== 'sensitivity').map(({ label }) => label)
/**
 * The dataset folder, imported if need be.
 * @throws TributaryError `file-missing` where its files are not at hand; as `importDataset`
 */
async function datasetFolder(dataset: DatasetName, files: string | undefined): Promise<string> {
  const folder = join(DATASET_FOLDERS, dataset)
  if (existsSync(join(folder, 'dataset.json'))) return folder
  const { reader, maxValue } = SETTINGS[dataset]
  if (files === undefined) {
    const imported = dataset === 'coat' ? await importCoat(DATASET_FOLDERS) : undefined
    if (imported !== undefined) return imported
    throw new TributaryError(
      'file-missing',
      `the files of ${dataset} are not part of this project; give their folder with --data (docs/reproduce.md says where they come from, docs/data.md what the reader ${reader} wants in it)`,
    )
  }
  await importDataset({ reader, files: [files], out: folder, name: dataset, maxValue })
  return folder
}

async function inShort(job: Job): Promise<string | undefined> {
  const result = await readResult(job)
  if (result === undefined) return undefined
  const last = result.epochs.at(-1)?.mode.noRepeat?.rTra
  return [
    last === undefined ? 'done' : `last epoch ${last.toFixed(2)}`,
    ...(result.final ? [`final ${result.final.rTra.toFixed(2)}`] : []),
  ].join(', ')
}

async function main(): Promise<void> {
  const values = readOptions({
    script: 'darlr.ts',
    does: `DARLR's Tables 2 to 4 and Figures 4 and 5 on data sets that come with a simulator: every method over seeds at a small budget,
      the same for all, and a few at the published one. DARLR is tuned by the values of Figure 5 on a seed of its own, by the truth as in
      the paper and by the log. While it learns each policy acts after every epoch in 100 episodes a mode (the papers'
      statistic), and at the end in one long simulation that pairs it with the controls. A killed comparison goes on where it was.`,
    results: `runs, each with its result beside it, below .results/darlr; the page with its figures is docs/results/darlr.md, of other
      data sets than coat docs/results/darlr-<dataset>.md.`,
    options: {
      dataset: oneOf('the data set', DATASETS, 'coat'),
      data: text("the publisher's files, where the data set is not imported yet", 'FOLDER'),
      seeds: whole('seeds 1 to N', 5),
      workers: whole('jobs at a time, each in a process of its own', 2),
      window: oneOf(
        'what users look back at: the last recommendations, or what the released code slices, which is less in the fourth turn',
        ['right', 'as-released'],
        'right',
      ),
      budget: oneOf('how long policies learn', Object.keys(BUDGETS) as (keyof typeof BUDGETS)[], 'small'),
      epochs: whole('in place of the epochs of the budget', undefined),
      steps: whole("in place of the budget's turns in an epoch", undefined),
      only: someOf('methods', LABELS),
      stage: someOf('stages', ['worldmodels', 'train', 'sensitivity', 'tuned', 'published', 'report']),
      write: unlessNo('print the page, but do not write it'),
    },
  })
  const { dataset, workers } = values
  const { leave } = SETTINGS[dataset]
  const released = (rule: string) => leaveRuleText(asReleased(parseLeaveRule(rule)))
  const leaves = values.window === 'right' ? leave : leave.map((rules) => rules.map(released))
  const { epochs, stepsPerEpoch } = BUDGETS[values.budget]
  const budget: Budget = { epochs: values.epochs ?? epochs, stepsPerEpoch: values.steps ?? stepsPerEpoch }
  const folder = await datasetFolder(dataset, values.data)
  const seeds = Array.from({ length: values.seeds }, (_, i) => i + 1)
  const methods = METHODS.filter(({ label, kind }) => values.only.includes(label) && kind !== 'sensitivity')
  const run = (some: readonly Job[]) => runJobs(import.meta.url, some, workers, inShort)
  const jobs = createJobs(dataset, folder)
  const [first] = leaves
  const worldsOf = (some: readonly Method[]) =>
    WORLDS.filter((world) => some.some((method) => method.world === world || method.vectorsOf === world))
  /** Seed by seed, so that a comparison that is cut has every method; of darlr also what its R then allows. */
  const train = async (some: readonly Method[], length: Budget, over: readonly number[]) => {
    for (const seed of over)
      for (const leave of leaves) {
        await run(some.map((method) => jobs.policy(method, leave, length, seed)))
        const darlr = some.filter(({ model }) => model === 'darlr')
        await run(darlr.map((method) => jobs.estimates(method, leave, length, seed)))
      }
  }

  // What an option is called wrongly shows before hours of training.
  for (const method of methods) parseConfig(findModel(method.model), jobs.policy(method, first, budget, 1).set)
  if (values.stage.includes('worldmodels'))
    await run(seeds.flatMap((seed) => worldsOf(methods).map((world) => jobs.world(world, seed))))
  if (values.stage.includes('train')) {
    await run(leaves.map(jobs.controls))
    await run(
      leaves.flatMap((leave) => worldsOf(methods).flatMap((world) => seeds.map((s) => jobs.best(world, leave, s)))),
    )
    await train(methods, budget, seeds)
  }
  if (values.stage.includes('sensitivity')) {
    await run((['published', 'chosen'] as const).map((world) => jobs.world(world, TUNING_SEED)))
    await run(SENSITIVE_METHODS.map((method) => jobs.policy(method, first, budget, TUNING_SEED)))
  }
  if (values.stage.includes('tuned')) await train(tunedMethods(await tried(jobs, first, budget)), budget, seeds)
  if (values.stage.includes('published')) {
    const some = methods.filter(({ label }) => AT_PUBLISHED_BUDGET.includes(label))
    await train(some, BUDGETS.published, seeds.slice(0, SEEDS_AT_PUBLISHED_BUDGET))
  }
  if (values.stage.includes('report')) {
    if (publishedCurves(dataset).size === 0)
      console.error(`the page goes without the published curves: offline-rl-reference ${DATA_ABSENT}`)
    const compared = []
    for (const leave of leaves) compared.push((await gathered(jobs, leave, budget, seeds)) ?? [])
    const { page, figures } = writePage({
      ...{ dataset, budget, compared: compared.flat(), worlds: await worldsDone(jobs, seeds) },
    })
    console.log(page)
    if (values.write) {
      const name = dataset === 'coat' ? 'darlr' : `darlr-${dataset}`
      await mkdir(join('docs/results', name), { recursive: true })
      await writeFileAtomic(join('docs/results', `${name}.md`), page)
      for (const [figure, svg] of figures) await writeFileAtomic(join('docs/results', name, `${figure}.svg`), svg)
    }
  }
}

const job = givenJob<Job>()
if (job !== undefined) await runJob(job)
else await main()
