// Sections of the page of reproduce/darlr.ts behind its first table.
import { mean } from '../../src/math/bootstrap.ts'
import { table } from '../shared/markdown.ts'
import { lineFigure } from './figures.ts'
import type { Result } from './job.ts'
import type { Method } from './methods.ts'
import type { PublishedCurve, PublishedRow, publishedCurves } from './published.ts'
import { curveOf, difference, endOf, finalsOf, lastQuarter } from './statistics.ts'
import { awayText, endText, intervalText, overEpochs, overEpochsAway, plusMinus, plusMinusOf, signed } from './text.ts'

export interface Row {
  readonly method: Method
  /** One a seed. */
  readonly results: readonly Result[]
  /** One training at the published budget. */
  readonly published: Result | undefined
}

/** What a reader wants to know first: who earns most, and whether that is more than a list, and than the best published row. */
export function shortSection(
  rows: readonly Row[],
  { controls = {} }: Result,
  ideal: PublishedRow | undefined,
): string[] {
  const list = controls['best-list']
  const groups = [
    ['Methods as published, without `gt`', ['naive', 'log', 'world']],
    ['Ours', ['ours']],
  ] as const
  const lines = groups.flatMap(([group, kinds]) => {
    const earned = rows.flatMap(({ method, results }) => {
      const finals = finalsOf(results)
      if (finals.length === 0 || !(kinds as readonly string[]).includes(method.kind)) return []
      return [{ label: method.label, finals, mean: mean(finals.map(({ rTra }) => rTra)) }]
    })
    const [best] = earned.sort((a, b) => b.mean - a.mean)
    if (best === undefined) return []
    const others = earned.slice(1, 3).map(({ label, mean }) => `${label} ${mean.toFixed(2)}`)
    const above = ideal === undefined ? '' : `, ${signed(best.mean - ideal.rTra)} to the published GT`
    const next = others.length > 0 ? `; then ${others.join(', ')}` : ''
    return [
      `- ${group}: **${best.label}** earns most, ${best.mean.toFixed(2)}: ${intervalText(difference(best.finals, [list]))} to the best fixed list (${list.rTra.toFixed(2)})${above}${next}.`,
    ]
  })
  return lines.length === 0 ? [] : ['In the last simulation:', '', ...lines, '']
}

