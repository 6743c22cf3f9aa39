// Sections of the page of reproduce/darlr.ts about DARLR itself: why it earns what it earns, its parts, its options.
import { mean } from '../../src/math/bootstrap.ts'
import { table } from '../shared/markdown.ts'
import type { Result } from './job.ts'
import {
  AT_PUBLISHED_BUDGET,
  BASE_OF_SENSITIVITY,
  METHODS,
  movedTo,
  SEEDS_AT_PUBLISHED_BUDGET,
  SENSITIVE,
} from './methods.ts'
import type { DatasetName, PublishedRow } from './published.ts'
import { RECORDED_AT_PUBLISHED_BUDGET } from './recorded.ts'
import { SETTINGS } from './settings.ts'
import { curveOf, difference, finalsOf, lastQuarter, pointsAway, spread } from './statistics.ts'
import { nameOf, type Row, type Shown } from './summary.ts'
import { endText, intervalText, plusMinus, plusMinusOf, pointsText, signed, spreadText } from './text.ts'

/** What the rows say of the reason, in figures of this page. */
export function whySection(rows: readonly Shown[], best: readonly Result[], { controls = {} }: Result): string[] {
  const rowOf = (...labels: readonly string[]) =>
    labels.flatMap(
      (label) => rows.find(({ method, summary }) => method.label === label && summary.last !== undefined) ?? [],
    )[0]
  const told = (row: Shown) => {
    const { count } = row.summary.overEpochs
    return `${row.summary.last!.toFixed(2)} (*${nameOf(row)}*, ${count === 1 ? 'one seed' : `${count} seeds`})`
  }
  const pairs = (
    [
      ['DARLR', rowOf('darlr, repeats=false'), rowOf('darlr', 'darlr, selectorStart=passes'), 76.35],
      ['ROLeR', rowOf('roler, repeats=false'), rowOf('roler'), 75.67],
      ['GT', rowOf('gt, repeats=false'), rowOf('gt'), undefined],
    ] as const
  ).flatMap(([name, without, repeated, before]) => {
    if (repeated === undefined || (without === undefined && before === undefined)) return []
    const found = without ? told(without) : `${before} (one seed of 30 × 21,000 turns, not of this comparison)`
    return [`${name} ${found} in place of ${told(repeated)}`]
  })
  const own = best.flatMap(({ controls }) => controls?.own.rTra ?? [])
  return [
    '## Why DARLR earns less here than published',
    '',
    `- **Not the world model.** Who acted best in the published one by its predictions would earn ${own.length > 0 ? mean(own).toFixed(2) : '77.26'} ([below](#what-the-world-models-allow)); policies that learn in it with repeats end four to five points below that. GT, which needs no world model, ends below its published row, too.`,
    '- **Not R.** What DARLR makes of R keeps its worth in the published world: after seven epochs of 21,000 turns (one seed) the best items by R earned 76.92 and one list by R 78.03, by R⁰ 77.30 and 77.42. An earlier version of this page said that R over-believes. That was measured on held-out rows in another world and mode (*chosen*, `repeats=false`), and says nothing of these rows.',
    `- **The learner.** With repeats a policy becomes sure of one item within 170,000 turns (entropy .1 of 5.7) and never learns the order of the others, which \`noRepeat\` asks for ([a2c](../policies/a2c.md#what-repeats-while-it-learns-do)). With \`repeats=false\` and nothing else, in the last simulation: ${pairs.join('; ')}.`,
    "- **What the published figure is of.** 78.04 is a mean over all epochs of a policy that draws, untrained epochs included, and a policy without an error would earn 76.4 to 77.5 in a world trained by the released recipe (three seeds of an independent program). DARLR's code is not public: whether it learns without repeats, as an option of its family does, is not known. On Coat R̂ is one list for all with another offset for each user (cosines above .98), so that means over neighbors or reference users change nothing: it is no data set that could show what DARLR is for.",
    `- **One fixed list beats them all**: \`best-list\` earns ${controls['best-list'].rTra.toFixed(2)}, more than every row of the papers but GT.`,
    '',
  ]
}

