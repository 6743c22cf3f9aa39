// What is finished of a comparison, as the page shows it.
import { type Job, type Result, readResult } from './job.ts'
import type { createJobs } from './jobs.ts'
import {
  BASE_OF_SENSITIVITY,
  BUDGETS,
  type Budget,
  METHODS,
  type Method,
  SEEDS_AT_PUBLISHED_BUDGET,
  TUNING_SEED,
  tunedBy,
} from './methods.ts'
import type { Compared } from './page.ts'
import { WORLDS, type World } from './settings.ts'
import type { Row } from './summary.ts'

type Jobs = ReturnType<typeof createJobs>

const finished = async (jobs: readonly Job[]): Promise<Result[]> =>
  (await Promise.all(jobs.map(readResult))).filter((result) => result !== undefined)

/** What DARLR's values of Figure 5 came to on the tuning seed, by label; those that are finished. */
export async function tried(
  jobs: Jobs,
  leave: readonly string[],
  budget: Budget,
): Promise<ReadonlyMap<string, Result>> {
  const found = new Map<string, Result>()
  for (const method of SENSITIVE_METHODS) {
    const [result] = await finished([jobs.policy(method, leave, budget, TUNING_SEED)])
    if (result !== undefined) found.set(method.label, result)
  }
  return found
}

/** DARLR as its values of Figure 5 choose it, by the truth and by the log; only where all of them were tried. */
export function tunedMethods(tried: ReadonlyMap<string, Result>): Method[] {
  const figures = (figure: (result: Result) => number) =>
    new Map([...tried].map(([label, result]) => [label, figure(result)]))
  return [
    tunedBy(
      'truth',
      figures(({ final }) => final!.rTra),
    ),
    tunedBy(
      'log',
      figures(({ final }) => final!.byLog!),
    ),
  ].filter((method) => method !== undefined)
}

/** The values of Figure 5 and what they are beside. */
export const SENSITIVE_METHODS: readonly Method[] = METHODS.filter(
  ({ kind, label }) => kind === 'sensitivity' || label === BASE_OF_SENSITIVITY,
)

export async function gathered(
  jobs: Jobs,
  leave: readonly string[],
  budget: Budget,
  seeds: readonly number[],
): Promise<Compared | undefined> {
  const [controls] = await finished([jobs.controls(leave)])
  if (controls === undefined) return undefined
  const sensitivity = await tried(jobs, leave, budget)
  const rows: Row[] = []
  const publishedSeeds = Array.from({ length: SEEDS_AT_PUBLISHED_BUDGET }, (_, i) => i + 1)
  for (const method of [...METHODS, ...tunedMethods(sensitivity)]) {
    if (method.kind === 'sensitivity') continue
    const of = (length: Budget, some: readonly number[]) =>
      finished(some.map((seed) => jobs.policy(method, leave, length, seed)))
    const results = await of(budget, seeds)
    const published = await of(BUDGETS.published, publishedSeeds)
    const estimates =
      method.model === 'darlr' ? await finished(seeds.map((seed) => jobs.estimates(method, leave, budget, seed))) : []
    rows.push({ method, results, published, estimates })
  }
  const best = new Map<World, Result[]>()
  for (const world of WORLDS) best.set(world, await finished(seeds.map((seed) => jobs.best(world, leave, seed))))
  return { leave, controls, rows, best, sensitivity }
}

export async function worldsDone(jobs: Jobs, seeds: readonly number[]): Promise<ReadonlyMap<World, readonly Result[]>> {
  const worlds = new Map<World, Result[]>()
  for (const world of WORLDS) worlds.set(world, await finished(seeds.map((seed) => jobs.world(world, seed))))
  return worlds
}