/** Where users leave, how long they stay and what a turn pays tell more than the sum. */
export function lengthSection(
  leave: readonly string[],
  rule: string,
  rows: readonly Row[],
  rowOf: (method: Method) => PublishedRow | undefined,
): string[] {
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
      rows.map(({ method, results }) => {
        const paper = rowOf(method)
        const cell = (published: number | undefined, name: string, digits: number) =>
          `${published?.toFixed(digits) ?? '–'} / ${figure(results, name, digits)}`
        return [
          method.label,
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
export function varietySection(
  rows: readonly {
    readonly method: Method
    readonly results: readonly Result[]
    readonly curve: PublishedCurve | undefined
  }[],
  rule: string,
): string[] {
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
      rows.map(({ method, results, curve }) => [
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
    '',
    '',
    final.coverage.toFixed(3),
  ])
}

export function finalRow({ method, results }: Row, { controls = {} }: Result, rows: readonly Row[]): string[] {
  const finals = finalsOf(results)
  if (finals.length === 0) return [method.label, '–', '', '', '', '', '']
  const yardstick = [controls['best-list']]
  const greedy = finals.every((final) => final.greedy !== undefined)
  return [
    method.label,
    mean(finals.map(({ rTra }) => rTra)).toFixed(2),
    intervalText(difference(finals, yardstick)),
    againstRoler(method, results, rows),
    greedy ? mean(finals.map(({ greedy: rewards }) => mean(rewards!))).toFixed(2) : '',
    greedy ? intervalText(difference(finals, yardstick, 'greedy')) : '',
    mean(finals.map(({ coverage }) => coverage)).toFixed(3),
  ]
}

/** On the seeds that both have. */
function againstRoler({ label }: Method, results: readonly Result[], rows: readonly Row[]): string {
  const rival = rows.find(({ method }) => method.label === 'roler')?.results ?? []
  if (label === 'roler') return ''
  const pairs = results.flatMap((result) => {
    const other = rival.find(({ seed }) => seed === result.seed)
    return result.final && other?.final ? [[result.final, other.final] as const] : []
  })
  if (pairs.length === 0) return '–'
  return intervalText(
    difference(
      pairs.map(([ours]) => ours),
      pairs.map(([, other]) => other),
    ),
  )
}

export function ablationSection(
  rows: readonly Row[],
  rowOf: (method: Method) => PublishedRow | undefined,
  rule: string,
): string[] {
  const parts = rows.filter(({ method }) => method.kind === 'ablation')
  if (parts.length === 0) return []
  const whole = rows.filter(({ method }) => ['roler', 'darlr'].includes(method.label))
  return [
    `## DARLR without its parts${rule} (Table 4)`,
    '',
    table(
      ['', 'paper', 'here, over epochs', 'here, end of training', 'last simulation', 'against darlr'],
      [...whole, ...parts].map(({ method, results }) => {
        const paper = rowOf(method)
        const finals = finalsOf(results)
        const darlr = finalsOf(whole.find((row) => row.method.label === 'darlr')?.results ?? [])
        return [
          method.label,
          paper ? plusMinus(paper.rTra, paper.sd) : '–',
          overEpochs(results[0]),
          endText(results),
          finals.length > 0 ? mean(finals.map(({ rTra }) => rTra)).toFixed(2) : '–',
          method.label === 'darlr' || finals.length === 0 || finals.length !== darlr.length
            ? ''
            : intervalText(difference(finals, darlr)),
        ]
      }),
    ),
    '',
  ]
}

export function publishedSection(
  rows: readonly Row[],
  rowOf: (method: Method) => PublishedRow | undefined,
  { controls = {} }: Result,
  curves: ReturnType<typeof publishedCurves>,
  rule: string,
): string[] {
  const done = rows.filter(({ published }) => published !== undefined)
  if (done.length === 0) return []
  return [
    `## At the published budget${rule}`,
    '',
    'One training of 200 × 100,000 turns, seed 1.',
    '',
    table(
      [
        '',
        'paper',
        'published curve, last quarter',
        'over epochs',
        "difference / paper's ±",
        'last quarter',
        'last simulation',
        'against best-list',
      ],
      done.map(({ method, published }) => {
        const paper = rowOf(method)
        const curve = curves.get(paper?.curve ?? '')
        const { final } = published!
        return [
          method.label,
          paper ? plusMinus(paper.rTra, paper.sd) : '–',
          curve ? mean(lastQuarter(curve.rTra)).toFixed(2) : '–',
          overEpochs(published),
          awayText(overEpochsAway(published, paper)),
          mean(lastQuarter(curveOf(published!))).toFixed(2),
          final ? final.rTra.toFixed(2) : '–',
          final ? intervalText(difference([final], [controls['best-list']])) : '–',
        ]
      }),
    ),
    '',
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
      if (method.kind === 'ablation') return []
      const curves = results.map(({ epochs }) => epochs.flatMap(({ losses }) => losses[figure] ?? []))
      return curves.every((curve) => curve.length > 1) ? [{ series: method.label, curves }] : []
    })
    if (lines.length === 0) return []
    add(figure, lineFigure(lines, title))
    return [image(figure, title), '', `*${text}; mean over seeds ± one standard deviation.*`, '']
  })
  return parts.length === 0 ? [] : [`## What is believed of rewards${rule} (Fig. 4)`, '', ...parts]
}

export function costSection(rows: readonly Row[], rule: string): string[] {
  return [
    `## What training took${rule}`,
    '',
    'Seconds of an epoch, of its training alone, on one thread while other trainings ran beside it; `npm run bench -- a2c` measures properly.',
    '',
    table(
      ['', 'seeds', 'seconds an epoch'],
      rows.map(({ method, results }) => [
        method.label,
        String(results.length),
        mean(results.flatMap(({ epochs }) => epochs.map(({ seconds }) => seconds))).toFixed(2),
      ]),
    ),
    '',
  ]
}
