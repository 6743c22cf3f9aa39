import { giveWay, type Policy, type Trajectories, TributaryError } from '../../core/index.ts'
import { best, draw } from './act.ts'
import { createMemory, scoresOf } from './memory.ts'
import { createSimulator, type Environment, type Mode, type Simulator, type Users } from './simulator.ts'

export interface RollOutOptions {
  readonly mode: Mode
  readonly episodes: number
  /** Of users and of whatever the policy draws: policies of the same seed meet the same users. */
  readonly seed: number
  /** Default `drawn`. */
  readonly users?: Users | undefined
  /** Episodes at a time; no result depends on it. Default 256. */
  readonly parallel?: number | undefined
  /** Called after each turn of all with the number of episodes that have ended. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Lets a policy act in the simulator, episodes side by side: what a slot has ended is followed by the next one at once, so that
 * the policy is always asked for many scores in one call.
 * @throws TributaryError `bad-argument` for no episodes and as `createSimulator`; `bad-shape` and `not-finite` for wrong scores;
 * `interrupted`
 */
export async function rollOut(
  policy: Policy,
  environment: Environment,
  options: RollOutOptions,
): Promise<Trajectories> {
  const { mode, episodes, seed, users, parallel = 256, onProgress, signal } = options
  if (!Number.isInteger(episodes) || episodes < 1)
    throw new TributaryError('bad-argument', `${episodes} episodes were asked for; give at least 1`)
  const slots = Math.min(parallel, episodes)
  const simulator = createSimulator(environment, { mode, slots, seed, users })
  const { maxLength } = simulator
  const recorded = {
    users: new Int32Array(episodes),
    lengths: new Int32Array(episodes),
    maxLength,
    items: new Int32Array(episodes * maxLength),
    rewards: new Float32Array(episodes * maxLength),
    endings: new Int8Array(episodes),
  }
  const memories = Array.from({ length: slots }, () => createMemory(policy, environment, simulator))
  const choose = createChoice(policy, simulator)
  const episodeOf = new Int32Array(slots)
  const actions = new Int32Array(slots)
  let begun = 0
  let ended = 0
  const begin = (slot: number) => {
    episodeOf[slot] = begun
    simulator.start(slot, begun++)
    memories[slot].begin(environment.rewards.users[simulator.rows[slot]])
  }
  for (let slot = 0; slot < slots; slot++) begin(slot)
  while (ended < episodes) {
    await giveWay(signal, () => `stopped after ${ended} of ${episodes} episodes`)
    const busy: number[] = []
    for (let slot = 0; slot < slots; slot++) if (simulator.active[slot] === 1) busy.push(slot)
    const queries = busy.map((slot) => memories[slot].query())
    const scores = await scoresOf(policy, queries, environment)
    for (const [index, slot] of busy.entries()) actions[slot] = choose(scores, index, slot)
    simulator.step(actions)
    for (const slot of busy) {
      const last = slot * maxLength + simulator.turns[slot] - 1
      memories[slot].append(environment.rewards.items[simulator.columns[last]], simulator.rewards[last])
      if (simulator.active[slot] === 1) continue
      record(recorded, episodeOf[slot], slot, simulator)
      ended++
      if (begun < episodes) begin(slot)
    }
    onProgress?.(ended, episodes)
  }
  return recorded
}

/** From a call's scores to the column that the policy takes for query `index`, which is the one of `slot`. */
export function createChoice(policy: Pick<Policy, 'acting' | 'avoidsLeaving'>, simulator: Simulator) {
  const { rewards, range } = simulator.environment
  const size = rewards.items.length
  const positions = rewards.items.map((item) => item - range.start)
  const marks = new Uint8Array(size)
  const scratch = new Float64Array(policy.acting === 'sampled' ? size : 0)
  return (scores: Float32Array, index: number, slot: number): number => {
    const given = { scores, offset: index * (range.end - range.start), positions }
    const rng = simulator.rng(slot)
    const pick = () => (policy.acting === 'greedy' ? best(given, marks, rng) : draw(given, marks, rng, scratch))
    marks.fill(0)
    simulator.markForbidden(slot, marks)
    if (policy.avoidsLeaving) {
      simulator.markLeaving(slot, marks)
      const column = pick()
      if (column !== -1) return column
      marks.fill(0)
      simulator.markForbidden(slot, marks)
    }
    return pick()
  }
}

function record(trajectories: Trajectories, episode: number, slot: number, simulator: Simulator): void {
  const { maxLength, users, lengths, items, rewards, endings } = trajectories
  const pays = simulator.environment.rewards
  const length = simulator.turns[slot]
  users[episode] = pays.users[simulator.rows[slot]]
  lengths[episode] = length
  endings[episode] = simulator.endings[slot]
  for (let t = 0; t < length; t++) {
    const from = slot * maxLength + t
    items[episode * maxLength + t] = pays.items[simulator.columns[from]]
    rewards[episode * maxLength + t] = simulator.rewards[from]
  }
}
