import { type Dataset, domainOfItem, type ItemRange, type RewardMatrix, TributaryError } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { type ItemLabels, type LeaveRule, type PreparedRule, prepareRule } from './leave-rule.ts'

/**
 * How an episode goes: `free`, items may be repeated; `noRepeat`, none is recommended twice; `noRepeat10`, none twice and always
 * ten turns, whatever the rules for leaving say. The papers of DORL and its followers call them FB, NX_0 and NX_10.
 */
export const MODES = ['free', 'noRepeat', 'noRepeat10'] as const
export type Mode = (typeof MODES)[number]

/** Turns of an episode of `noRepeat10`. */
const FORCED_TURNS = 10

export interface EnvironmentOptions {
  /** The user leaves as soon as one of them says so. Default none. */
  readonly leave?: readonly LeaveRule[] | undefined
  /** Turns after which an episode ends in any case. Default 30. */
  readonly maxLength?: number | undefined
}

/** What does not change from one episode to another: who is there, what may be recommended, what it pays, when a user leaves. */
export interface Environment {
  readonly dataset: Dataset
  /** What every pair of its users and items pays. */
  readonly rewards: RewardMatrix
  /** Of all its items. */
  readonly domain: number
  /** The narrowest range of item ids that holds them. */
  readonly range: ItemRange
  /** Categories of the dataset's items; undefined where nothing is known of them. */
  readonly labels: ItemLabels | undefined
  readonly leave: readonly LeaveRule[]
  readonly rules: readonly PreparedRule[]
  readonly maxLength: number
}

/** It pays by the truth. Nothing that learns takes one. */
export interface JudgingEnvironment extends Environment {
  readonly judges: true
}

/** It pays by what is believed, for policies to learn in. */
export interface BelievedEnvironment extends Environment {
  readonly judges: false
}

/**
 * The simulator of a dataset, which pays by its truth and judges.
 * @throws TributaryError `bad-dataset` for a dataset without truth; and as `believedEnvironment`
 */
export function createEnvironment(dataset: Dataset, options: EnvironmentOptions = {}): JudgingEnvironment {
  const { truth } = dataset
  if (truth === undefined)
    throw new TributaryError(
      'bad-dataset',
      `'${dataset.name}' does not say what each pair of user and item pays, which a simulator must know; import it with --truth FILE, a table of user, item and reward, or with a reader that brings a truth (coat, kuairec, kuairand, yahoo-r3)`,
    )
  return { ...environmentOf(dataset, truth, options), judges: true }
}

/**
 * A simulator that pays what a model believes of a dataset's users.
 * @throws TributaryError `bad-dataset` for rewards over several domains or of users or items that the dataset does not have;
 * `bad-argument` for a length below 1 and as `prepareRule`
 */
export function believedEnvironment(
  dataset: Dataset,
  rewards: RewardMatrix,
  options: EnvironmentOptions = {},
): BelievedEnvironment {
  return { ...environmentOf(dataset, rewards, options), judges: false }
}

function environmentOf(
  dataset: Dataset,
  rewards: RewardMatrix,
  { leave = [], maxLength = 30 }: EnvironmentOptions,
): Environment {
  if (!Number.isInteger(maxLength) || maxLength < 1)
    throw new TributaryError(
      'bad-argument',
      `episodes of at most ${maxLength} turns were asked for; the longest must have a whole number of at least 1`,
    )
  refuseForeign(dataset, 'users', rewards.users, 0, dataset.users.size)
  refuseForeign(dataset, 'items', rewards.items, 1, dataset.items.size)
  const domain = domainOfItem(dataset, rewards.items[0])
  const stray = rewards.items.find((item) => domainOfItem(dataset, item) !== domain)
  if (stray !== undefined) {
    const [one, other] = [dataset.domains[domain], dataset.domains[domainOfItem(dataset, stray)]]
    const message = `the rewards of '${dataset.name}' are of items of '${one}' and of '${other}'; a simulator recommends within one domain`
    throw new TributaryError('bad-dataset', message)
  }
  const labels = itemLabels(dataset)
  return {
    dataset,
    rewards,
    domain,
    range: {
      start: rewards.items.reduce((a, b) => Math.min(a, b)),
      end: 1 + rewards.items.reduce((a, b) => Math.max(a, b)),
    },
    labels,
    leave,
    rules: leave.map((rule) => prepareRule(rule, rewards, labels)),
    maxLength,
  }
}

