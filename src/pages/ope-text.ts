import { nameOfAll } from '../core/index.ts'
import type { Interval } from '../math/index.ts'
import { type Check, type Evaluation, type Judged, type JudgedTarget, UNITS } from '../ope/index.ts'
import { probability, type TextTable } from './compare-text.ts'

const right = (title: string) => ({ title, align: 'right' as const })

/** What was evaluated, in a sentence. */
export function describeLog({ level, units, users, since, until }: Evaluation): string {
  const when = since === undefined || until === undefined ? '' : `, ${day(since)} to ${day(until)}`
  return `${whole(units)} ${UNITS[level][1]} of ${whole(users)} users${when}`
}

/** Rows of a domain each and one of all: what was earned, what the target would have, and what that says. */
export function judgmentTable({ name, overall, domains }: JudgedTarget): TextTable {
  const all = nameOfAll(domains.map(({ domain }) => domain ?? ''))
  return {
    columns: [
      { title: 'domain' },
      right('users'),
      right('as served'),
      right(name),
      right('difference'),
      { title: 'verdict' },
    ],
    rows: [...domains, overall].map((judged) => {
      const estimate = judged.anytime ?? judged.estimates.find(({ estimator }) => estimator === judged.by)
      const decimals = decimalsOf(judged)
      return [
        judged.domain ?? all,
        whole(judged.users),
        judged.logging.mean.toFixed(decimals),
        estimate === undefined ? '–' : estimate.value.mean.toFixed(decimals),
        estimate === undefined ? '–' : differenceText(estimate.difference, decimals),
        judged.verdict,
      ]
    }),
  }
}

/** A row an estimator: what the target would have earned by it. */
export function estimatorTable(judged: Judged): TextTable {
  const decimals = decimalsOf(judged)
  return {
    columns: [
      { title: 'estimator' },
      right('value'),
      right('95 % interval'),
      right('difference'),
      right('95 % interval'),
      right('p'),
    ],
    rows: told(judged).map(({ estimator, value, difference, p }) => [
      estimator,
      value.mean.toFixed(decimals),
      Number.isNaN(value.low) ? '–' : `[${value.low.toFixed(decimals)}, ${value.high.toFixed(decimals)}]`,
      signed(difference.mean, decimals),
      interval(difference, decimals),
      probability(p),
    ]),
  }
}

/** Estimates, and what may be watched beside them where it was asked for. */
function told({ estimates, anytime }: Judged) {
  if (anytime === undefined) return estimates
  return [...estimates, { estimator: 'anytime', ...anytime, p: anytime.difference.p }]
}

/** A row a check, those that found something first. */
export function checkTable(checks: readonly Check[]): TextTable {
  const order = { refused: 0, warning: 1, sound: 2 } as const
  return {
    columns: [{ title: 'check' }, { title: 'found' }, right('figure'), { title: 'what it says' }],
    rows: [...checks]
      .sort((a, b) => order[a.outcome] - order[b.outcome])
      .map(({ name, outcome, figure, sentence }) => [name, outcome, short(figure), sentence]),
  }
}

/** What a reader must know of verdicts, a sentence each. */
export function notesOf(target: JudgedTarget): string[] {
  return sentences(target, ({ verdict, refusal, apart, checks }) => [
    ...(refusal === undefined ? [] : [`not supported: ${refusal}`]),
    ...(verdict === 'estimators disagree' && apart !== undefined
      ? [`${apart.low} and ${apart.high} are ${apart.errors.toFixed(1)} standard errors apart: one of them is wrong`]
      : []),
    ...checks.filter(({ outcome }) => outcome === 'warning').map(({ sentence }) => sentence),
  ])
}

/** What to do next, a sentence each. */
export function nextOf(target: JudgedTarget): string[] {
  return sentences(target, ({ next }) => (next === undefined ? [] : [next.sentence]))
}

/** What is the same in every domain is said once. */
function sentences({ overall, domains }: JudgedTarget, of: (judged: Judged) => readonly string[]): string[] {
  const said = of(overall)
  const more = domains.flatMap((judged) =>
    of(judged)
      .filter((sentence) => !said.includes(sentence))
      .map((sentence) => `${judged.domain}: ${sentence}`),
  )
  return [...said, ...more]
}

/** So many that an interval has two digits that say something. */
export function decimalsOf({ logging, estimates }: Judged): number {
  const widths = [logging, ...estimates.map(({ difference }) => difference)].map(({ low, high }) => high - low)
  const least = Math.min(...widths.filter((width) => width > 0))
  return Number.isFinite(least) ? Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(least)))) : 4
}

function signed(value: number, decimals: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(decimals)}`
}

function differenceText(difference: Interval, decimals: number): string {
  return `${signed(difference.mean, decimals)} ${interval(difference, decimals)}`
}

function interval({ low, high }: Interval, decimals: number): string {
  return Number.isNaN(low) ? '–' : `[${signed(low, decimals)}, ${signed(high, decimals)}]`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function short(value: number): string {
  return Number.isNaN(value) ? '–' : value >= 1000 ? whole(value) : String(Number(value.toPrecision(3)))
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
