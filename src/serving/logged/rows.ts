import { addPair, createCalibration, type Level, type Logged, type Target } from '../../ope/index.ts'
import type { Decision } from '../decision.ts'
import { Column, Numbers } from './columns.ts'
import { type ExpectedRewards, earnedAt, foldOf } from './expected.ts'
import { PolicyColumns } from './policy-columns.ts'
import { type Again, type DrawnPlace, drawnPlaces } from './redrawn.ts'
import { loggerOf, userOf } from './survey.ts'

export interface RowsOptions {
  /** Default: lists where any has several places, else items. */
  readonly level?: Level | undefined
  readonly per?: 'domain' | 'placement' | undefined
  /** Names of the policies that are asked about. */
  readonly targets: readonly string[]
  readonly expected: ExpectedRewards
  /** The group of each item; absent where there are none. */
  readonly groups?: ReadonlyMap<string, string> | undefined
}

/** A log in columns, with the policies that are asked about. */
export interface LogColumns {
  readonly level: Level
  readonly logged: Logged
  /** As they were given. */
  readonly targets: readonly Target[]
  /** What answered, as if it were asked about. */
  readonly logging: Target
}

/** Lists become columns. */
export class Rows {
  lists = 0
  readonly #options: RowsOptions
  readonly #logging = new PolicyColumns('logging')
  readonly #targets: readonly PolicyColumns[]
  readonly #numbers = {
    user: new Numbers(),
    split: new Numbers(),
    logger: new Numbers(),
    episode: new Numbers(),
    item: new Numbers(),
  }
  // Of lists.
  readonly #user = new Column()
  readonly #split = new Column()
  readonly #logger = new Column()
  readonly #episode = new Column()
  readonly #time = new Column()
  readonly #length = new Column()
  // Of places.
  readonly #reward = new Column()
  readonly #propensity = new Column()
  readonly #predicted = new Column()
  readonly #mixture = new Column()
  readonly #item = new Column()
  readonly #sum = new Column()
  readonly #calibration = createCalibration()
  /** Whether any place had several that answered. */
  #mixed = false

  constructor(options: RowsOptions) {
    this.#options = options
    this.#targets = options.targets.map((name) => new PolicyColumns(name))
  }

  /** @param rewards [items of the list] */
  add(decision: Decision, rewards: Float64Array, { own, targets, rivals }: Again): void {
    const { per, expected, groups } = this.#options
    const { at, domain, placement = 'no placement', session } = decision
    const numbers = this.#numbers
    const user = userOf(decision)
    const drawn = drawnPlaces(decision)
    this.lists++
    this.#user.push(numbers.user.of(user))
    this.#split.push(numbers.split.of(per === 'placement' ? placement : domain))
    this.#logger.push(numbers.logger.of(loggerOf(decision)))
    this.#episode.push(numbers.episode.of(JSON.stringify([user, session])))
    this.#time.push(at)
    this.#length.push(drawn.length)
    const fold = foldOf(user)
    const bases = drawn.map(({ rank }) => expected.base(fold, domain, rank))
    const liftOf = (item: string) => expected.lift(fold, domain, item)
    for (const [step, { at: place, item, propensity }] of drawn.entries()) {
      this.#reward.push(rewards[place])
      this.#propensity.push(propensity)
      this.#item.push(numbers.item.of(item))
      const probabilities = own.probabilities[step]
      this.#sum.push(probabilities.reduce((sum, probability) => sum + probability, 0))
      const shown = own.placeOf(item)
      for (let i = 0; i < probabilities.length; i++) addPair(this.#calibration, probabilities[i], i === shown)
      this.#predicted.push(earnedAt(bases[step], liftOf(item)))
    }
    this.#mixed ||= rivals.length > 1
    for (const mixture of mixtureOf(drawn, rivals)) this.#mixture.push(mixture)
    const places = { places: drawn, bases, liftOf, groupOf: (item: string) => groups?.get(item), own }
    this.#logging.add(own, places)
    for (const [i, columns] of this.#targets.entries()) columns.add(targets[i], places)
  }

  columns(): LogColumns {
    const starts = startsOf(this.#length.toIntegers())
    const { level = this.#reward.length > this.lists ? 'ranking' : 'item', groups } = this.#options
    const logging = this.#logging.toTarget()
    const targets = this.#targets.map((columns) => columns.toTarget())
    const places = { rewards: this.#reward.toFloats(), propensities: this.#propensity.toFloats() }
    if (level === 'episode') return this.#episodes(starts, places, { level, logging, targets })
    const listOf = level === 'item' ? ownersOf(starts) : undefined
    const withGroups = ({ groupProbabilities, ...target }: Target) => ({
      ...target,
      ...(groups !== undefined && { groupProbabilities }),
    })
    return {
      level,
      logged: {
        ...this.#ofUnits(listOf),
        ...(level === 'ranking' && { starts }),
        ...places,
        predicted: this.#predicted.toFloats(),
        expected: logging.expected,
        items: this.#item.toIntegers(),
        sums: this.#sum.toFloats(),
        calibration: this.#calibration,
        ...(this.#mixed && { mixture: this.#mixture.toFloats() }),
        ...(groups !== undefined && { groupPropensities: logging.groupProbabilities }),
      },
      targets: targets.map(withGroups),
      logging: withGroups(logging),
    }
  }

  /** @param lists of which list each unit is; absent: units are lists */
  #ofUnits(lists?: Int32Array) {
    return {
      units: lists?.length ?? this.lists,
      users: this.#user.toIntegers(lists),
      domains: this.#split.toIntegers(lists),
      domainNames: this.#numbers.split.names,
      times: this.#time.toFloats(lists),
      loggers: this.#logger.toIntegers(lists),
    }
  }

  /** A step is a list: probable as all of its places together, and worth what they earned together. */
  #episodes(
    starts: Int32Array,
    { rewards, propensities }: Pick<Logged, 'rewards' | 'propensities'>,
    { level, logging, targets }: Pick<LogColumns, 'level' | 'logging' | 'targets'>,
  ): LogColumns {
    const episodes = this.#episode.toIntegers()
    const order = Int32Array.from(episodes.keys()).sort((a, b) => episodes[a] - episodes[b] || a - b)
    const lengths = new Int32Array(this.#numbers.episode.names.length)
    for (const episode of episodes) lengths[episode]++
    const first = startsOf(lengths)
    const over = (column: Float64Array, start: number, join: (a: number, b: number) => number) =>
      Float64Array.from(order, (list) => column.subarray(starts[list], starts[list + 1]).reduce(join, start))
    const product = (column: Float64Array) => over(column, 1, (a, b) => a * b)
    const sum = (column: Float64Array) => over(column, 0, (a, b) => a + b)
    const target = ({ name, probabilities }: Target) => ({ name, probabilities: product(probabilities) })
    return {
      level,
      logged: {
        ...this.#ofUnits(Int32Array.from(lengths, (_, episode) => order[first[episode]])),
        starts: first,
        rewards: sum(rewards),
        propensities: product(propensities),
      },
      targets: targets.map(target),
      logging: target(logging),
    }
  }
}

/**
 * How probable all that answered at a place together make each item of a list, given those above: whoever makes those above more
 * probable has more likely drawn them.
 */
function mixtureOf(places: readonly DrawnPlace[], rivals: Again['rivals']): readonly number[] {
  const shares = rivals.map(({ share }) => share)
  return places.map(({ item, propensity }, step) => {
    const before = shares.reduce((sum, share) => sum + share, 0)
    for (const [i, { redrawn }] of rivals.entries()) {
      const place = redrawn?.placeOf(item)
      shares[i] *= redrawn === undefined ? propensity : place === undefined ? 0 : redrawn.probabilities[step][place]
    }
    return shares.reduce((sum, share) => sum + share, 0) / before
  })
}

function startsOf(lengths: Int32Array): Int32Array {
  const starts = new Int32Array(lengths.length + 1)
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i] + length
  return starts
}

/** Of each place, its list. */
function ownersOf(starts: Int32Array): Int32Array {
  const owners = new Int32Array(starts[starts.length - 1])
  for (let list = 0; list + 1 < starts.length; list++) owners.fill(list, starts[list], starts[list + 1])
  return owners
}
