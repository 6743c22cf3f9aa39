import { join } from 'node:path'
import type { PlotOptions } from '@observablehq/plot'
import { nameOfAll } from '../core/index.ts'
import { writeOwnFile } from '../files/index.ts'
import type { Evaluation, Judged, JudgedTarget, WeightBin } from '../ope/index.ts'
import {
  seriesColor,
  shortNumber,
  VERDICT_COLORS,
  type VerdictColor,
  weightShareChart,
  whiskerChart,
} from './charts/index.ts'
import { figure } from './draw.ts'
import { escapeHtml, facts, legend, page, paragraph, section, table } from './markup.ts'
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
          legend(Object.entries(VERDICT_COLORS).map(([word, color]) => ({ name: WORDS[word as VerdictColor], color }))),
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
        weightsOf(weights),
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

const WORDS = { helped: 'better', harmed: 'worse', 'no difference': 'no difference' } as const

function differences({ overall, domains }: JudgedTarget): (width: number) => PlotOptions {
  const all = nameOfAll(domains.map(({ domain }) => domain ?? ''))
  const rows = [...domains, overall].flatMap((judged) =>
    judged.estimates.map(({ estimator, difference }) => ({
      ...difference,
      name: estimator,
      place: judged.domain ?? all,
      verdict: wordOf(difference),
    })),
  )
  const says = 'difference from what was served by domain and estimator, with 95 % intervals'
  return (width) => whiskerChart(rows, { label: 'difference', says, width })
}

/** By its interval alone; verdicts are of all domains together. */
function wordOf({ low, high }: Judged['logging']): VerdictColor {
  return low > 0 ? 'helped' : high < 0 ? 'harmed' : 'no difference'
}

function weightsOf(all: readonly WeightBin[]): (width: number) => PlotOptions {
  const held = all.flatMap(({ steps }, bin) => (steps > 0 ? [bin] : []))
  const weights = all.slice(held[0] ?? 0, (held.at(-1) ?? all.length) + 1)
  const name = ({ from, to }: WeightBin) => (Number.isFinite(to) ? `≤ ${shortNumber(to)}` : `> ${shortNumber(from)}`)
  const bins = weights.map((bin) => ({ ...bin, bin: name(bin) }))
  return (width) => weightShareChart(bins, width)
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
