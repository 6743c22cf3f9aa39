import { LEAST_SPREAD } from '../core/index.ts'
import type { Behavior, LengthTrust, MeanTrust, WeighedBehavior } from '../trust/behaviors.ts'
import type { BehaviorExplanation, Explanation } from '../trust/explain.ts'
import type { TextTable } from './compare-text.ts'

/** What a weight means, and how far it can be relied on. */
export function cautions({ runs, agreement, distribution: { sd } }: BehaviorExplanation): readonly string[] {
  return [
    ...(sd < LEAST_SPREAD
      ? [
          `Caution: the model was not at work. Weights whose standard deviation is ${shown(sd)}, below ${LEAST_SPREAD}, are as good as none: it is the base model, trained on all source behaviors alike.`,
        ]
      : []),
    'A weight of 2 counts twice as much in training as the average source behavior. Intervals cover which users were logged, not which seed was drawn.',
    runs.length === 1
      ? 'One seed was trained, and what sets categories or items apart can be the luck of their first vectors. Give the runs of other seeds too (tributary explain RUN RUN …) to see what they agree on.'
      : `Weights are means over ${runs.length} seeds, ± tells how far these differ. The rank correlation of the weights of two seeds is ${signed(agreement)} on average: 1 is full agreement, 0 is none.`,
  ]
}

/** One sentence on what was weighed. */
export function weighed({ behaviors, users, sources, target, scale }: BehaviorExplanation): string {
  return `${count(behaviors)} behaviors of ${count(users)} users in ${sources.join(', ')}, weighed for ${target}; 1 is the average. All together have ${shown(scale)} of the weight of the target behaviors (γ).`
}

/** One sentence on how unequal the weights are. */
export function spread({ distribution: { quantiles, topTenth, sd, effective } }: BehaviorExplanation): string {
  const of = (name: keyof typeof quantiles) => shown(quantiles[name])
  return `Half of the weights lie from ${of('25%')} to ${of('75%')}, nine tenths from ${of('5%')} to ${of('95%')}, all from ${of('min')} to ${of('max')}; the most trusted tenth holds ${(100 * topTenth).toFixed(1)} % of the weight. Their standard deviation is ${shown(sd)}, and they tell as much as ${(100 * effective).toFixed(1)} % of the behaviors would that counted alike.`
}

export function domainTable({ domains, runs }: BehaviorExplanation): TextTable {
  return means(['domain'], domains, runs, ({ domain }) => [domain])
}

/** `groups` are categories, or items. Their domain is named where there is more than one. */
export function placeTable<G extends MeanTrust & { domain: string; category: string }>(
  title: string,
  groups: readonly G[],
  { sources, runs }: BehaviorExplanation,
  name: (group: G) => readonly string[] = () => [],
): TextTable {
  const several = sources.length > 1
  const titles = [...(title === 'category' ? [] : [title]), 'category', ...(several ? ['domain'] : [])]
  return means(titles, groups, runs, (group) => [...name(group), group.category, ...(several ? [group.domain] : [])])
}

/**
 * The categories with enough behaviors for their mean to say something, at most `each` from either end.
 * @returns `left`: how many lie between; `few`: how many have fewer than `atLeast` behaviors
 */
export function ends({ categories, atLeast }: Pick<BehaviorExplanation, 'categories' | 'atLeast'>, each: number) {
  const enough = categories.filter(({ behaviors }) => behaviors >= atLeast)
  const most = enough.slice(0, enough.length > 2 * each ? each : enough.length)
  const least = enough.slice(Math.max(most.length, enough.length - each))
  return {
    most,
    least,
    left: enough.length - most.length - least.length,
    few: categories.length - enough.length,
  }
}

export function lengthTable({ lengths, runs }: BehaviorExplanation): TextTable {
  return means(['source − target'], lengths, runs, (bin) => [lengthRange(bin)])
}

/** `−3 to 2`, or one number. */
export function lengthRange({ from, to }: Pick<LengthTrust, 'from' | 'to'>): string {
  const number = (n: number) => (n < 0 ? `−${-n}` : String(n))
  return from === to ? number(from) : `${number(from)} to ${number(to)}`
}

/** Rows of the log; weights where there are. */
export function behaviorTable(
  behaviors: readonly (Behavior | WeighedBehavior)[],
  { sources, runs }: BehaviorExplanation,
): TextTable {
  const several = sources.length > 1
  const valued = behaviors.some(({ value }) => value !== undefined)
  const timed = behaviors.some(({ timestamp }) => timestamp !== undefined)
  const ofSource = behaviors.some((behavior) => 'weight' in behavior)
  return {
    columns: [
      { title: 'item' },
      { title: 'category' },
      ...(several && ofSource ? [{ title: 'domain' }] : []),
      ...(valued ? [right('value')] : []),
      ...(timed ? [{ title: 'time' }] : []),
      ...(ofSource ? [right('weight')] : []),
    ],
    rows: behaviors.map((behavior) => [
      behavior.item,
      behavior.category,
      ...(several && ofSource ? [behavior.domain] : []),
      ...(valued ? [behavior.value === undefined ? '–' : String(Number(behavior.value.toPrecision(4)))] : []),
      ...(timed ? [day(behavior.timestamp)] : []),
      ...('weight' in behavior ? [withStd(behavior.weight, behavior.std, runs)] : []),
    ]),
  }
}

export function weightTable({ distribution: { quantiles } }: BehaviorExplanation): TextTable {
  return {
    columns: Object.keys(quantiles).map((title, i) => (i === 0 ? { title } : right(title))),
    rows: [Object.values(quantiles).map(shown)],
  }
}

/** A weight with three digits that matter. */
export function shown(weight: number): string {
  if (Number.isNaN(weight)) return '–'
  return weight >= 0.1 && weight < 100 ? weight.toFixed(3) : String(Number(weight.toPrecision(3)))
}

function means<G extends MeanTrust>(
  titles: readonly string[],
  groups: readonly G[],
  runs: Explanation['runs'],
  names: (group: G) => readonly string[],
): TextTable {
  return {
    columns: [
      ...titles.map((title) => ({ title })),
      ...['behaviors', 'users', 'mean weight', '95 % interval'].map(right),
    ],
    rows: groups.map((group) => [
      ...names(group),
      count(group.behaviors),
      count(group.users),
      withStd(group.mean, group.std, runs),
      Number.isNaN(group.low) ? '–' : `[${shown(group.low)}, ${shown(group.high)}]`,
    ]),
  }
}

/** The standard deviation with as many decimals as the weight. */
function withStd(weight: number, std: number, runs: Explanation['runs']): string {
  const text = shown(weight)
  return runs.length === 1 ? text : `${text} ±${std.toFixed(text.split('.')[1]?.length ?? 0)}`
}

function signed(correlation: number): string {
  return correlation.toFixed(2).replace('-', '−')
}

function right(title: string) {
  return { title, align: 'right' as const }
}

function count(n: number): string {
  return n.toLocaleString('en')
}

/** The day (UTC) of seconds since 1970. */
function day(timestamp: number | undefined): string {
  const date = new Date((timestamp ?? Number.NaN) * 1000)
  return Number.isNaN(date.getTime()) ? '–' : date.toISOString().slice(0, 10)
}