function refuseForeign({ name }: Dataset, kind: string, ids: Int32Array, from: number, to: number): void {
  const foreign = ids.find((id) => id < from || id >= to)
  if (foreign === undefined) return
  const message = `the rewards of '${name}' name ${kind} that the dataset does not have, such as ${foreign}; their ids are ${from} to ${to - 1}`
  throw new TributaryError('bad-dataset', message)
}

/** The feature `category`, whose items may have several, or else the categories of the log. */
export function itemLabels({ categories, itemFeatures, items }: Dataset): ItemLabels | undefined {
  const feature = itemFeatures?.find(({ name }) => name === 'category')
  if (feature?.kind === 'labels') return feature
  if (categories === undefined) return undefined
  const start = new Int32Array(items.size + 1)
  for (let item = 0; item < items.size; item++) start[item + 1] = start[item] + (categories.ofItem[item] === 0 ? 0 : 1)
  return { labels: categories.names, start, ids: categories.ofItem.filter((category) => category !== 0) }
}

/** Who comes: `drawn`, any user with the same probability, again and again; `in-turn`, episode e meets the user of row e mod rows. */
export const USERS = ['drawn', 'in-turn'] as const
/** Or the users of a list of ids, in its order, again and again. */
export type Users = (typeof USERS)[number] | Int32Array

export interface SimulatorOptions {
  readonly mode: Mode
  /** Episodes at a time. No result depends on it. */
  readonly slots: number
  /** Of users and of whatever a policy draws. */
  readonly seed: number
  /** Default `drawn`. */
  readonly users?: Users | undefined
}

/**
 * Many episodes side by side, each in a slot, their state in typed arrays. An episode's user and random numbers derive from the
 * seed and its own number alone, so neither the slot nor its neighbors matter.
 */
export interface Simulator {
  readonly environment: Environment
  readonly mode: Mode
  /** Most turns of an episode in this mode. */
  readonly maxLength: number
  /** 1 where an episode goes on. [slots] */
  readonly active: Uint8Array
  /** Row of the user. [slots] */
  readonly rows: Int32Array
  /** Recommendations made so far. [slots] */
  readonly turns: Int32Array
  /** Columns recommended, [slots × maxLength]; those from the turn on are stale. */
  readonly columns: Int32Array
  /** What they paid. [slots × maxLength] */
  readonly rewards: Float32Array
  /** Of an episode that has ended, the place among `environment.rules` of the one that ended it; −1 where it went on to its last turn. [slots] */
  readonly endings: Int8Array
  /** Random numbers of the episode in a slot. */
  rng(slot: number): Rng
  /** Begins an episode. */
  start(slot: number, episode: number): void
  /**
   * One turn in every active slot: slot s recommends column actions[s]. Slots whose episode ends become inactive.
   * @param paid what slot s is paid, in place of the environment's rewards; of active slots alone
   * @throws TributaryError `bad-argument` for an action that is no column or a forbidden repeat; `not-finite` for what it pays
   */
  step(actions: Int32Array, paid?: Float32Array): void
  /** Sets marks[c] to 1 for the columns that the mode forbids now. */
  markForbidden(slot: number, marks: Uint8Array): void
  /** Sets marks[c] to 1 for the columns after which the user would leave now, as far as the rules tell before the reward is paid. */
  markLeaving(slot: number, marks: Uint8Array): void
}

