import { type ByName, byName, listed } from '../../../core/index.ts'
import { anytimeInterval, type Period, ratioMismatch, sequentialRatioMismatch } from '../../../statistics/index.ts'
import { DAY } from '../../span.ts'
import type { Metric } from '../experiment.ts'
import { placesOf, type UserColumns, weighingOf } from './columns.ts'
import { type Contrast, contrastOf, effectOf } from './contrast.ts'

/** As GrowthBook has it: what is rarer than this by chance is not chance. */
export const CERTAIN = 0.001
const MOST_STRAYED = 0.01
const WEEK = 7

/** One look at whether an experiment can be believed. */
export interface Check {
  readonly status: 'sound' | 'caution' | 'unsound' | 'not judged'
  readonly says: string
}

export interface RatioCheck extends Check {
  /** χ² for one look. */
  readonly p: number
  /** However often one looks. */
  readonly sequential: number
  /** Users of each arm, in their order, and how many were to be expected. */
  readonly observed: readonly number[]
  readonly expected: readonly number[]
}

/** A share by arm, in their order, and how far the arms lie apart. */
export interface SharesCheck extends Check {
  readonly shares: readonly number[]
  readonly p: number
}

export interface Soundness {
  readonly srm: RatioCheck
  readonly exposures: Check & { readonly share: number }
  readonly preExposure: Check & { readonly p: number; readonly metric?: string | undefined }
  readonly eventLoss: SharesCheck
  readonly shortLists: SharesCheck
  /** Mean milliseconds of a list by arm, in their order, and how far they lie apart. */
  readonly latency: Check & { readonly milliseconds: readonly number[]; readonly p: number }
  /** Whether an arm changed who comes to a service; p of χ² by domain. */
  readonly reach: Check & { readonly domains: ByName<number> }
  readonly weeks: Check & { readonly days: number }
}

export interface SoundOptions {
  /** Whether it is looked at while it runs, again and again. */
  readonly watched: boolean
  /** Whole days and parts of one that were observed. */
  readonly days: number
  readonly planned: number
}

/** Whether what is read can be believed, before anything is read. */
export function soundnessOf(columns: UserColumns, metrics: readonly Metric[], options: SoundOptions): Soundness {
  const { overall } = placesOf(columns)
  const shares = (part: Float64Array | undefined) =>
    part === undefined ? undefined : sharesOf(columns, part, overall.lists, options.planned)
  return {
    srm: ratioCheck(columns, options),
    exposures: exposureCheck(columns),
    preExposure: beforeCheck(columns, metrics, options.planned),
    eventLoss: lossCheck(columns, shares(overall.seen)),
    shortLists: shortCheck(columns, shares(overall.short)),
    latency: latencyCheck(columns, options.planned),
    reach: reachCheck(columns),
    weeks: weekCheck(options.days),
  }
}

/** Where users were not given one arm each. */
export function nothingJudged(why: string, arms: number): Soundness {
  const none = { status: 'not judged' as const, says: why }
  const shares = { ...none, shares: Array.from({ length: arms }, () => Number.NaN), p: Number.NaN }
  return {
    srm: { ...none, p: Number.NaN, sequential: Number.NaN, observed: [], expected: [] },
    exposures: { ...none, share: Number.NaN },
    preExposure: { ...none, p: Number.NaN },
    eventLoss: shares,
    shortLists: shares,
    latency: { ...none, milliseconds: shares.shares, p: Number.NaN },
    reach: { ...none, domains: byName([]) },
    weeks: { ...none, days: Number.NaN },
  }
}

