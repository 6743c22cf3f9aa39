// Sections of the page of reproduce/darlr.ts that any comparison of policies has.
import { mean } from '../../src/math/bootstrap.ts'
import { table } from '../shared/markdown.ts'
import { lineFigure } from './figures.ts'
import type { Result } from './job.ts'
import { difference, endOf, lastQuarter } from './statistics.ts'
import { nameOf, type Row, type Shown } from './summary.ts'
import { intervalText, plusMinusOf } from './text.ts'

/** What a reader wants to know first: who earns most, and whether that is more than a list. */
export function shortSection(rows: readonly Shown[], { controls = {} }: Result): string[] {
  const list = controls['best-list']
  const groups = [
    ["The papers' methods, without `gt`", ['naive', 'log', 'world']],
    ['Ours', ['ours']],
  ] as const
  const lines = groups.flatMap(([group, kinds]) => {
    const earned = rows.filter(
      ({ method, summary }) => (kinds as readonly string[]).includes(method.kind) && summary.last !== undefined,
    )
    const [best, ...others] = earned.toSorted((a, b) => b.summary.last! - a.summary.last!)
    if (best === undefined) return []
    const next = others.slice(0, 2).map((row) => `${nameOf(row)} ${row.summary.last!.toFixed(2)}`)
    const { last, againstList } = best.summary
    return [
      `- ${group}: **${nameOf(best)}** earns most, ${last!.toFixed(2)}: ${intervalText(againstList!)} to the best fixed list (${list.rTra.toFixed(2)})${next.length > 0 ? `; then ${next.join(', ')}` : ''}.`,
    ]
  })
  return lines.length === 0 ? [] : ['In the last simulation:', '', ...lines, '']
}

/** Where users leave, how long they stay and what a turn pays tell more than the sum. */
export function lengthSection(leave: readonly string[], rule: string, rows: readonly Shown[]): string[] {
  if (leave.length === 0) return []
  const figure = (results: readonly Result[], name: string, digits: number) => {
    const end = endOf(results, name)
    return end.length === 0 ? '–' : mean(end).toFixed(digits)
  }
  return [
    `## Length, reward of a turn, dominated categories${rule}`,
    '',
    'Paper / here, at the end of training.',
    '',
    table(
      ['', 'R_each', 'length', 'MCD'],
      rows.map((row) => {
        const { paper, results } = row
        const cell = (published: number | undefined, name: string, digits: number) =>
          `${published?.toFixed(digits) ?? '–'} / ${figure(results, name, digits)}`
        return [
          nameOf(row),
          cell(paper?.rEach, 'rEach', 4),
          cell(paper?.length, 'length', 2),
          cell(paper?.mcd, 'mcd', 3),
        ]
      }),
    ),
    '',
  ]
}

/** What lies behind a sum without repeats: how good a policy is where it may repeat itself, and how many items it knows. */
export function varietySection(rows: readonly Shown[], rule: string): string[] {
  const measured = rows.filter(({ results }) => results.length > 0)
  if (measured.length === 0) return []
  const pair = (curve: readonly number[] | undefined, ends: readonly number[], digits: number) => {
    const [published, here] = [
      curve && mean(lastQuarter(curve)).toFixed(digits),
      ends.length > 0 && mean(ends).toFixed(digits),
    ]
    return `${published || '–'} / ${here || '–'}`
  }
  return [
    `## With repeats, and variety${rule}`,
    '',
    'Published curve / here, last quarter of the epochs; coverage is the share of the items that 100 episodes recommend at all. Policies learn where items may be repeated; without repeats they fall back on what they like less, of which a policy that has settled on few items has learned nothing.',
    '',
    table(
      ['', 'R_tra, free', 'coverage, free', 'coverage, noRepeat'],
      measured.map(({ method, results, curve }) => [
        method.label,
        pair(curve?.freeRTra, endOf(results, 'rTra', 'free'), 2),
        pair(curve?.freeCoverage, endOf(results, 'coverage', 'free'), 3),
        pair(curve?.coverage, endOf(results, 'coverage'), 3),
      ]),
    ),
    '',
  ]
}

