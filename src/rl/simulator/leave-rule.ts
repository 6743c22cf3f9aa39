import { type LabelFeature, type RewardMatrix, TributaryError } from '../../core/index.ts'
import { leastByHazard, nearColumns, randomPlay } from './column-distance.ts'

/**
 * When a user has enough, as DORL's and IL-Rec's environments have it. `window` counts the recommendations before the current
 * one, so rules with a window cannot end an episode at its first turn. `asReleased`: the window as the released code of DORL and ROLeR
 * slices it, `seq[t − N : t]`, whose negative start counts from the end of the list: in the turns between N / 2 and N it forgets the
 * oldest items. Only to compare with their figures.
 */
export type LeaveRule =
  /** A category of the item stands more than `most` times among those of the last `window` items. */
  | { readonly kind: 'categories'; readonly window: number; readonly most: number; readonly asReleased?: true }
  /** The item is nearer than `least` to one of the last `window` items: Euclidean distance of their columns of rewards. */
  | { readonly kind: 'distance'; readonly window: number; readonly least: number; readonly asReleased?: true }
  /** As above, with the `least` at which items that are drawn at random end this share of the turns. */
  | { readonly kind: 'distance'; readonly window: number; readonly hazard: number; readonly asReleased?: true }
  /** The item pays less than `least`; `afterFirst`, at the first turn nobody minds, as in BiLLP's environment. */
  | { readonly kind: 'low-reward'; readonly least: number; readonly afterFirst?: true }

const AS_RELEASED = ':as-released'
const AFTER_FIRST = ':after-first'
export const LEAVE_RULES =
  'categories:WINDOW:MOST, distance:WINDOW:LEAST, distance:WINDOW:SHARE% or low-reward:LEAST[:after-first]'

/**
 * Reads `categories:4:0`, `distance:4:10`, `distance:4:6.5%` or `low-reward:2`; those with a window also with `:as-released` behind them,
 * the last one with `:after-first`.
 * @throws TributaryError `bad-argument`
 */
export function parseLeaveRule(text: string): LeaveRule {
  const [body, mark] = [AS_RELEASED, AFTER_FIRST].reduce<readonly [string, string]>(
    (found, suffix) => (text.endsWith(suffix) ? [text.slice(0, -suffix.length), suffix] : found),
    [text, ''],
  )
  const [kind, ...numbers] = body.split(':')
  const share = kind === 'distance' && numbers.length === 2 && numbers[1].endsWith('%')
  if (share) numbers[1] = numbers[1].slice(0, -1)
  const values = numbers.map((number) => (number.trim() === '' ? Number.NaN : Number(number)))
  const [first = Number.NaN, second = Number.NaN] = values
  const released = mark === AS_RELEASED && ({ asReleased: true } as const)
  const exempt = mark === AFTER_FIRST && ({ afterFirst: true } as const)
  if (values.length === (kind === 'low-reward' ? 1 : 2) && values.every(Number.isFinite)) {
    if (kind === 'categories' && !exempt) return checkLeaveRule({ kind, window: first, most: second, ...released })
    if (kind === 'distance' && !exempt)
      return checkLeaveRule(
        share
          ? { kind, window: first, hazard: second / 100, ...released }
          : { kind, window: first, least: second, ...released },
      )
    if (kind === 'low-reward' && !released) return checkLeaveRule({ kind, least: first, ...exempt })
  }
  throw new TributaryError('bad-argument', `'${text}' is no rule for leaving; give ${LEAVE_RULES}`)
}

/** The text that `parseLeaveRule` reads. */
export function leaveRuleText(rule: LeaveRule): string {
  if (rule.kind === 'low-reward') return `low-reward:${rule.least}${rule.afterFirst ? AFTER_FIRST : ''}`
  const { kind, window, asReleased } = rule
  const bound = rule.kind === 'categories' ? rule.most : 'hazard' in rule ? `${percent(rule.hazard)}%` : rule.least
  return `${kind}:${window}:${bound}${asReleased ? AS_RELEASED : ''}`
}

/** Without what binary fractions add to it. */
const percent = (share: number) => Number((100 * share).toPrecision(12))

/** The rule with the window of the released code, where it has one. */
export function asReleased(rule: LeaveRule): LeaveRule {
  return rule.kind === 'low-reward' ? rule : { ...rule, asReleased: true }
}

function checkLeaveRule<R extends LeaveRule>(rule: R): R {
  const wrong = (name: string, value: number, right: string) =>
    new TributaryError(
      'bad-argument',
      `the ${name} of the rule for leaving '${leaveRuleText(rule)}' is ${value}; it must be ${right}`,
    )
  if (rule.kind === 'low-reward') return rule
  const { window } = rule
  if (!Number.isInteger(window) || window < 1) throw wrong('window', window, 'a whole number of at least 1')
  if (rule.kind === 'categories' && (!Number.isInteger(rule.most) || rule.most < 0))
    throw wrong('most', rule.most, 'a whole number of at least 0')
  if ('hazard' in rule && !(rule.hazard > 0 && rule.hazard < 1))
    throw wrong('share', rule.hazard, 'above 0 and below 1, from 0% to 100%')
  return rule
}

/** Categories of all items, of which one may have several: those of item v are ids[start[v]] … ids[start[v + 1] − 1]. */
export type ItemLabels = Pick<LabelFeature, 'labels' | 'start' | 'ids'>

