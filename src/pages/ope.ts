import { join } from 'node:path'
import * as Plot from '@observablehq/plot'
import { nameOfAll } from '../core/index.ts'
import { writeOwnFile } from '../files/index.ts'
import type { Evaluation, Judged, JudgedTarget, WeightBin } from '../ope/index.ts'
import { draw, labelWidth, seriesColor, shortened, shortNumber, VERDICT_COLORS } from './charts.ts'
import { escapeHtml, facts, figure, legend, page, paragraph, section, table } from './markup.ts'
import { checkTable, describeLog, estimatorTable, judgmentTable, nextOf, notesOf } from './ope-text.ts'

/** Of a run of `tributary ope`: what stands at the top of its page, and in its JSON. */
export interface Asked {
  readonly log: string
  readonly reward: string
}

/**
 * Writes ope.json and ope.html; returns where the page is.
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeOpe(out: string, asked: Asked, evaluation: Evaluation): Promise<string> {
  await writeOwnFile(join(out, 'ope.json'), `${JSON.stringify({ ...asked, ...evaluation }, undefined, 2)}\n`)
  const path = join(out, 'ope.html')
  await writeOwnFile(path, renderOpe(asked, evaluation))
  return path
}

/** The page as HTML text. */
export function renderOpe({ log, reward }: Asked, evaluation: Evaluation): string {
  return page(
    'What other policies would have earned',
    `${describeLog(evaluation)}, asked what else could have been served.`,
    [
      facts([
        { name: 'log', value: log },
        { name: 'reward', value: reward },
        { name: 'estimators', value: evaluation.estimators.join(', ') },
      ]),
      ...evaluation.targets.flatMap(targetSections),
    ],
  )
}

function targetSections(target: JudgedTarget): string[] {
  const { name, overall, domains, weights } = target
  const [notes, next] = [notesOf(target), nextOf(target)]
  return [
    section(
      `${name} against what was served`,
      table(judgmentTable(target), verdictClass),
      ...notes.map((note) => paragraph(sentence(note))),
    ),
    next.length === 0 ? '' : section(`What to do next with ${name}`, ...next.map((one) => paragraph(sentence(one)))),
    overall.estimates.length === 0
      ? ''
      : section(
          `What ${name} would have earned more or less, by each estimator`,
          legend(Object.entries(VERDICT_COLORS).map(([word, color]) => ({ name: WORDS[word as Word], color }))),
          figure(differences(target), 'difference of a unit from what was served, with 95 % intervals over users'),
          table(estimatorTable(overall)),
        ),
    section(
      `Whether the log can say it of ${name}`,
      legend([
        { name: 'share of what was shown', color: seriesColor(0) },
        { name: 'share of all weight', color: seriesColor(1) },
      ]),
      figure(
        weightChart(weights),
        'how much more probable the target makes what was shown: far to the right, few steps decide all',
      ),
      table(checkTable(overall.checks), sentenceClass),
      ...domains
        .filter(({ checks }) => checks.some(({ outcome }) => outcome !== 'sound'))
        .flatMap(({ domain, checks }) => [
          `<h3>${escapeHtml(domain ?? '')}</h3>`,
          table(checkTable(checks), sentenceClass),
        ]),
    ),
  ]
}

type Word = keyof typeof VERDICT_COLORS
const WORDS = { helped: 'better', harmed: 'worse', 'no difference': 'no difference' } as const

function differences({ overall, domains }: JudgedTarget): string {
  const all = nameOfAll(domains.map(({ domain }) => domain ?? ''))
  const places = [...domains, overall]
  const rows = places.flatMap((judged) =>
    judged.estimates.map(({ estimator, difference }) => ({
      ...difference,
      estimator,
      place: judged.domain ?? all,
      color: wordOf(difference),
    })),
  )
  const names = [...new Set(rows.map(({ estimator }) => estimator))]
  const shown = [...new Set(rows.map(({ place }) => place))]
  return draw({
    width: 860,
    height: 54 + shown.length * (names.length * 22 + 14),
    marginLeft: labelWidth(shown),
    marginRight: labelWidth(names),
    marginBottom: 42,
    ariaLabel: 'difference from what was served by domain and estimator, with 95 % intervals',
    color: { domain: Object.keys(VERDICT_COLORS), range: Object.values(VERDICT_COLORS) },
    x: { label: 'difference →', grid: true, nice: true, ticks: 6, tickFormat: shortNumber },
    y: { label: null, axis: 'right', domain: names, tickFormat: shortened, tickSize: 0 },
    fy: { label: null, axis: 'left', domain: shown, padding: 0.12, tickFormat: shortened },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--axis)' }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'estimator', fy: 'place', stroke: 'color', strokeWidth: 2.5 }),
      Plot.dot(rows, { x: 'mean', y: 'estimator', fy: 'place', fill: 'color', r: 4.5 }),
    ],
  })
}

/** By its interval alone; verdicts are of all domains together. */
function wordOf({ low, high }: Judged['logging']): Word {
  return low > 0 ? 'helped' : high < 0 ? 'harmed' : 'no difference'
}

function weightChart(all: readonly WeightBin[]): string {
  const held = all.flatMap(({ steps }, bin) => (steps > 0 ? [bin] : []))
  const weights = all.slice(held[0] ?? 0, (held.at(-1) ?? all.length) + 1)
  const name = ({ from, to }: WeightBin) => (Number.isFinite(to) ? `≤ ${shortNumber(to)}` : `> ${shortNumber(from)}`)
  const rows = weights.flatMap((bin) => [
    { bin: name(bin), of: 'steps', share: bin.steps },
    { bin: name(bin), of: 'weight', share: bin.weight },
  ])
  return draw({
    width: 860,
    height: 240,
    marginLeft: 62,
    marginBottom: 46,
    ariaLabel: 'shares of steps and of weight by weight',
    color: { domain: ['steps', 'weight'], range: [seriesColor(0), seriesColor(1)] },
    x: { axis: null, domain: ['steps', 'weight'], padding: 0.1 },
    fx: { label: 'weight →', domain: weights.map(name), axis: 'bottom', padding: 0.15 },
    y: { label: null, grid: true, ticks: 5, tickFormat: '%' },
    marks: [
      Plot.barY(rows, { x: 'of', fx: 'bin', y: 'share', fill: 'of', fillOpacity: 0.85 }),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
    ],
  })
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function verdictClass(cell: string): string | undefined {
  return { better: 'helped', worse: 'harmed', 'not supported': 'harmed' }[cell]
}

function sentenceClass(cell: string): string | undefined {
  return cell === 'refused' ? 'harmed' : cell.includes(' ') && cell.length > 24 ? 'sentence' : undefined
}