/** What R allows in the end. */
export function estimatesSection(rows: readonly Row[], { controls = {} }: Result, rule: string): string[] {
  const done = rows.filter(({ estimates }) => estimates.length > 0)
  if (done.length === 0) return []
  const list = controls['best-list']
  return [
    `## What R allows when DARLR has learned${rule}`,
    '',
    'The best items by the R that a training ended with, in the truth: those of each user, and one list for all by its means.',
    '',
    table(
      ['', 'seeds', 'own best items by R', 'one list by R', 'drift of R'],
      done.map(({ method, estimates, results }) => {
        const cell = (name: string) => {
          const finals = estimates.map((result) => result.controls![name])
          return `${plusMinusOf(finals.map(({ rTra }) => rTra))}, ${intervalText(difference(finals, [list]))}`
        }
        const drifts = results.flatMap(({ epochs }) => epochs.at(-1)?.losses.rewardDrift ?? [])
        const drift = drifts.length > 0 ? mean(drifts).toFixed(3) : '–'
        return [method.label, String(estimates.length), cell('own'), cell('list'), drift]
      }),
    ),
    '',
  ]
}

export function ablationSection(rows: readonly Shown[], rule: string): string[] {
  const parts = rows.filter(({ method }) => method.kind === 'ablation')
  if (parts.length === 0) return []
  const roler = rows.filter(({ method }) => method.label === 'roler, repeats=false')
  const [whole] = parts
  const finals = finalsOf(whole.results)
  return [
    `## DARLR without its parts${rule} (Table 4)`,
    '',
    "Without repeats, and with all users as candidates: where the nearest alone may be chosen, no reward of the selector can choose badly, and where a policy settles on one item, no part of the rest is seen. *Static uncertainty* is ROLeR's, which on Coat is none. `darlr, all candidates` is the whole.",
    '',
    table(
      ['', 'paper', 'here, over epochs', 'end of training', 'last simulation', 'against the whole'],
      [...roler, ...parts].map((row) => [
        nameOf(row),
        row.paper ? plusMinus(row.paper.rTra, row.paper.sd) : '–',
        spreadText(row.summary.overEpochs),
        endText(row.summary.end),
        row.summary.last?.toFixed(2) ?? '–',
        row === whole || finals.length === 0 || finalsOf(row.results).length !== finals.length
          ? ''
          : intervalText(difference(finalsOf(row.results), finals)),
      ]),
    ),
    '',
  ]
}

/** Fig. 5: one option at a time, on the tuning seed. */
export function sensitivitySection(tried: ReadonlyMap<string, Result>, rule: string): string[] {
  const base = tried.get(BASE_OF_SENSITIVITY)
  if (base === undefined || tried.size < 2) return []
  const cell = (value: string, { final }: Result) => `${value}: ${final!.rTra.toFixed(2)} / ${final!.byLog!.toFixed(2)}`
  const rowsOf = SENSITIVE.map((option) => {
    const moved = METHODS.flatMap((method) => {
      const value = movedTo(method, option)
      const result = tried.get(method.label)
      return value === undefined || result === undefined ? [] : [cell(String(value), result)]
    })
    return [option, cell('default', base), ...moved]
  })
  const width = Math.max(...rowsOf.map((cells) => cells.length))
  return [
    `## One option at a time${rule} (Figure 5)`,
    '',
    "The published ranges but for the default, each beside the defaults of the others, without repeats; one seed, which no other row of this page uses. *Value: last simulation in the truth / in the world model that tells held-out rows best*, the log's own judgment. λ_E does nothing in a log without times.",
    '',
    table(
      ['', 'default', ...Array.from({ length: width - 2 }, () => 'moved')],
      rowsOf.map((cells) => [...cells, ...Array.from({ length: width - cells.length }, () => '')]),
    ),
    '',
  ]
}

export function tunedSection(rows: readonly Shown[], rule: string): string[] {
  const tuned = rows.filter(({ method }) => method.kind === 'tuned')
  if (tuned.length === 0) return []
  const base = rows.find(({ method }) => method.label === BASE_OF_SENSITIVITY)
  return [
    `## DARLR tuned${rule}`,
    '',
    'The best value of each option of the section above, chosen one by one on its seed: by the truth, as the paper chooses (so it is no honest row), and by the log. Trained anew with the seeds of the other rows.',
    '',
    table(
      ['', 'settings', 'over epochs', 'last simulation', 'against the defaults'],
      tuned.map((row) => {
        const [ours, theirs] = [finalsOf(row.results), finalsOf(base?.results ?? [])]
        const same = ours.length > 0 && ours.length === theirs.length
        return [
          nameOf(row),
          Object.entries(row.method.set)
            .filter(([option]) => option !== 'repeats')
            .map(([option, value]) => `${option} ${value}`)
            .join(', ') || 'the defaults',
          spreadText(row.summary.overEpochs),
          row.summary.last?.toFixed(2) ?? '–',
          same ? intervalText(difference(ours, theirs)) : '–',
        ]
      }),
    ),
    '',
  ]
}

