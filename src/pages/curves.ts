import { type LearningCurve, trainedCurves } from '../runs/epochs.ts'
import { type CurvePoint, curveChart } from './charts/index.ts'
import { figure } from './draw.ts'
import { lines } from './looks.ts'
import { escapeHtml, paragraph, section } from './markup.ts'
import { REWARD_TERMS } from './policies.ts'
import { OVER_SEEDS, overSeeds } from './seeds.ts'

/** Of one chart of learning curves. */
export interface DrawnCurves {
  readonly title: string
  readonly points: readonly CurvePoint[]
  readonly names: readonly string[]
  /** The epochs whose weights were kept. */
  readonly marked: readonly CurvePoint[]
  readonly of: 'losses' | 'validation'
  /** Whether a line is of several seeds. */
  readonly seeds: boolean
}

/** One model: all its losses and validation metrics. Several: the loss and the chosen metric, a line a model; seeds are one line. */
export function drawnCurves(curves: readonly LearningCurve[], metric: string): DrawnCurves[] {
  const trained = trainedCurves(curves)
  const one = new Set(trained.map(({ name }) => name)).size === 1
  const seeds = new Set(trained.map(({ name }) => name)).size < trained.length
  const chart = (title: string, of: DrawnCurves['of'], keep: (key: string) => boolean): DrawnCurves[] => {
    const logged = trained.flatMap(({ name, epochs }, run) =>
      epochs.flatMap(({ epoch, best, [of]: figures }) =>
        Object.entries(figures)
          .filter(([key]) => keep(key))
          .map(([key, value]) => ({ series: one ? key : name, x: epoch, value, best, run })),
      ),
    )
    if (logged.length === 0) return []
    const names = [...new Set(logged.map(({ series }) => series))]
    const runs = [...new Set(logged.map(({ run }) => run))]
    const kept = names.flatMap((name) =>
      runs.flatMap((one) => logged.findLast(({ series, best, run }) => best && series === name && run === one) ?? []),
    )
    return [{ title, of, points: overSeeds(logged), names, marked: of === 'losses' ? [] : kept, seeds }]
  }
  const lengths = new Set(trained.flatMap(({ epochs }) => epochs.flatMap(({ losses }) => losses.length ?? [])))
  return [
    // Older runs have what was trusted (`lambda/books`) among their losses.
    ...chart(one ? 'Training losses' : 'Training loss', 'losses', (key) =>
      one ? !key.includes('/') && !APART.test(key) : key === 'loss',
    ),
    ...chart('Return of an episode in training', 'losses', (key) => (one ? /return$/i.test(key) : key === 'return')),
    // Where nobody leaves, all are as long.
    ...(lengths.size > 1 ? chart('Length of an episode in training', 'losses', (key) => key === 'length') : []),
    ...chart(one ? 'Validation' : `Validation ${metric}`, 'validation', (key) =>
      one ? DRAWN.includes(key) : key === metric,
    ),
  ]
}

/** `series`: all that have a look on the page. */
export function curvesSection(drawn: readonly DrawnCurves[], series: readonly string[]): string {
  if (drawn.length === 0) return ''
  const charts = drawn.map(({ title, points, names, marked }) =>
    [
      '<div>',
      `<h3>${escapeHtml(title)}</h3>`,
      lines(series, names),
      figure(curveChart(points, { series, label: title, marked }), ''),
      '</div>',
    ].join('\n'),
  )
  const validated = drawn.some(({ of }) => of === 'validation')
  return section(
    'Learning curves',
    paragraph(
      `Losses are means over the steps of an epoch.${validated ? ' Circles mark the epoch whose weights were kept, chosen on the validation part.' : ''}${drawn.some(({ seeds }) => seeds) ? ` Of several seeds ${OVER_SEEDS}.` : ''}`,
    ),
    `<div class="pair">\n${charts.join('\n')}\n</div>`,
  )
}

/** Figures of policies that training logs with the losses and that share no scale with them. */
const APART = new RegExp(`^(length|.*return|${REWARD_TERMS.join('|')})$`, 'i')

/** Validation metrics that share a scale and do not repeat one another. */
const DRAWN = ['hr@10', 'ndcg@10', 'mrr', 'auc', 'logloss', 'mae', 'rmse']
