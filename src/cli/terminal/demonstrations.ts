import type { DemonstrationsDescription } from '../../rl/index.ts'
import { formatCount } from './progress.ts'
import { formatTable } from './table.ts'

/** A line for all, and a table with a row for each demonstrator. */
export function formatDemonstrations({ episodes, steps, users, items, models }: DemonstrationsDescription): string {
  const right = { align: 'right' as const }
  const number = (value: number | undefined, digits = 2) => value?.toFixed(digits) ?? '–'
  return [
    `${formatCount(episodes)} episodes of ${formatCount(users)} users: ${formatCount(steps)} recommendations of ${formatCount(items)} items`,
    '',
    formatTable(
      [
        { title: 'demonstrator' },
        { title: 'source' },
        { title: 'episodes', ...right },
        { title: 'left', ...right },
        { title: 'lenAll', ...right },
        { title: 'lenAcc', ...right },
        { title: 'returnAll', ...right },
        { title: 'returnAcc', ...right },
        { title: 'outside catalogue', ...right },
      ],
      models.map((one) => [
        one.model,
        one.source,
        formatCount(one.episodes),
        formatCount(one.left),
        number(one.lenAll),
        number(one.lenAcc),
        number(one.returnAll),
        number(one.returnAcc),
        one.outsideCatalogue === undefined ? '–' : `${(100 * one.outsideCatalogue).toFixed(1)} %`,
      ]),
    ),
    '',
    'All: with the step at which the user left; Acc: accepted steps alone',
  ].join('\n')
}
