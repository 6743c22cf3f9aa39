// One training of reproduce/marco.ts, and what is kept of it.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Dataset, type Model, Part, parseConfig, type Query, type Split } from '../../src/core/index.ts'
import { type Cases, evaluationCases } from '../../src/data/index.ts'
import { listScorer } from '../../src/evaluation/list-scorer.ts'
import { positives, ratings } from '../../src/evaluation/measures/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { createRng } from '../../src/math/index.ts'
import { hr, ndcg } from '../../src/metrics/index.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import { readResults } from '../shared/jobs.ts'
import type { Settings } from './entries.ts'
import { factorsOf } from './factors.ts'
import { datasetOf, type Place, placeName, type Share, splitOf } from './worlds.ts'

export interface Job {
  /** Below FOLDER. */
  readonly out: string
  readonly place: Place
  readonly share: Share
  readonly seed: number
  readonly model: string
  readonly set: Settings
  readonly warm?: boolean | undefined
  /** Whether the test part is looked at. */
  readonly tests: boolean
}

/** Sums over the test rows of each user. */
export interface Tested {
  readonly users: readonly string[]
  readonly rows: readonly number[]
  readonly absolute: readonly number[]
  readonly square: readonly number[]
  readonly absoluteClipped: readonly number[]
  readonly squareClipped: readonly number[]
}

/** Sums over what each of some users liked. */
export interface Liked {
  readonly users: readonly string[]
  readonly rows: readonly number[]
  readonly ndcg: readonly number[]
  readonly hr: readonly number[]
}

export interface Result {
  /** RMSE; null for a model that predicts none. */
  readonly validation: number | null
  readonly epochs: number
  readonly seconds: number
  readonly set: Settings
  readonly tested?: Tested
  readonly liked?: Liked
  /** How much each domain counted on average, of models that say so. */
  readonly sources?: Readonly<Record<string, number>>
}

export const FOLDER = '.results/marco'
/** Whose lists are looked at; all would take longer than the trainings. */
export const RANKED_USERS = 200
export const LIKED_ABOVE = 3

const fileOf = ({ out }: Pick<Job, 'out'>) => join(FOLDER, `${out}.json`)

/** Results of the jobs that are finished, in their order. */
export const finished = (jobs: readonly Job[]) => readResults<Result>(jobs.map(fileOf))

/** Runs those that are not finished, one after the other in this process: they are short, and starting one is not. */
export async function run(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    if (existsSync(fileOf(job))) continue
    try {
      const result = await train(job)
      await mkdir(dirname(fileOf(job)), { recursive: true })
      await writeFileAtomic(fileOf(job), `${JSON.stringify(result)}\n`)
      const { validation, epochs, seconds } = result
      console.log(
        `${job.out}: validation RMSE ${validation?.toFixed(4) ?? '–'}, ${epochs} epochs, ${seconds.toFixed(0)} s`,
      )
    } catch (error) {
      // One that fails must not take hours of the others with it.
      console.error(`${job.out} failed: ${error instanceof Error ? error.message : error}`)
      process.exitCode = 1
    }
  }
}

async function train({ place, share, seed, model: name, set, tests, warm }: Job): Promise<Result> {
  const started = performance.now()
  const dataset = datasetOf(place.log)
  const split = splitOf(place, share, seed)
  const spec = findModel(name)
  const takesFactors = 'factors' in parseConfig(spec, {}).config || name === 'mf'
  const { config } = parseConfig(spec, takesFactors && name !== 'mf' ? { ...set, factors: 'shared' } : set)
  const shared = takesFactors ? await factorsOf({ dataset, split, place, share, seed }, set, FOLDER) : undefined
  let model: Model
  let epochs = 0
  if (name === 'mf') {
    model = spec.create(config, dataset, split, { seed, threads: 1 })
    model.load(shared!.weights())
  } else {
    const openRun = shared && { openRun: async () => shared }
    const training = startTraining({ spec, config, dataset, split, seed, threads: 1, ...openRun })
    model = training.model
    for await (const event of training.events) if (event.type === 'epoch') epochs = event.epoch
  }
  const rates = spec.task === 'rating'
  const asked = (part: Part) => {
    const cases = evaluationCases(dataset, split, part)
    return warm ? withOwnRows(cases, dataset) : cases
  }
  const validation = rates ? (await ratings.evaluate(model, dataset, asked(Part.valid))).overall.rmse : null
  const result: Result = {
    validation,
    epochs,
    seconds: (performance.now() - started) / 1000,
    set,
    ...(tests && rates && { tested: await testedOf(model, dataset, split, asked(Part.test)) }),
    ...(tests &&
      !warm && {
        liked: await likedOf(listScorer({ spec, model, dataset, split }), dataset, split, asked(Part.test), seed),
      }),
    ...(tests && model.can?.sources && { sources: await sourcesOf(model.can.sources, dataset, asked(Part.test)) }),
  }
  await model.dispose()
  return result
}

