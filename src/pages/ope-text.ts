import { nameOfAll } from '../core/index.ts'
import type { Interval } from '../math/index.ts'
import { type Check, type Evaluation, type Judged, type JudgedTarget, UNITS } from '../ope/index.ts'
import type { TextTable } from './compare-text.ts'

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
        estimate === undefined
          ? '–'
          : `${signed(estimate.difference.mean, decimals)} ${interval(estimate.difference, decimals)}`,
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
    rows: judged.estimates.map(({ estimator, value, difference, p }) => [
      estimator,
      value.mean.toFixed(decimals),
      `[${value.low.toFixed(decimals)}, ${value.high.toFixed(decimals)}]`,
      signed(difference.mean, decimals),
      interval(difference, decimals),
      Number.isNaN(p) ? '–' : p < 0.0095 ? p.toFixed(4) : p.toFixed(2),
    ]),
  }
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

/** What a reader must know of verdicts, and what to do next, a sentence a line. */
export function notesOf({ overall, domains }: JudgedTarget): string[] {
  const places = [overall, ...domains]
  return places.flatMap((judged) => {
    const place = judged.domain === undefined ? '' : `${judged.domain}: `
    const apart =
      judged.verdict === 'estimators disagree' && judged.apart !== undefined
        ? [`${judged.apart.low} and ${judged.apart.high} are ${judged.apart.errors.toFixed(1)} standard errors apart`]
        : []
    const refusal = judged.refusal === undefined ? [] : [`not supported: ${judged.refusal}`]
    const warnings = judged.checks.filter(({ outcome }) => outcome === 'warning').map(({ sentence }) => sentence)
    const next = judged.next === undefined ? [] : [judged.next.sentence]
    return [...refusal, ...apart, ...warnings, ...next].map((sentence) => place + sentence)
  })
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

function interval({ low, high }: Interval, decimals: number): string {
  return Number.isNaN(low) ? '' : `[${signed(low, decimals)}, ${signed(high, decimals)}]`
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
