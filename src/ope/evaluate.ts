import { TributaryError, unknownName } from '../core/index.ts'
import type { WeightedWorth } from '../statistics/index.ts'
import { anytimeWorth } from './anytime.ts'
import { calibrationGroups } from './calibration.ts'
import { given } from './columns.ts'
import {
  type Check,
  calibrationCheck,
  driftChecks,
  effectiveSizeChecks,
  exploredCheck,
  heaviestCheck,
  lateCheck,
  meanWeightCheck,
  nullPolicyCheck,
  propensitiesCheck,
  supportCheck,
} from './diagnostics.ts'
import { driftOf, spanOf } from './drift.ts'
import type { Estimator, Level, Need } from './estimator.ts'
import { ESTIMATORS } from './estimators/index.ts'
import { type Figures, figuresOf } from './figures.ts'
import { type Estimate, estimate, type Scope } from './interval.ts'
import { type Logged, stepByStep, stepsOf, type Target } from './logged.ts'
import { daysOf, type NextSteps, nextSteps, trafficOf } from './next-steps.ts'
import { decidingEstimate, disagreement, type OpeVerdict, verdictsOf } from './verdict.ts'
import { type WeightBin, weightBins } from './weights.ts'

export interface EvaluateOptions {
  /** What is judged as a whole: default lists where units have several steps, else items. */
  readonly level?: Level | undefined
  /** Names; absent: all whose columns there are. */
  readonly estimators?: readonly string[] | undefined
  /** Give the numbers, too, where the log does not support them. */
  readonly force?: boolean | undefined
  /** Of the bootstrap. Default 1. */
  readonly seed?: number | undefined
  readonly samples?: number | undefined
  /** As of `EstimateOptions`. */
  readonly drawnBelow?: number | undefined
  /** Judge by intervals that hold however often a growing log is looked at; between which numbers each reward lies for certain. */
  readonly anytime?: readonly [number, number] | undefined
}

/** What is known of a target in one domain, or in all. */
export interface Judged {
  /** Absent: all domains together. */
  readonly domain?: string | undefined
  readonly verdict: OpeVerdict
  /** Why it is not supported, in one sentence; absent where it is. */
  readonly refusal?: string | undefined
  /** The estimator that decides. */
  readonly by?: string | undefined
  readonly units: number
  readonly users: number
  readonly effective: { readonly users: number; readonly steps: number }
  /** What a unit earned as it was served. */
  readonly logging: Scope['logging']
  /** Empty where the log does not support them and nobody asked for them all the same. */
  readonly estimates: readonly Estimate[]
  /** Where it was asked for: by this the verdict is. */
  readonly anytime?: WeightedWorth | undefined
  /** The two estimators that are furthest apart, in standard errors. */
  readonly apart?: ReturnType<typeof disagreement>
  readonly checks: readonly Check[]
  readonly next?: NextSteps | undefined
}

export interface JudgedTarget {
  readonly name: string
  readonly overall: Judged
  /** Empty where there is but one. */
  readonly domains: readonly Judged[]
  /** How far the weights spread. */
  readonly weights: readonly WeightBin[]
}

