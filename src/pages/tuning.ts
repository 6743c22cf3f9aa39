import { join } from 'node:path'
import type { Dimension, Trial, TuningOutcome } from '../experiments/tuning/index.ts'
import { writeOwnFile } from '../files/index.ts'
import { type CurvePoint, curveChart, parallelChart } from './charts/index.ts'
import { figure } from './draw.ts'
import { facts, page, paragraph, section, table } from './markup.ts'
import { importanceTable, optionsText, rankedTrials, trialsTable, tuningNotes } from './tuning-text.ts'

/** Best trials that stand out among the lines, and rows of the table. */
const CHOSEN = 5
const MOST_ROWS = 40

/**
 * Writes tuning.json, best.json (a configuration for `tributary train --config`) and tuning.html.
 * @returns where each is
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeTuning(out: string, outcome: TuningOutcome) {
  const files = {
    results: join(out, 'tuning.json'),
    best: join(out, 'best.json'),
    report: join(out, 'tuning.html'),
  }
  await writeOwnFile(files.results, `${JSON.stringify(outcome, undefined, 2)}\n`)
  const train = { model: outcome.model, set: { ...outcome.fixed, ...outcome.best.options }, splitBy: outcome.split }
  await writeOwnFile(files.best, `${JSON.stringify({ train }, undefined, 2)}\n`)
  await writeOwnFile(files.report, renderTuning(outcome))
  return files
}

/** The page as HTML text. */
function renderTuning(outcome: TuningOutcome): string {
  const { model, dataset, metric, objective, trials, best, defaults, sampler, split } = outcome
  return page(
    `${model} tuned on ${dataset.name}`,
    `${trials.length} trials by ${metric} (${objective}) on validation: ${best.value.toFixed(4)} with ${optionsText(best) || 'the defaults'}, ${defaults.value.toFixed(4)} with the defaults.`,
    [
      facts([
        { name: 'model', value: model },
        { name: 'dataset', value: dataset.name },
        { name: 'split', value: split },
        { name: 'chosen by', value: sampler },
        { name: 'seed', value: String(outcome.seed) },
        { name: 'seed of the trainings', value: String(outcome.trainingSeed) },
      ]),
      section(
        'How far it got',
        figure((width) => budget(outcome, width), `best ${metric} so far by trial`),
      ),
      section(
        'What was tried',
        figure(
          (width) => parallel(outcome, width),
          `a line a trial; the best ${Math.min(CHOSEN, rankedTrials(outcome).length)} stand out`,
        ),
      ),
      section(
        'What it hangs on',
        paragraph(
          'The share of the variance of the result that an option explains by itself (ω² over four parts of its range). What options do together is not in it, and a search that has found good values tries others seldom.',
        ),
        table(importanceTable(outcome)),
      ),
      section(
        trials.length > MOST_ROWS ? `The best ${MOST_ROWS} of ${trials.length} trials` : 'All trials',
        table(trialsTable(outcome, MOST_ROWS)),
      ),
      section('How to read it', ...tuningNotes(outcome).map(paragraph)),
    ],
  )
}

function budget({ trials, metric, lessIsBetter, defaults }: TuningOutcome, width: number) {
  let best = Number.NaN
  const points = trials.flatMap(({ number, value, stopped }): CurvePoint[] => {
    if (!Number.isFinite(value) || stopped) return []
    if (Number.isNaN(best) || (lessIsBetter ? value < best : value > best)) best = value
    return [{ series: 'best so far', x: number, value: best }]
  })
  const lines = [{ name: 'defaults', value: defaults.value }]
  return curveChart(points, { series: ['best so far'], label: `best ${metric}`, along: 'trial', lines, width })
}

function parallel(outcome: TuningOutcome, width: number) {
  const { space, metric } = outcome
  const ranked = rankedTrials(outcome).filter(({ number }) => number > 0)
  const runs = ranked.map((trial) => ({
    name: nameOf(trial),
    values: { ...shownOptions(space, trial), [metric]: trial.value },
  }))
  const axes = [
    ...space.map((dimension) => ({
      name: dimension.option,
      logarithmic: dimension.kind === 'range' && dimension.logarithmic,
    })),
    { name: metric },
  ]
  const chosen = new Set(ranked.slice(0, CHOSEN).map(nameOf))
  return parallelChart(runs, { axes, label: `${metric} by option`, chosen, width })
}

function shownOptions(space: readonly Dimension[], { options }: Trial): Record<string, number | string> {
  return Object.fromEntries(
    space.map(({ option }) => {
      const value = options[option]
      return [option, typeof value === 'number' ? value : String(value)]
    }),
  )
}

function nameOf({ number }: Trial): string {
  return `trial ${number}`
}
