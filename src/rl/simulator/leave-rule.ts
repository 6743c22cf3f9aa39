import { type LabelFeature, type RewardMatrix, TributaryError } from '../../core/index.ts'

/**
 * When a user has enough, as DORL's and IL-Rec's environments have it. `window` counts the recommendations before the current
 * one, so the first two rules cannot end an episode at its first turn. `asReleased`: the window as the released code of DORL and ROLeR
 * slices it, `seq[t − N : t]`, whose negative start counts from the end of the list: in the turns between N / 2 and N it forgets the
 * oldest items. Only to compare with their figures.
 */
export type LeaveRule =
  /** A category of the item stands more than `most` times among those of the last `window` items. */
  | { readonly kind: 'categories'; readonly window: number; readonly most: number; readonly asReleased?: true }
  /** The item is nearer than `least` to one of the last `window` items: Euclidean distance of their columns of rewards. */
  | { readonly kind: 'distance'; readonly window: number; readonly least: number; readonly asReleased?: true }
  /** The item pays less than `least`. */
  | { readonly kind: 'low-reward'; readonly least: number }

const AS_RELEASED = ':as-released'
export const LEAVE_RULES = 'categories:WINDOW:MOST, distance:WINDOW:LEAST or low-reward:LEAST'

/**
 * Reads `categories:4:0`, `distance:4:10` or `low-reward:2`; the first two also with `:as-released` behind them.
 * @throws TributaryError `bad-argument`
 */
export function parseLeaveRule(text: string): LeaveRule {
  const released = text.endsWith(AS_RELEASED)
  const [kind, ...numbers] = (released ? text.slice(0, -AS_RELEASED.length) : text).split(':')
  const values = numbers.map((number) => (number.trim() === '' ? Number.NaN : Number(number)))
  const [first = Number.NaN, second = Number.NaN] = values
  const wanted = kind === 'low-reward' ? 1 : 2
  if (values.length === wanted && values.every(Number.isFinite)) {
    if (kind === 'categories')
      return checkLeaveRule({ kind, window: first, most: second, ...(released && { asReleased: true }) })
    if (kind === 'distance')
      return checkLeaveRule({ kind, window: first, least: second, ...(released && { asReleased: true }) })
    if (kind === 'low-reward' && !released) return checkLeaveRule({ kind, least: first })
  }
  throw new TributaryError('bad-argument', `'${text}' is no rule for leaving; give ${LEAVE_RULES}`)
}

/** The text that `parseLeaveRule` reads. */
export function leaveRuleText(rule: LeaveRule): string {
  if (rule.kind === 'low-reward') return `low-reward:${rule.least}`
  const { kind, window, asReleased } = rule
  return `${kind}:${window}:${kind === 'categories' ? rule.most : rule.least}${asReleased ? AS_RELEASED : ''}`
}

/** The rule with the window of the released code, where it has one. */
export function asReleased(rule: LeaveRule): LeaveRule {
  return rule.kind === 'low-reward' ? rule : { ...rule, asReleased: true }
}

function checkLeaveRule<R extends LeaveRule>(rule: R): R {
  const counts = rule.kind === 'low-reward' ? [] : [{ name: 'window', value: rule.window, least: 1 }]
  if (rule.kind === 'categories') counts.push({ name: 'most', value: rule.most, least: 0 })
  for (const { name, value, least } of counts)
    if (!Number.isInteger(value) || value < least)
      throw new TributaryError(
        'bad-argument',
        `the ${name} of the rule for leaving '${leaveRuleText(rule)}' is ${value}; it must be a whole number of at least ${least}`,
      )
  return rule
}

/** Categories of all items, of which one may have several: those of item v are ids[start[v]] … ids[start[v + 1] − 1]. */
export type ItemLabels = Pick<LabelFeature, 'labels' | 'start' | 'ids'>

/** A rule made ready for one reward matrix. `past` holds the columns of its window. */
export interface PreparedRule {
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

const NEAR = 1
const FAR = 2

function distanceRule(rule: Extract<LeaveRule, { kind: 'distance' }>, rewards: RewardMatrix): PreparedRule {
  const { least } = rule
  const size = rewards.items.length
  // A distance takes as long as the catalogue has users, so each pair is measured once: one byte a pair, below the diagonal.
  const known = least > 0 ? new Uint8Array((size * (size + 1)) / 2) : new Uint8Array(0)
  const near = (a: number, b: number): boolean => {
    if (least <= 0) return false
    const [high, low] = a > b ? [a, b] : [b, a]
    const pair = (high * (high + 1)) / 2 + low
    if (known[pair] === 0) known[pair] = distance(rewards.column(a), rewards.column(b)) < least ? NEAR : FAR
    return known[pair] === NEAR
  }
  return {
    from: windowStart(rule),
    leaves: (past, column) => past.some((other) => near(other, column)),
    mark(past, marks) {
      for (const other of past) for (let column = 0; column < size; column++) if (near(other, column)) marks[column] = 1
    },
  }
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2
  return Math.sqrt(sum)
}

function lowRewardRule(
  { least, ...rule }: Extract<LeaveRule, { kind: 'low-reward' }>,
  { max }: RewardMatrix,
): PreparedRule {
  if (max < least)
    throw new TributaryError(
      'bad-argument',
      `under the rule '${leaveRuleText({ ...rule, least })}' every episode ends at its first turn, for no reward is above ${max}; give a smaller LEAST`,
    )
  return { from: (t) => t, leaves: (_past, _column, reward) => reward < least, mark() {} }
}