/** Several targets, each held against what was served. */
export interface Evaluation {
  readonly level: Level
  readonly units: number
  readonly steps: number
  readonly users: number
  /** Milliseconds since 1970; absent without times. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly estimators: readonly string[]
  readonly targets: readonly JudgedTarget[]
}

/**
 * What each target would have earned, where the log can say it, and why it cannot where not.
 * @throws TributaryError `unknown-name` for an estimator, `bad-column` for columns that one lacks, `bad-shape` for lengths that differ
 */
export function evaluate(columns: Logged, asked: readonly Target[], options: EvaluateOptions = {}): Evaluation {
  const { level = columns.starts === undefined ? 'item' : 'ranking' } = options
  const { logged, targets } = servedByAll(level === 'item' ? stepByStep(columns) : columns, asked)
  const chosen = (target: Target) => estimatorsFor(level, logged, target, options.estimators)
  const ofLog = logChecks(logged, targets, chosen)
  const span = logged.times === undefined ? undefined : spanOf(logged.times)
  const judged = targets.map((target) => judge(logged, target, chosen(target), ofLog, level, options))
  return {
    level,
    units: logged.units,
    steps: stepsOf(logged).count,
    users: new Set(logged.users).size,
    ...(span === undefined ? {} : { since: span[0], until: span[1] }),
    estimators: [...new Set(targets.flatMap((target) => chosen(target).map(({ name }) => name)))],
    targets: judged,
  }
}

/**
 * Where several policies served, what was shown was as probable as all of them together made it: one may never have shown what another
 * did, and what it could not have shown itself says nothing.
 */
function servedByAll(logged: Logged, targets: readonly Target[]): { logged: Logged; targets: readonly Target[] } {
  const { mixture } = logged
  if (mixture === undefined) return { logged, targets }
  return {
    logged: { ...logged, propensities: mixture },
    targets: targets.map(({ unsupported, ...target }) => target),
  }
}

/** Against one policy each; where several served, these say the same as those over all of them, or less. */
const OF_ONE_LOGGER: readonly string[] = ['ipw', 'snipw', 'dr', 'mips', 'sn-mips']

function judge(
  logged: Logged,
  target: Target,
  estimators: readonly Estimator[],
  ofLog: readonly Check[],
  level: Level,
  { force = false, seed = 1, samples, drawnBelow, anytime: range }: EvaluateOptions,
): JudgedTarget {
  const { overall, domains } = estimate(logged, target, estimators, { seed, samples, drawnBelow })
  const places = [overall, ...domains].map((known) => {
    // Where weights are none, or all 0, some estimators say nothing.
    const scope = { ...known, estimates: known.estimates.filter(({ value }) => Number.isFinite(value.mean)) }
    const domain = scope.domain === undefined ? undefined : logged.domainNames.indexOf(scope.domain)
    const figures = figuresOf(logged, target, domain)
    const checks = [...targetChecks(figures, daysIn(logged), level), ...(domain === undefined ? ofLog : [])]
    const refusal = checks.find(({ outcome }) => outcome === 'refused')?.sentence
    // What is wrong with the log as a whole is wrong everywhere.
    const everywhere = ofLog.find(({ outcome }) => outcome === 'refused')?.sentence
    const anytime =
      range && (refusal ?? everywhere) === undefined ? anytimeWorth(logged, target, range, domain) : undefined
    return { scope, domain, figures, checks, refusal: refusal ?? everywhere, anytime }
  })
  const told = places.map(({ scope, refusal, anytime }) =>
    refusal === undefined ? { ...scope, anytime: anytime?.difference } : undefined,
  )
  const verdicts = [...verdictsOf(told.slice(0, 1)), ...verdictsOf(told.slice(1))]
  const [whole, ...parts] = places.map(({ scope, domain, figures, checks, refusal, anytime }, i): Judged => {
    const shown = refusal === undefined || force
    const deciding = shown ? decidingEstimate(scope) : undefined
    const next =
      deciding && nextSteps(verdicts[i], anytime?.difference ?? deciding.difference, trafficOf(logged, domain), level)
    const apart = shown ? disagreement(scope) : undefined
    return {
      ...(scope.domain === undefined ? {} : { domain: scope.domain }),
      verdict: verdicts[i],
      ...(refusal === undefined ? {} : { refusal }),
      ...(deciding === undefined ? {} : { by: deciding.estimator }),
      units: scope.units,
      users: scope.users,
      effective: { users: figures.effectiveUsers, steps: figures.effectiveSteps },
      logging: scope.logging,
      estimates: shown ? scope.estimates : [],
      ...(anytime === undefined ? {} : { anytime }),
      ...(apart === undefined ? {} : { apart }),
      checks,
      ...(next === undefined ? {} : { next }),
    }
  })
  return { name: target.name, overall: whole, domains: parts, weights: weightBins(logged, target) }
}

/** In the order in which they are told: the first that is refused says why. */
function targetChecks(figures: Figures, days: number, level: Level): Check[] {
  return [
    propensitiesCheck(figures),
    exploredCheck(figures, days, level),
    supportCheck(figures),
    meanWeightCheck(figures),
    ...effectiveSizeChecks(figures),
    heaviestCheck(figures),
  ]
}

/** What is wrong with the log, whoever is asked about. */
function logChecks(
  logged: Logged,
  targets: readonly Target[],
  asked: (target: Target) => readonly Estimator[],
): Check[] {
  const groups = logged.calibration === undefined ? [] : calibrationGroups(logged.calibration)
  const estimators = new Set(targets.flatMap((target) => asked(target)))
  return [
    ...(groups.length > 0 ? [calibrationCheck(groups)] : []),
    ...nullPolicy(logged, [...estimators]),
    ...(logged.late === undefined ? [] : [lateCheck(logged.late)]),
    ...driftChecks(driftOf(logged)),
  ]
}

/** The log's own policy as a target. By weights alone it is what it earned, so only estimators with a reward model can be wrong. */
function nullPolicy(logged: Logged, estimators: readonly Estimator[]): Check[] {
  if (logged.expected === undefined) return []
  const itself: Target = {
    name: 'the policy that served',
    probabilities: logged.propensities,
    expected: logged.expected,
    groupProbabilities: logged.groupPropensities,
  }
  const modeled = estimators.filter(({ name, needs }) => name !== 'dm' && needs.includes('predicted'))
  if (modeled.length === 0) return []
  const { estimates } = estimate(logged, itself, modeled, { seed: 1, drawnBelow: 0 }).overall
  const checks = estimates.map(({ difference, error }) => nullPolicyCheck(difference.mean, error))
  return checks.sort((a, b) => b.figure - a.figure).slice(0, 1)
}

function daysIn({ times }: Logged): number {
  return times === undefined ? 7 : daysOf(times)
}

/** @throws TributaryError `unknown-name`, and `bad-column` for one that was asked for and lacks columns */
function estimatorsFor(
  level: Level,
  logged: Logged,
  target: Target,
  names: readonly string[] | undefined,
): readonly Estimator[] {
  const known = ESTIMATORS.filter(({ levels }) => levels.includes(level))
  const there = given(logged, target)
  if (names === undefined)
    return known.filter(
      ({ name, needs }) =>
        needs.every((need) => there.has(need)) && !(there.has('mixture') && OF_ONE_LOGGER.includes(name)),
    )
  return names.map((name) => {
    const found = known.find((estimator) => estimator.name === name)
    if (found === undefined)
      throw unknownName(
        `estimator of ${level}s`,
        name,
        known.map((one) => one.name),
      )
    const missing = found.needs.find((need) => !there.has(need))
    if (missing !== undefined)
      throw new TributaryError('bad-column', `${name} needs ${NEEDS[missing]}; the log or ${target.name} has none`)
    return found
  })
}

const NEEDS: Readonly<Record<Need, string>> = {
  predicted: 'a reward model: what it expects of the items that were shown, and of the policy',
  groups: 'how probable items like those that were shown are, under both policies',
  ranks: 'how probable items are at their ranks whatever stands above them, under both policies',
  features: 'features of where users stood and what they were shown',
  states: 'where users stood before each step',
  mixture: 'how probable all policies that served make the items that were shown',
}