function ratioCheck(columns: UserColumns, { watched }: SoundOptions): RatioCheck {
  const periods = periodsOf(columns, () => true)
  const { p } = ratioMismatch(periods)
  const sequential = sequentialRatioMismatch(periods)
  const observed = columns.arms.map((_, arm) => periods.reduce((sum, { counts }) => sum + counts[arm], 0))
  const expected = columns.arms.map((_, arm) =>
    periods.reduce((sum, { counts, weights }) => sum + total(counts) * (weights[arm] / total(weights)), 0),
  )
  const wrong = sequential < CERTAIN || (!watched && p < CERTAIN)
  const users = columns.arms.map((arm, a) => `${arm} ${count(observed[a])} of ${count(expected[a])}`).join(', ')
  return {
    status: wrong ? 'unsound' : 'sound',
    says: wrong
      ? `the arms did not get the users they were to get: ${users} expected; find out which requests are lost before you read on`
      : `the arms got the users they were to get: ${users} expected`,
    ...{ p, sequential, observed, expected },
  }
}

/** Users by the day they were assigned, and by the weights that held. */
function periodsOf(columns: UserColumns, counts: (user: number) => boolean): Period[] {
  const { arms, arm, assigned, weighings, users } = columns
  const weighing = weighingOf(columns)
  const byDay = new Map<
    string,
    { readonly at: number; readonly counts: number[]; readonly weights: readonly number[] }
  >()
  for (let user = 0; user < users; user++) {
    if (!counts(user)) continue
    const day = Math.floor(assigned[user] / DAY)
    const name = `${weighing[user]}.${day}`
    let period = byDay.get(name)
    if (period === undefined) {
      const { weights } = weighings[weighing[user]]
      period = { at: Math.max(day * DAY, weighings[weighing[user]].from), counts: arms.map(() => 0), weights }
      byDay.set(name, period)
    }
    period.counts[arm[user]]++
  }
  return [...byDay.values()].sort((a, b) => a.at - b.at)
}

function exposureCheck({ users, strayed }: UserColumns): Soundness['exposures'] {
  const share = users === 0 ? 0 : strayed.reduce((sum, one) => sum + one, 0) / users
  const wrong = share > MOST_STRAYED
  return {
    status: wrong ? 'unsound' : 'sound',
    says: `${percent(share)} of the users met more than one arm${wrong ? `; at most ${percent(MOST_STRAYED)} may` : ''}`,
    share,
  }
}

function beforeCheck(columns: UserColumns, metrics: readonly Metric[], planned: number): Soundness['preExposure'] {
  const { overall } = placesOf(columns)
  const looks = metrics.flatMap(({ name }) => {
    const before = overall.before(name)
    if (before === undefined) return []
    return columns.arms.slice(1).map((_, a) => ({
      metric: name,
      p: anytimeInterval(effectOf(contrast(columns, { value: before }, a + 1)), { planned }).p,
    }))
  })
  const known = looks.filter(({ p }) => !Number.isNaN(p))
  if (known.length === 0)
    return { status: 'not judged', says: 'nothing is known of the users before their first list', p: Number.NaN }
  const worst = known.reduce((least, one) => (one.p < least.p ? one : least))
  // Bonferroni.
  const p = Math.min(1, worst.p * known.length)
  const wrong = p < CERTAIN
  return {
    status: wrong ? 'unsound' : 'sound',
    says: wrong
      ? `the arms differed in ${worst.metric} before anybody saw them: the users were not assigned by chance`
      : 'the arms were alike before anybody saw them',
    p,
    metric: worst.metric,
  }
}

function lossCheck(columns: UserColumns, shares: Shares | undefined): SharesCheck {
  if (shares === undefined)
    return {
      status: 'not judged',
      says: 'no list was told as seen, so that events that are lost in one arm do not show; send impressions',
      shares: columns.arms.map(() => Number.NaN),
      p: Number.NaN,
    }
  const wrong = shares.p < CERTAIN
  return {
    status: wrong ? 'unsound' : 'sound',
    says: `of the lists of ${byArm(columns, shares)} were told as seen${wrong ? ': events of one arm are lost' : ''}`,
    ...shares,
  }
}