/** The same cases, each with what the user rated in the target besides, as nobody knows it of a user who is new there. */
function withOwnRows({ queries, answers, rows }: Cases, { log }: Dataset): Cases {
  // Cases of a user are one query.
  const of = new Map<Query, number[]>()
  for (const [k, query] of queries.entries()) of.set(query, [...(of.get(query) ?? []), k])
  const known = queries.map((query, k): Query => {
    const others = of.get(query)!.filter((other) => answers[other] !== answers[k])
    return {
      history: Int32Array.from(others, (other) => answers[other]),
      values: Float32Array.from(others, (other) => log.value![rows[other]]),
      domain: query.domain,
    }
  })
  return { queries: known, answers, rows }
}

async function testedOf(model: Model, dataset: Dataset, split: Split, cases: Cases): Promise<Tested> {
  const { predictions, clipped, labels, users } = await ratings.evaluate(model, dataset, cases, { split })
  const ids = [...new Set(users)]
  const sums = (of: (k: number) => number) => sumsBy(users, ids, of)
  const off = (column: Float32Array) => (k: number) => column[k] - labels[k]
  const [raw, within] = [off(predictions), off(clipped!)]
  return {
    users: ids.map((id) => dataset.users.name(id)),
    rows: sums(() => 1),
    absolute: sums((k) => Math.abs(raw(k))),
    square: sums((k) => raw(k) ** 2),
    absoluteClipped: sums((k) => Math.abs(within(k))),
    squareClipped: sums((k) => within(k) ** 2),
  }
}

async function likedOf(
  scorer: ReturnType<typeof listScorer>,
  dataset: Dataset,
  split: Split,
  { queries, answers, rows }: Cases,
  seed: number,
): Promise<Liked> {
  const all = Int32Array.from(new Set(queries.map(({ user }) => user!)))
  const asked = new Set(createRng(seed).split('ranked').shuffle(all).subarray(0, RANKED_USERS))
  const kept = [...queries.keys()].filter((k) => asked.has(queries[k].user!))
  const some = {
    queries: kept.map((k) => queries[k]),
    answers: Int32Array.from(kept, (k) => answers[k]),
    rows: Int32Array.from(kept, (k) => rows[k]),
  }
  const { ranks, users } = await positives.evaluate(scorer, dataset, some, { split, positiveAbove: LIKED_ABOVE })
  const ids = [...new Set(users)]
  const sums = (of: (k: number) => number) => sumsBy(users, ids, of)
  return {
    users: ids.map((id) => dataset.users.name(id)),
    rows: sums(() => 1),
    ndcg: sums((k) => ndcg(10).value(ranks[k])),
    hr: sums((k) => hr(10).value(ranks[k])),
  }
}

function sumsBy(users: Int32Array, ids: readonly number[], of: (k: number) => number): number[] {
  const place = new Map(ids.map((id, at) => [id, at]))
  const sums = ids.map(() => 0)
  for (const [k, user] of users.entries()) sums[place.get(user)!] += of(k)
  return sums.map((sum) => Number(sum.toPrecision(8)))
}

async function sourcesOf(
  sources: (queries: readonly Query[], items: Int32Array) => Promise<Float32Array>,
  { domains }: Dataset,
  { queries, answers }: Cases,
): Promise<Readonly<Record<string, number>>> {
  const weights = await sources(queries, answers)
  const mean = (d: number) => queries.reduce((sum, _, k) => sum + weights[k * domains.length + d], 0) / queries.length
  return Object.fromEntries(domains.map((name, d) => [name, mean(d)]))
}

export const jobFolder = ({ place, share }: Pick<Job, 'place' | 'share'>) =>
  join(placeName(place).toLowerCase().replace(':', '-'), share)
