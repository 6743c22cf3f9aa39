import { momentsOf, ratioValues, usersNeeded } from '../statistics/index.ts'
import { sumsByUser, userCount } from './by-user.ts'
import { spanOf } from './drift.ts'
import { type Level, UNITS } from './estimator.ts'
import { type Logged, rewardsOf } from './logged.ts'
import type { OpeVerdict } from './verdict.ts'

/** An A/B that would show a difference, by how much users vary in this log. */
export interface NextSteps {
  /** Reward a unit, as estimates are. */
  readonly difference: number
  readonly usersPerArm: number
  /** At the traffic of the log, and at least a week; absent without times. */
  readonly days?: number | undefined
  readonly sentence: string
}

/** Weekdays differ from weekends. */
const WEEK = 7
const DAY = 86_400_000

/** How users of a place vary, and how many come a day: what an A/B needs depends on it and on nothing else. */
export interface Traffic {
  readonly users: number
  /** Of reward a unit, of one user (the delta method). */
  readonly variance: number
  /** Absent without times. */
  readonly days?: number | undefined
}

export function trafficOf(logged: Logged, domain?: number): Traffic {
  const { users, domains, times } = logged
  const count = userCount(users)
  const rewards = rewardsOf(logged)
  const isThere = (unit: number) => domain === undefined || domains[unit] === domain
  const paid = sumsByUser(users, count, (unit) => (isThere(unit) ? rewards[unit] : 0))
  const units = sumsByUser(users, count, (unit) => Number(isThere(unit)))
  const there = units.map((_, user) => user).filter((user) => units[user] > 0)
  const values = ratioValues(
    there.map((user) => paid[user]),
    there.map((user) => units[user]),
  )
  const days = times === undefined ? undefined : daysOf(times)
  return { users: there.length, variance: momentsOf(values).variance, days }
}

/** How many days a log has, begun ones counting whole. */
export function daysOf(times: Float64Array): number {
  const [since, until] = spanOf(times)
  return Math.max(1, Math.ceil((until - since) / DAY))
}

/**
 * What an A/B takes to show what was estimated; where no difference was found, the largest that the log leaves open.
 * @param difference of the estimate that decides, with its interval
 */
export function nextSteps(
  verdict: OpeVerdict,
  difference: { readonly mean: number; readonly low: number; readonly high: number },
  { users, variance, days }: Traffic,
  level: Level,
): NextSteps | undefined {
  if (verdict === 'not supported') return undefined
  const open = verdict === 'no difference'
  const size = open ? difference.high : difference.mean
  // An interval that leaves no gain open asks for no A/B.
  if (open ? !(size > 0) : size === 0) return undefined
  if (!(variance > 0)) return undefined
  const usersPerArm = Math.ceil(usersNeeded(Math.abs(size), { variance }) / 2)
  const needed = days === undefined ? undefined : Math.max(WEEK, Math.ceil((2 * usersPerArm * days) / users))
  const text = `${size < 0 ? '−' : '+'}${Math.abs(size).toPrecision(2)} ${level === 'episode' ? 'an' : 'a'} ${UNITS[level][0]}`
  const takes = `${usersPerArm.toLocaleString('en-US')} users in each arm${
    needed === undefined ? '' : `, ${needed.toLocaleString('en-US')} days at this traffic`
  }`
  return {
    difference: size,
    usersPerArm,
    days: needed,
    sentence: {
      better: `prove it: an A/B sees ${text} with ${takes}`,
      worse: `leave it: an A/B would see ${text} with ${takes}`,
      'no difference': `this log leaves up to ${text} open: an A/B that could see so much takes ${takes}`,
      'estimators disagree': `ask users: an A/B sees ${text} with ${takes}`,
    }[verdict],
  }
}