/** @throws TributaryError `bad-argument` for no slots, fewer items than turns that must not repeat one, or users that are not there */
export function createSimulator(environment: Environment, options: SimulatorOptions): Simulator {
  const { rewards: pays, rules } = environment
  const { mode, slots, users = 'drawn' } = options
  const forced = mode === 'noRepeat10'
  const repeats = mode === 'free'
  const maxLength = forced ? FORCED_TURNS : environment.maxLength
  const size = pays.items.length
  if (!Number.isInteger(slots) || slots < 1)
    throw new TributaryError('bad-argument', `${slots} episodes at a time were asked for; give at least 1`)
  if (!repeats && size < maxLength)
    throw new TributaryError(
      'bad-argument',
      `episodes of ${maxLength} turns without repeats need as many items, but the simulator of '${environment.dataset.name}' has ${size}; ${forced ? 'leave out the mode noRepeat10' : `allow at most ${size} turns`}`,
    )
  const root = createRng(options.seed).split('episode')
  const rngs: Rng[] = new Array(slots)
  const active = new Uint8Array(slots)
  const rows = new Int32Array(slots)
  const turns = new Int32Array(slots)
  const columns = new Int32Array(slots * maxLength)
  const rewards = new Float32Array(slots * maxLength)
  const endings = new Int8Array(slots)
  const rowOf = listedRows(users, environment)
  // Where several rules would end an episode, a low reward is the reason.
  const inOrder = [...rules.keys()].sort((a, b) => Number(rules[b].window === 0) - Number(rules[a].window === 0))

  /** What a rule looks back at before turn t. */
  const past = (slot: number, rule: PreparedRule): Int32Array => {
    const t = turns[slot]
    return columns.subarray(slot * maxLength + rule.from(t), slot * maxLength + t)
  }
  const check = (slot: number, column: number): void => {
    if (!Number.isInteger(column) || column < 0 || column >= size)
      throw new TributaryError('bad-argument', `column ${column} was recommended; the simulator has 0 to ${size - 1}`)
    const done = slot * maxLength
    if (!repeats && columns.subarray(done, done + turns[slot]).includes(column))
      throw new TributaryError(
        'bad-argument',
        `item ${pays.items[column]} was recommended twice in an episode without repeats`,
      )
  }
  const reasonToLeave = (slot: number, column: number, reward: number): number => {
    for (const place of inOrder) if (rules[place].leaves(past(slot, rules[place]), column, reward)) return place
    return -1
  }
  const turn = (slot: number, column: number, paid: number | undefined): void => {
    check(slot, column)
    const t = turns[slot]
    const reward = paid ?? pays.at(rows[slot], column)
    if (!Number.isFinite(reward))
      throw new TributaryError(
        'not-finite',
        `item ${pays.items[column]} pays user ${pays.users[rows[slot]]} ${reward}; every reward of a simulator must be a finite number`,
      )
    const reason = forced ? -1 : reasonToLeave(slot, column, reward)
    columns[slot * maxLength + t] = column
    rewards[slot * maxLength + t] = reward
    turns[slot] = t + 1
    if (reason === -1 && t + 1 < maxLength) return
    active[slot] = 0
    endings[slot] = reason
  }
  return {
    environment,
    mode,
    maxLength,
    active,
    rows,
    turns,
    columns,
    rewards,
    endings,
    rng: (slot) => rngs[slot],
    start(slot, episode) {
      const rng = root.split(episode)
      rngs[slot] = rng
      rows[slot] = rowOf === undefined ? rng.below(pays.users.length) : rowOf[episode % rowOf.length]
      turns[slot] = 0
      active[slot] = 1
    },
    step(actions, paid) {
      for (let slot = 0; slot < slots; slot++) if (active[slot] === 1) turn(slot, actions[slot], paid?.[slot])
    },
    markForbidden(slot, marks) {
      if (repeats) return
      for (let i = slot * maxLength; i < slot * maxLength + turns[slot]; i++) marks[columns[i]] = 1
    },
    markLeaving(slot, marks) {
      if (forced) return
      for (const rule of rules) rule.mark(past(slot, rule), marks)
    },
  }
}

/** Rows of the users that come in turn; undefined where they are drawn. */
function listedRows(users: Users, { rewards, dataset }: Environment): Int32Array | undefined {
  if (users === 'drawn') return undefined
  if (users === 'in-turn') return Int32Array.from(rewards.users, (_, row) => row)
  const rows = new Map(Array.from(rewards.users, (user, row) => [user, row]))
  if (users.length === 0) throw new TributaryError('bad-argument', 'a list of no users was given; name at least one')
  return users.map((user) => {
    const row = rows.get(user)
    if (row !== undefined) return row
    const name = user >= 0 && user < dataset.users.size ? `'${dataset.users.name(user)}'` : String(user)
    throw new TributaryError(
      'bad-argument',
      `user ${name} is not among the ${rewards.users.length} users whom the simulator of '${dataset.name}' knows the rewards of`,
    )
  })
}