export function controlRows({ controls = {} }: Result): string[][] {
  const yardstick = controls['best-list']
  return Object.entries(controls).map(([name, final]) => [
    ['hindsight-list', 'oracle'].includes(name) ? `${name} (knows the truth)` : name,
    final.rTra.toFixed(2),
    name === 'best-list' ? '' : intervalText(difference([final], [yardstick])),
    '',
    final.coverage.toFixed(3),
  ])
}

export function finalRow(row: Shown): string[] {
  const { last, againstList, best, coverage } = row.summary
  return [
    nameOf(row),
    last?.toFixed(2) ?? '–',
    againstList ? intervalText(againstList) : '–',
    best?.toFixed(2) ?? '',
    coverage?.toFixed(3) ?? '–',
  ]
}

/** How much of what a policy misses is the world model's fault. */
export function bestSection(
  best: ReadonlyMap<string, readonly Result[]>,
  { controls = {} }: Result,
  neighbors: number,
  rule: string,
): string[] {
  const worlds = [...best].filter(([, results]) => results.length > 0)
  if (worlds.length === 0) return []
  const columns = { own: 'own best items', neighbors: `by means of ${neighbors} neighbors`, list: 'one list for all' }
  const yardstick = [controls['best-list']]
  return [
    `## What the world models allow${rule}`,
    '',
    `What the best policies of a world model earn in the truth: each user's items of the highest predictions, of the highest means over the ${neighbors} nearest users (R⁰ of roler and darlr), or one list for all by the mean prediction. Mean over seeds ± one standard deviation, and the difference to \`best-list\`. Who learns in such a world without an error earns this.`,
    '',
    table(
      ['', 'seeds', ...Object.values(columns)],
      worlds.map(([world, results]) => [
        world,
        String(results.length),
        ...Object.keys(columns).map((name) => {
          const finals = results.map((result) => result.controls![name])
          return `${plusMinusOf(finals.map(({ rTra }) => rTra))}, ${intervalText(difference(finals, yardstick))}`
        }),
      ]),
    ),
    '',
  ]
}

/** Fig. 4: how far what is believed is from what is paid, over the pairs that were visited. */
export function errorSection(
  rows: readonly Row[],
  add: (name: string, svg: string) => void,
  image: (name: string, text: string) => string,
  earlier: readonly string[],
  rule: string,
): string[] {
  const figures = [
    [
      'rewardError',
      'reward error',
      'mean distance of what is believed from what the truth pays, over the pairs of the epoch',
    ],
    ['rewardDrift', 'reward drift', '‖R − R⁰‖ / ‖R⁰‖, how far rewards were rewritten'],
  ] as const
  const parts = figures.flatMap(([figure, title, text]) => {
    const lines = rows.flatMap(({ method, results }) => {
      if (method.kind !== 'world') return []
      const curves = results.map(({ epochs }) => epochs.flatMap(({ losses }) => losses[figure] ?? []))
      return curves.length > 0 && curves.every((curve) => curve.length > 1) ? [{ series: method.label, curves }] : []
    })
    if (lines.length === 0) return []
    add(figure, lineFigure(lines, title))
    return [image(figure, title), '', `*${text}; mean over seeds ± one standard deviation.*`, '']
  })
  const all = [...parts, ...earlier]
  return all.length === 0 ? [] : [`## What is believed of rewards${rule} (Fig. 4)`, '', ...all]
}

export function costSection(rows: readonly Row[], rule: string): string[] {
  const measured = rows.filter(({ results }) => results.length > 0)
  if (measured.length === 0) return []
  return [
    `## What training took${rule}`,
    '',
    'Seconds of an epoch, of its training alone, on one thread while other trainings ran beside it; `npm run bench -- a2c` measures properly.',
    '',
    table(
      ['', 'seeds', 'seconds an epoch'],
      measured.map(({ method, results }) => [
        method.label,
        String(results.length),
        mean(results.flatMap(({ epochs }) => epochs.map(({ seconds }) => seconds))).toFixed(2),
      ]),
    ),
    '',
  ]
}