function shortCheck(columns: UserColumns, shares: Shares | undefined): SharesCheck {
  if (shares === undefined)
    return {
      status: 'not judged',
      says: 'it is not known how many items were asked for',
      shares: columns.arms.map(() => Number.NaN),
      p: Number.NaN,
    }
  // It may be what the arm does, and then it is no error.
  const differs = shares.p < CERTAIN
  return {
    status: differs ? 'caution' : 'sound',
    says: `of the lists of ${byArm(columns, shares)} were shorter than asked for`,
    ...shares,
  }
}

function latencyCheck(columns: UserColumns, planned: number): Soundness['latency'] {
  const { latency, arms } = columns
  if (latency === undefined)
    return {
      status: 'not judged',
      says: 'no record says how long its list took',
      milliseconds: arms.map(() => Number.NaN),
      p: Number.NaN,
    }
  const { shares: milliseconds, p } = sharesOf(columns, latency.milliseconds, latency.lists, planned)
  // It comes with the model, and users will wait as long once it is shipped.
  const differs = p < CERTAIN
  const means = arms.map((arm, a) => `${arm} ${Number.isNaN(milliseconds[a]) ? '–' : milliseconds[a].toFixed(1)} ms`)
  return {
    status: differs ? 'caution' : 'sound',
    says: `a list of ${means.join(', ')} took on average${differs ? ': part of what differs may be the wait' : ''}`,
    milliseconds,
    p,
  }
}

/** Of a service only those are compared who came there; if an arm changed who does, they are not the same people. */
function reachCheck(columns: UserColumns): Soundness['reach'] {
  const domains = byName(
    columns.domains.map((domain, d) => {
      const { p } = ratioMismatch(periodsOf(columns, (user) => columns.lists[d][user] > 0))
      return [domain, p] as const
    }),
  )
  const moved = [...domains].filter(([, p]) => p * domains.size < CERTAIN).map(([domain]) => domain)
  return {
    status: moved.length > 0 ? 'caution' : 'sound',
    says:
      moved.length > 0
        ? `an arm changed how many come to ${listed(moved)}: there the arms are compared on other people`
        : 'no arm changed how many come to a service',
    domains,
  }
}

function weekCheck(days: number): Soundness['weeks'] {
  const whole = days >= WEEK && days % WEEK < 1
  return {
    status: whole ? 'sound' : 'caution',
    says: whole
      ? `${Math.floor(days / WEEK)} whole weeks are covered`
      : `${days.toFixed(1)} days are no whole weeks: some weekdays count more than others`,
    days,
  }
}

interface Shares {
  readonly shares: readonly number[]
  readonly p: number
}

/** Lists of which something is so, by arm, and the anytime p of the arm that differs most from the control (Bonferroni). */
function sharesOf(columns: UserColumns, part: Float64Array, lists: Float64Array, planned: number): Shares {
  const above = columns.arms.map(() => 0)
  const below = columns.arms.map(() => 0)
  for (let user = 0; user < columns.users; user++) {
    above[columns.arm[user]] += part[user]
    below[columns.arm[user]] += lists[user]
  }
  const ps = columns.arms.slice(1).map((_, a) => {
    const { p } = anytimeInterval(effectOf(contrast(columns, { value: part, size: lists }, a + 1)), { planned })
    // Where nothing varies, nothing differs.
    return Number.isNaN(p) ? 1 : p
  })
  return { shares: above.map((sum, arm) => sum / below[arm]), p: Math.min(1, Math.min(...ps) * ps.length) }
}

function contrast(columns: UserColumns, averaged: Parameters<typeof contrastOf>[0], treatment: number): Contrast {
  const compared = { counts: () => true, arm: columns.arm, weighing: weighingOf(columns), control: 0, treatment }
  return contrastOf(averaged, compared)
}

const byArm = ({ arms }: UserColumns, { shares }: Shares) =>
  arms.map((arm, a) => `${arm} ${percent(shares[a])}`).join(', ')
const total = (counts: readonly number[]) => counts.reduce((sum, one) => sum + one, 0)
const count = (users: number) => Math.round(users).toLocaleString('en-US')
const percent = (share: number) => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`)