/** A rule made ready for one reward matrix. `past` holds the columns of its window. */
export interface PreparedRule {
  readonly kind: LeaveRule['kind']
  /** Recommendations that it looks back at; 0 where it judges each by itself. */
  readonly window: number
  /** Of a rule whose LEAST was to be found. */
  readonly found?: number
  /** The first turn of its window before turn t, or t where it looks at nothing but the current turn. */
  from(t: number): number
  /** Whether the user leaves after `column`, which pays `reward`. */
  leaves(past: Int32Array, column: number, reward: number): boolean
  /** Sets marks[c] to 1 for every column after which the user would leave whatever it pays. */
  mark(past: Int32Array, marks: Uint8Array): void
}

/**
 * @throws TributaryError `bad-argument` for numbers outside their range and for a rule under which every user leaves as soon
 * as it can apply; `bad-dataset` for a rule of categories where no item has one
 */
export function prepareRule(rule: LeaveRule, rewards: RewardMatrix, labels: ItemLabels | undefined): PreparedRule {
  checkLeaveRule(rule)
  const prepared =
    rule.kind === 'categories'
      ? categoryRule(rule, rewards, labels)
      : rule.kind === 'distance'
        ? distanceRule(rule, rewards)
        : lowRewardRule(rule, rewards)
  if (rule.kind !== 'low-reward' && rewards.items.length > 1) refuseHopeless(rule, prepared, rewards)
  return prepared
}

/** Where the window before a turn begins. */
function windowStart({ window, asReleased }: Exclude<LeaveRule, { kind: 'low-reward' }>): PreparedRule['from'] {
  // Python's seq[t − N : t] on a list of t items, for t < N: the start is t + (t − N) where that is above 0.
  return (t) => Math.max(0, asReleased && t < window ? 2 * t - window : t - window)
}

/** Every pair of items ends an episode at its second turn: looked for until one pair does not. */
function refuseHopeless(rule: LeaveRule, { leaves }: PreparedRule, { items }: RewardMatrix): void {
  for (let first = 0; first < items.length; first++)
    for (let second = first + 1; second < items.length; second++) if (!leaves(Int32Array.of(first), second, 0)) return
  throw new TributaryError(
    'bad-argument',
    `under the rule '${leaveRuleText(rule)}' every pair of the ${items.length} items ends the episode, so that none is longer than 2; give ${rule.kind === 'categories' ? 'a larger MOST' : 'a smaller LEAST'}`,
  )
}

function categoryRule(
  rule: Extract<LeaveRule, { kind: 'categories' }>,
  { items }: RewardMatrix,
  itemLabels: ItemLabels | undefined,
): PreparedRule {
  if (itemLabels === undefined || items.every((item) => itemLabels.start[item] === itemLabels.start[item + 1]))
    throw new TributaryError(
      'bad-dataset',
      "the rule 'categories' needs categories, but no item of the reward matrix has one; import the dataset with them, or give another rule",
    )
  const { most } = rule
  const { start, ids, labels } = itemLabels
  const counts = new Int32Array(labels.length)
  const count = (past: Int32Array, by: 1 | -1) => {
    for (const column of past) {
      const item = items[column]
      for (let i = start[item]; i < start[item + 1]; i++) counts[ids[i]] += by
    }
  }
  const tooMany = (column: number) => {
    const item = items[column]
    for (let i = start[item]; i < start[item + 1]; i++) if (counts[ids[i]] > most) return true
    return false
  }
  return {
    kind: rule.kind,
    window: rule.window,
    from: windowStart(rule),
    leaves(past, column) {
      count(past, 1)
      const left = tooMany(column)
      count(past, -1)
      return left
    },
    mark(past, marks) {
      count(past, 1)
      for (let column = 0; column < marks.length; column++) if (tooMany(column)) marks[column] = 1
      count(past, -1)
    },
  }
}

function distanceRule(rule: Extract<LeaveRule, { kind: 'distance' }>, rewards: RewardMatrix): PreparedRule {
  const least = 'hazard' in rule ? leastByHazard(rewards, randomPlay(rewards.items.length), rule) : rule.least
  const near = nearColumns(rewards, least)
  return {
    kind: 'distance',
    window: rule.window,
    ...('hazard' in rule && { found: least }),
    from: windowStart(rule),
    leaves: (past, column) => past.some((other) => near(other, column)),
    mark(past, marks) {
      for (const other of past)
        for (let column = 0; column < marks.length; column++) if (near(other, column)) marks[column] = 1
    },
  }
}

function lowRewardRule(rule: Extract<LeaveRule, { kind: 'low-reward' }>, { max }: RewardMatrix): PreparedRule {
  const { kind, least, afterFirst } = rule
  if (max < least)
    throw new TributaryError(
      'bad-argument',
      `under the rule '${leaveRuleText(rule)}' every episode ends at its ${afterFirst ? 'second' : 'first'} turn, for no reward is above ${max}; give a smaller LEAST`,
    )
  return {
    kind,
    window: 0,
    from: (t) => (afterFirst ? Math.max(0, t - 1) : t),
    leaves: (past, _column, reward) => reward < least && (past.length > 0 || !afterFirst),
    mark() {},
  }
}
