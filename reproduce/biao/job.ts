// One training of reproduce/biao.ts, and what is kept of it.
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseConfig } from '../../src/core/config.ts'
import { Part, TributaryError } from '../../src/core/index.ts'
import { evaluationCases } from '../../src/data/index.ts'
import { labels } from '../../src/evaluation/measures/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { type Spread, spreadOf } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import type { Settings } from './forms.ts'
import { type Pair, pairOf } from './pairs.ts'
import { type WeightGroups, weightGroups } from './weights.ts'

export interface Job {
  readonly out: string
  readonly pair: string
  readonly model: string
  readonly set: Settings
  readonly seed: number
  /** Whether the test part is looked at. */
  readonly tests: boolean
}

export interface Result {
  /** AUC. */
  readonly validation: number
  readonly epochs: number
  readonly bestEpoch: number
  /** Loss terms of the best epoch. */
  readonly losses: Readonly<Record<string, number>>
  readonly set: Settings
  /** Why training ended before its time, where the guard of the upper step ended it. */
  readonly stopped?: string
  /** Of models that weigh source behaviors, where they are tested: all their weights as they were kept. */
  readonly spread?: Spread
  readonly groups?: WeightGroups
  readonly test?: {
    readonly users: readonly string[]
    readonly predictions: readonly number[]
    readonly labels: readonly number[]
  }
}

const FOLDER = '.results/biao'
const fileOf = ({ out }: Pick<Job, 'out'>) => join(FOLDER, `${out}.json`)

const pairs = new Map<string, Pair>()
function known(name: string): Pair {
  const pair = pairs.get(name) ?? pairOf(name)
  pairs.set(name, pair)
  return pair
}

/** Results of the jobs that are finished, in their order. */
export async function finished(jobs: readonly Job[]): Promise<Result[]> {
  const there = jobs.filter((job) => existsSync(fileOf(job)))
  return Promise.all(there.map(async (job) => JSON.parse(await readFile(fileOf(job), 'utf8')) as Result))
}

/** Runs those that are not finished, one after the other in this process: they are short, and starting one is not. */
export async function run(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    if (existsSync(fileOf(job))) continue
    const started = performance.now()
    const { validation, epochs, losses } = await train(job)
    const sd = losses['weights/sd']
    const weights = sd === undefined ? '' : `, weights' sd ${sd.toPrecision(2)}`
    const seconds = ((performance.now() - started) / 1000).toFixed(0)
    console.log(`${job.out}: validation AUC ${validation.toFixed(4)}, ${epochs} epochs${weights}, ${seconds} s`)
  }
}

async function train({ out, pair, model: name, set, seed, tests }: Job): Promise<Result> {
  const { dataset, split } = known(pair)
  const spec = findModel(name)
  const { config } = parseConfig(spec, set)
  const { model, events } = startTraining({ spec, config, dataset, split, seed, threads: 1 })
  let [epochs, bestEpoch] = [0, 0]
  let losses: Readonly<Record<string, number>> = {}
  let stopped: string | undefined
  try {
    for await (const event of events) {
      if (event.type !== 'epoch') continue
      epochs = event.epoch
      if (event.best) [bestEpoch, losses] = [event.epoch, event.losses]
    }
  } catch (error) {
    // The guard of the upper step has spoken: the model holds its best weights, as a run would keep them.
    if (!(error instanceof TributaryError) || error.code !== 'not-finite' || epochs === 0) throw error
    stopped = error.message
  }
  const ask = async (part: Part) => {
    const cases = evaluationCases(dataset, split, part)
    const positiveAbove = config.positiveAbove as number
    return { cases, found: await labels.evaluate(model, dataset, cases, { positiveAbove }) }
  }
  // All weights cost more than a short training.
  const signal = tests ? (await model.can?.trust?.())?.signals[0] : undefined
  const test = tests ? await ask(Part.test) : undefined
  const result: Result = {
    validation: (await ask(Part.valid)).found.overall.auc,
    epochs,
    bestEpoch,
    losses,
    set,
    ...(stopped && { stopped }),
    ...(signal && { spread: spreadOf(signal.values), groups: weightGroups({ dataset, split }, signal) }),
    ...(test && {
      test: {
        users: test.cases.queries.map(({ user }) => dataset.users.name(user!)),
        predictions: [...test.found.predictions],
        labels: [...test.found.labels],
      },
    }),
  }
  await model.dispose()
  await mkdir(dirname(fileOf({ out })), { recursive: true })
  await writeFileAtomic(fileOf({ out }), `${JSON.stringify(result)}\n`)
  return result
}
