import { createRng, type Rng } from '../../src/math/index.ts'
import {
  anytimeInterval,
  differenceOf,
  type Effect,
  fixedInterval,
  type Moments,
  usersNeeded,
} from '../../src/statistics/index.ts'

/** What a user of an arm is worth. */
export interface Outcome {
  readonly name: string
  /** At one read, of a user who is there; `lift` is added to its mean. */
  draw(rng: Rng, lift: number): number
  /** Of what is drawn, in the mean of an arm without and an arm with `lift`. */
  variance(lift: number): number
  /** Whether users come back and add to their value at every read, or come once. */
  readonly returns: boolean
}

const bernoulli = (p: number) => p * (1 - p)

/** One in twenty buys. */
export const conversion: Outcome = {
  name: 'one in twenty buys',
  draw: (rng, lift) => (rng.float() < 0.05 + lift ? 1 : 0),
  variance: (lift) => (bernoulli(0.05) + bernoulli(0.05 + lift)) / 2,
  returns: false,
}

const SPREAD = 1
const average = Math.exp(SPREAD ** 2 / 2)
const square = Math.exp(2 * SPREAD ** 2)
const spent = (lift: number) => 0.1 * (square + 20 * lift * average + (lift / 0.1) ** 2) - (0.1 * average + lift) ** 2

/** One in ten spends an amount that a few spend many times of. */
export const spend: Outcome = {
  name: 'one in ten spends, a few a lot',
  draw: (rng, lift) => (rng.float() < 0.1 ? Math.exp(SPREAD * rng.normal()) + lift / 0.1 : 0),
  variance: (lift) => (spent(0) + spent(lift)) / 2,
  returns: false,
}

/** Each day of theirs, users buy with a chance of one in fifty. */
export const visits: Outcome = {
  name: 'users return and buy again',
  draw: (rng, lift) => (rng.float() < 0.02 + lift ? 1 : 0),
  variance: (lift) => (bernoulli(0.02) + bernoulli(0.02 + lift)) / 2,
  returns: true,
}

export interface Watched {
  readonly outcome: Outcome
  /** Of both arms together, at the end. */
  readonly users: number
  /** How much more the treatment is worth a user (a day, where users return). */
  readonly lift?: number
  readonly reads?: number
  readonly seed: number
}

/** An experiment as it is seen at each of its reads: a differing number of users, of whom some have just come. */
export function* watched({ outcome, users, lift = 0, reads = 50, seed }: Watched): Generator<Effect> {
  const rng = createRng(seed).split('watched', outcome.name)
  const arms = [0, lift].map((of) => ({ lift: of, values: new Float64Array(users / 2), here: 0 }))
  for (let read = 1; read <= reads; read++) {
    // Those who return have all come in the first half, so that their values go on to grow.
    const share = outcome.returns ? Math.min(1, (2 * read) / reads) : read / reads
    for (const arm of arms) {
      const before = arm.here
      arm.here = Math.round(share * arm.values.length)
      for (let user = outcome.returns ? 0 : before; user < arm.here; user++)
        arm.values[user] += outcome.draw(rng, arm.lift)
    }
    const [control, treatment] = arms.map(({ values, here }) => moments(values, here))
    yield differenceOf(control, treatment)
  }
}

function moments(values: Float64Array, n: number): Moments {
  let [sum, squares] = [0, 0]
  for (let i = 0; i < n; i++) {
    sum += values[i]
    squares += values[i] ** 2
  }
  return { n, mean: sum / n, variance: (squares - sum ** 2 / n) / (n - 1) }
}

/** At which read (from 1) each way of looking first called a difference; 0 for never. */
export interface Calls {
  readonly anytime: number
  readonly fixed: number
  readonly fixedAtEnd: boolean
}

export function calls(experiment: Watched): Calls {
  let [anytime, fixed, read] = [0, 0, 0]
  let fixedAtEnd = false
  for (const effect of watched(experiment)) {
    read++
    if (anytime === 0 && anytimeInterval(effect, { planned: experiment.users }).p < 0.05) anytime = read
    fixedAtEnd = fixedInterval(effect).p < 0.05
    if (fixed === 0 && fixedAtEnd) fixed = read
  }
  return { anytime, fixed, fixedAtEnd }
}

/** Users of both arms that the plan takes to see `lift` in four of five experiments, as an even number of reads. */
export function planned({ variance }: Outcome, lift: number, reads = 50): number {
  return 2 * reads * Math.ceil(usersNeeded(lift, { variance: variance(lift) }) / (2 * reads))
}
