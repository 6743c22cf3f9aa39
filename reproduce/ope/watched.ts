/**
 * Experiments that are read again and again while they run: how often they call a difference that is not there, and how often they find the one that
 * they were planned for. `npx tsx reproduce/ope/watched.ts [experiments] [reads]`; prints one line a kind.
 */
import type { Experiment } from '../../src/serving/experiments/experiment.ts'
import type { UserColumns } from '../../src/serving/experiments/readout/index.ts'
import { type Readout, readout } from '../../src/serving/experiments/readout/index.ts'
import { detectableEffect } from '../../src/statistics/index.ts'
import {
  type ExperimentWorld,
  type ExperimentWorldOptions,
  experimentWorld,
} from '../../test/worlds/experiment-worlds.ts'

const [experiments = 2000, reads = 50] = process.argv.slice(2).map(Number)
/** No test has worlds of these seeds. */
const FIRST_SEED = 100_000
const USERS = 2000
const RATE = 0.1
const LISTS = 4
const ONE = { services: { shop: { reach: 1, rate: RATE, lists: LISTS } }, users: USERS }

function experimentOf({ columns, start }: ExperimentWorld): Experiment {
  return {
    name: 'watched',
    status: 'running',
    startedAt: start,
    arms: columns.arms.map((name) => ({ name })),
    metrics: [{ name: 'purchases', reward: 'purchase:24h:count' }],
    plannedUsers: USERS / 2,
    weighings: columns.weighings,
  }
}

/** The users in the order in which they came. */
function inOrder(columns: UserColumns): UserColumns {
  const order = [...columns.arm.keys()].sort((a, b) => columns.assigned[a] - columns.assigned[b])
  return taken(columns, (column) => column.map((_, at) => column[order[at]]) as typeof column)
}

/** Of users who are in order, what was known at a time: of those who had come, all that they did. */
function knownAt(columns: UserColumns, time: number): UserColumns {
  const users = columns.assigned.findIndex((at) => at >= time)
  return users === -1 ? columns : taken(columns, (column) => column.subarray(0, users) as typeof column)
}

function taken(
  columns: UserColumns,
  take: <T extends Float64Array | Int32Array | Uint8Array>(column: T) => T,
): UserColumns {
  const parts = (some: readonly Float64Array[] = []) => some.map(take)
  const assigned = take(columns.assigned)
  return {
    ...columns,
    users: assigned.length,
    arm: take(columns.arm),
    assigned,
    strayed: take(columns.strayed),
    lists: parts(columns.lists),
    seen: parts(columns.seen),
    short: parts(columns.short),
    rewards: new Map(
      [...columns.rewards].map(([name, { after, before }]) => [name, { after: parts(after), before: parts(before) }]),
    ),
  }
}

/** What a reader would have called at least once. */
interface Calls {
  any: number
  anyFixed: number
  last: number
  unsound: number
}

function watch(options: ExperimentWorldOptions): Calls {
  const calls: Calls = { any: 0, anyFixed: 0, last: 0, unsound: 0 }
  for (let i = 0; i < experiments; i++) {
    const world = experimentWorld({ ...options, seed: FIRST_SEED + i })
    const { start, end } = world
    const columns = inOrder(world.columns)
    const seen = { any: false, anyFixed: false, last: false, unsound: false }
    for (let read = 1; read <= reads; read++) {
      const until = start + ((end - start) * read) / reads
      const found = readout(knownAt(columns, until), experimentOf(world), { until })
      const called = placesOf(found).some(({ verdict }) => verdict === 'better' || verdict === 'worse')
      seen.any ||= called
      seen.anyFixed ||= placesOf(found).some(
        ({ difference, verdict }) => verdict !== 'too few users' && difference.p < 0.05,
      )
      seen.unsound ||= found.decision.kind === 'unsound'
      seen.last = called
    }
    for (const kind of Object.keys(seen) as (keyof Calls)[]) calls[kind] += Number(seen[kind])
  }
  return calls
}

function placesOf({ metrics }: Readout) {
  return [...metrics.values()].flatMap(({ overall, domains }) =>
    domains.size === 1 ? [overall] : [overall, ...domains.values()],
  )
}

/** The effect that so many users show four times in five, as a part of what is bought. */
function plannedEffect(): number {
  const world = experimentWorld({ ...ONE, users: 40_000, seed: FIRST_SEED - 1 })
  const { overall } = [...readout(world.columns, experimentOf(world), { until: world.end }).metrics.values()][0]
  const variance = (overall.error ** 2 * overall.users) / 4
  return detectableEffect(USERS, { variance }) / (RATE * LISTS)
}

const share = (count: number) => `${((100 * count) / experiments).toFixed(1)} %`
const effect = plannedEffect()
const kinds: readonly (readonly [string, ExperimentWorldOptions])[] = [
  ['no effect, one service', ONE],
  ['no effect, three services', { users: USERS }],
  [
    `the planned effect, ${(100 * effect).toFixed(1)} %`,
    { ...ONE, services: { shop: { ...ONE.services.shop, effect } } },
  ],
]
console.log(`${experiments} experiments of ${USERS} users, read ${reads} times each; called at least once:`)
for (const [name, options] of kinds) {
  const { any, anyFixed, last, unsound } = watch(options)
  console.log(
    `${name}: anytime ${share(any)} (at the last read ${share(last)}), one-look intervals ${share(anyFixed)}, unsound ${share(unsound)}`,
  )
}
