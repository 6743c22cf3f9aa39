// A world from published logs of a language model: what was paid to half of the users makes the world to learn in, the other half the judge.
import type { RewardMatrix } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import {
  createEnvironment,
  type DemonstrationStep,
  leastByHazard,
  type Play,
  parseLeaveRule,
} from '../../src/rl/index.ts'
import { WINDOW } from './audit.ts'
import { catalogueOf, demonstrated, type Recording, readRecordings, type Shop } from './recordings.ts'
import { type PaidRow, type TwoSimulators, twoSimulators, type World } from './worlds.ts'

/** Steps at which a user left, after which nobody knows what they would have paid. */
const LOW = 2

/** Users whose rewards must be known of an item, in each half. */
const LEAST: Readonly<Record<Shop, number>> = { steam: 2, amazon: 1 }

/**
 * Users are drawn into two halves. Items are those that enough users of each half met, rows what they were paid, each pair once, in the order
 * of the recordings. Of the demonstrations only the items count; what they pay is asked of the world model.
 */
export async function surrogateOf(shop: Shop, split: number): Promise<World> {
  const recordings = readRecordings().filter(({ env, split }) => env === shop && split === 'test')
  const users = [...new Set(recordings.map(({ userid }) => userid))].sort((a, b) => a - b)
  const drawn = createRng(split).split('users', shop).shuffle(Int32Array.from(users))
  const learning = new Set(drawn.subarray(0, drawn.length / 2))
  const [ours, others] = [true, false].map((own) => recordings.filter(({ userid }) => learning.has(userid) === own))
  const items = itemsOf(ours, others, LEAST[shop])
  const rows = [...paidRows(ours, items, 'train'), ...paidRows(others, items, 'test')]
  const catalogue = catalogueOf(shop)
  const two = await twoSimulators(`${shop}-100 surrogate ${split}`, rows, [
    { name: 'category', kind: 'labels', of: new Map([...items].map((item) => [item, catalogue.get(item) ?? []])) },
  ])
  const play = playOf(ours, items, two)
  const hazard = hazardOf(ours, items)
  const leave = (rewards: RewardMatrix) => {
    const least = leastByHazard(rewards, play, { window: WINDOW, hazard })
    return [`low-reward:${LOW}`, `distance:${WINDOW}:${least}`]
  }
  const rules = leave(two.truth)
  return {
    ...two,
    believedLeave: leave(two.believed),
    leave: rules,
    demonstrations: demonstrated(ours),
    demonstrator: async () => replayed(demonstrated(others), two, rules),
  }
}

/** Recorded recommendations in the truth, up to where a user leaves there, or the recording ends: what comes after nobody knows. */
function replayed(
  recorded: readonly DemonstrationStep[],
  { dataset, truth }: TwoSimulators,
  leave: readonly string[],
): DemonstrationStep[] {
  const { rules } = createEnvironment({ ...dataset, truth }, { leave: leave.map(parseLeaveRule) })
  const rowOf = new Map(Array.from(truth.users, (user, row) => [dataset.users.name(user), row]))
  const columnOf = new Map(Array.from(truth.items, (item, column) => [dataset.items.name(item), column]))
  const steps: DemonstrationStep[] = []
  let columns: number[] = []
  for (const step of recorded) {
    const last = steps.at(-1)
    if (last?.episode === step.episode && last.terminal) continue
    if (last?.episode !== step.episode) columns = []
    const [row, column] = [rowOf.get(step.user), columnOf.get(step.item)]
    if (row === undefined || column === undefined) continue
    const reward = truth.at(row, column)
    const t = columns.length
    const terminal = rules.some((rule) => rule.leaves(Int32Array.from(columns.slice(rule.from(t))), column, reward))
    columns.push(column)
    steps.push({ ...step, reward, terminal })
  }
  return steps
}

function itemsOf(ours: readonly Recording[], others: readonly Recording[], least: number): Set<string> {
  const counts = [ours, others].map((half) => {
    const met = new Map<string, Set<number>>()
    for (const { userid, steps } of half)
      for (const { item, reward } of steps)
        if (reward !== null) met.set(item, (met.get(item) ?? new Set<number>()).add(userid))
    return met
  })
  const enough = (met: Map<string, Set<number>>, item: string) => (met.get(item)?.size ?? 0) >= least
  return new Set([...counts[0].keys()].filter((item) => counts.every((met) => enough(met, item))).sort())
}

function paidRows(half: readonly Recording[], items: ReadonlySet<string>, part: PaidRow['part']): PaidRow[] {
  const seen = new Set<string>()
  return half.flatMap(({ userid, steps }) =>
    steps.flatMap(({ item, reward }) => {
      const key = `${userid} ${item}`
      if (reward === null || !items.has(item) || seen.has(key)) return []
      seen.add(key)
      return [{ user: String(userid), item, value: reward, part }]
    }),
  )
}

/** The columns that were recommended, an array an episode; what lies outside of the matrix is left out. */
function playOf(half: readonly Recording[], items: ReadonlySet<string>, { believed, dataset }: TwoSimulators): Play {
  const columnOf = new Map(Array.from(believed.items, (item, column) => [dataset.items.name(item), column]))
  return half.map(({ steps }) =>
    Int32Array.from(steps.filter(({ item }) => items.has(item)).map(({ item }) => columnOf.get(item)!)),
  )
}

/** Endings a step, of steps with these items. */
function hazardOf(half: readonly Recording[], items: ReadonlySet<string>): number {
  const steps = half.flatMap(({ steps }) => steps).filter(({ item }) => items.has(item))
  return steps.filter(({ user_left }) => user_left).length / steps.length
}