export function publishedSection(
  rows: readonly Row[],
  papers: Readonly<Record<string, PublishedRow>>,
  dataset: DatasetName,
  rule: string,
): string[] {
  const done = rows.filter(({ published }) => published.length > 0)
  const recorded = dataset === 'coat' ? Object.entries(RECORDED_AT_PUBLISHED_BUDGET) : []
  if (done.length + recorded.length === 0) return []
  return [
    `## At the published budget${rule}`,
    '',
    `200 × 100,000 turns; with †, seed 1 of the earlier comparison.${done.length === 0 ? ` ${SEEDS_AT_PUBLISHED_BUDGET} seeds of ${AT_PUBLISHED_BUDGET.join(', ')} are not measured: one training of DARLR takes over an hour of one processor.` : ''}`,
    '',
    table(
      ['', 'paper', 'over epochs', 'difference in points', 'last quarter', 'last simulation'],
      [
        ...done.map(({ method, published }) => {
          const paper = papers[method.published ?? method.label]
          const over = spread(published.map((result) => mean(curveOf(result))))
          return [
            method.label,
            paper ? plusMinus(paper.rTra, paper.sd) : '–',
            spreadText(over),
            paper ? pointsText(pointsAway(over, paper)) : '–',
            endText(spread(published.map((result) => mean(lastQuarter(curveOf(result)))))),
            plusMinusOf(finalsOf(published).map(({ rTra }) => rTra)),
          ]
        }),
        ...recorded.map(([label, { overEpochs, end, last }]) => {
          const paper = papers[label.split(',')[0]]
          return [
            `${label} †`,
            plusMinus(paper.rTra, paper.sd),
            `${overEpochs[0].toFixed(2)} (1 seed)`,
            `${signed(overEpochs[0] - paper.rTra)} (1 seed)`,
            end.toFixed(2),
            last.toFixed(2),
          ]
        }),
      ],
    ),
    '',
  ]
}

/** What this page should have and has not. */
export function openSection(
  rows: readonly Row[],
  tried: ReadonlyMap<string, Result>,
  dataset: DatasetName,
  recorded: (label: string) => boolean,
): string[] {
  const wanted = METHODS.filter(({ kind, label }) => kind !== 'sensitivity' && !recorded(label))
  const open = wanted.filter(
    ({ label }) => !rows.some(({ method, results }) => method.label === label && results.length > 0),
  )
  const sensitive = METHODS.filter(({ kind, label }) => kind === 'sensitivity' && !tried.has(label))
  if (open.length + sensitive.length === 0) return []
  const data = SETTINGS[dataset].reader === 'coat' ? '' : ` --dataset ${dataset} --data FOLDER`
  return [
    '## Not measured yet',
    '',
    'What the machine had no time for; the commands go on where they were.',
    '',
    ...(open.length > 0
      ? [
          `- \`npx tsx reproduce/darlr.ts${data} --stage 'worldmodels;train' --seeds 5\`: ${open.map(({ label }) => `*${label}*`).join(', ')}`,
        ]
      : []),
    ...(sensitive.length > 0
      ? [
          `- \`npx tsx reproduce/darlr.ts${data} --stage 'sensitivity;tuned' --seeds 5\`: ${sensitive.length} of the ${METHODS.filter(({ kind }) => kind === 'sensitivity').length} settings of Figure 5, and DARLR tuned by them, by the truth and by the log`,
        ]
      : []),
    `- \`npx tsx reproduce/darlr.ts${data} --stage published --seeds ${SEEDS_AT_PUBLISHED_BUDGET}\`: ${AT_PUBLISHED_BUDGET.join(', ')} at the published budget with ${SEEDS_AT_PUBLISHED_BUDGET} seeds`,
    '',
  ]
}
