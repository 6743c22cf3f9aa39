import type { Believed, RewardMatrix } from '../../core/index.ts'
import { type BelievedEnvironment, createChoice, type RewardShaper } from '../../rl/index.ts'
import type { ActorCritic } from './actor-critic.ts'
import { type Collection, type CollectOptions, collect } from './collect.ts'

/**
 * A policy that draws among A items with this share of log A is as sure as one that draws among A^.05: 1.3 of 300, 1.6 of 10,000. So it
 * hardly ever takes another item in the place of the first, and cannot find out that one is better.
 */
const COLLAPSED = 0.05

/** The mean of each item's rewards over the users, by item id. [size] */
export function meanRewards(size: number, { users, items, row }: RewardMatrix): Float32Array {
  const sums = new Float64Array(items.length)
  for (let r = 0; r < users.length; r++) for (const [column, reward] of row(r).entries()) sums[column] += reward
  const means = new Float32Array(size)
  for (const [column, item] of items.entries()) means[item] = sums[column] / users.length
  return means
}

/**
 * What a policy is paid in the world that it learned in, and what the list is that pleases users best there on average: the same users, the same
 * rules, the same shaper. The list avoids what users leave for, as long as it can.
 */
export async function believedReturns(
  actor: ActorCritic,
  environment: BelievedEnvironment,
  shaper: RewardShaper,
  options: CollectOptions,
): Promise<Believed> {
  const { rewards: believed, range } = environment
  const own = await collect(actor, environment, shaper, options)
  const scores = meanRewards(range.end, believed).subarray(range.start)
  const list = await collect(actor, environment, shaper, {
    ...options,
    takes: (simulator) => {
      const choose = createChoice({ acting: 'greedy', avoidsLeaving: true }, simulator)
      return (slot) => choose(scores, 0, slot)
    },
  })
  const mean = ({ rewards, episodes }: Collection) => rewards.reduce((sum, reward) => sum + reward, 0) / episodes
  return {
    return: mean(own),
    listReturn: mean(list),
    entropy: own.entropy,
    entropyAtRandom: Math.log(believed.items.length),
  }
}

/** A sentence each. */
export function cautionsOf({ return: own, listReturn, entropy, entropyAtRandom }: Believed): string[] {
  const shown = (value: number) => value.toFixed(2)
  const cautions: string[] = []
  if (entropy < COLLAPSED * entropyAtRandom)
    cautions.push(
      `it is sure of nearly every item that it takes (entropy ${shown(entropy)}, at random ${shown(entropyAtRandom)}) and tries no others, so more epochs teach it little; an entropyCoefficient, or dropout, keeps others alive`,
    )
  if (own < listReturn)
    cautions.push(
      `it believes to earn ${shown(own)} an episode, and ${shown(listReturn)} with one list for all: it has learned nothing about anybody yet; more epochs, user=vector or another gamma may help, and if they do not, the list is better`,
    )
  return cautions
}
