import { ESTIMATORS, estimate, evaluate, type Features, type Judged, withRewardModel } from '../../src/ope/index.ts'
import { type LoggedWorld, type LoggedWorldOptions, loggedWorld } from './logged-worlds.ts'

/** How often an interval held the truth, and how often there was one. */
export interface Covered {
  held: number
  given: number
}

export interface Coverage {
  /** Of the value, over all domains. By estimator, as the others. */
  readonly value: ReadonlyMap<string, Covered>
  /** Of target less served, over all domains. */
  readonly difference: ReadonlyMap<string, Covered>
  /** The same in each domain. */
  readonly domains: ReadonlyMap<string, Covered>
  /** Of the value where rows are taken for users of their own; if asked for. */
  readonly rows: ReadonlyMap<string, Covered>
  /** Logs of which nothing was said of all domains together. */
  readonly refused: number
}

export interface CoverageOptions {
  readonly seeds: number
  /** The first of them. Default 1. */
  readonly from?: number | undefined
  /** As of `EstimateOptions`. */
  readonly samples?: number | undefined
  readonly drawnBelow?: number | undefined
  /** Count for `rows`, too. */
  readonly rows?: boolean | undefined
}

/**
 * Draws logs of one world and counts whose 95 % intervals hold what is true. Where the log is refused nothing is counted. The reward model
 * knows items and tastes, but not that tastes differ in what they like: it is wrong, as all are.
 */
export function coverageIn(
  options: LoggedWorldOptions,
  { seeds, from = 1, samples, drawnBelow, rows }: CoverageOptions,
): Coverage {
  const counts = { value: new Map(), difference: new Map(), domains: new Map(), rows: new Map() }
  const count = (
    of: Map<string, Covered>,
    name: string,
    { low, high }: { low: number; high: number },
    truth: number,
  ) => {
    const covered = of.get(name) ?? { held: 0, given: 0 }
    of.set(name, covered)
    covered.given++
    if (low <= truth && truth <= high) covered.held++
  }
  let refused = 0
  for (let seed = from; seed < from + seeds; seed++) {
    const world = loggedWorld({ ...options, seed })
    const { truth, served } = world
    const { logged, target } = withModel(world)
    const [{ overall, domains }] = evaluate(logged, [target], { seed, samples, drawnBelow }).targets
    if (overall.refusal !== undefined) refused++
    for (const { estimator, value, difference } of overall.estimates) {
      count(counts.value, estimator, value, truth.overall)
      count(counts.difference, estimator, difference, truth.overall - served.overall)
    }
    for (const { domain = '', estimates } of domains as readonly Judged[]) {
      const place = logged.domainNames.indexOf(domain)
      for (const { estimator, difference } of estimates)
        count(counts.domains, estimator, difference, truth.domains[place] - served.domains[place])
    }
    if (!rows) continue
    const alone = { ...logged, users: Int32Array.from({ length: logged.units }, (_, unit) => unit) }
    const names = new Set(overall.estimates.map(({ estimator }) => estimator))
    const estimators = ESTIMATORS.filter(({ name }) => names.has(name))
    for (const { estimator, value } of estimate(alone, target, estimators, { seed, drawnBelow: 0 }).overall.estimates)
      count(counts.rows, estimator, value, truth.overall)
  }
  return { ...counts, refused }
}

function withModel(world: LoggedWorld) {
  const { logged, target, items, contexts, context, item, cells } = world
  const tastes = contexts / logged.domainNames.length
  const width = tastes + items
  const features = (share: (unit: number, of: number) => number): Features => {
    const data = new Float64Array(logged.units * width)
    for (let unit = 0; unit < logged.units; unit++) {
      data[unit * width + (context[unit] % tastes)] = 1
      for (let of = 0; of < items; of++) data[unit * width + tastes + of] = share(unit, of)
    }
    return { width, data }
  }
  const shown = {
    ...logged,
    features: features((unit, of) => Number(item[unit] === of)),
  }
  const wished = { ...target, features: features((unit, of) => cells.target[context[unit] * items + of]) }
  const modeled = withRewardModel(shown, [wished])
  return { logged: modeled.logged, target: modeled.targets[0] }
}
