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

/** What questions to a language model have cost. */
export function spentText(
  { calls, prompt, answer }: { readonly calls: number; readonly prompt: number; readonly answer: number },
  usd: number | undefined,
): string {
  const money = usd === undefined ? '' : `, ${usd.toFixed(4)} usd`
  return `${formatCount(calls)} calls, ${formatCount(prompt)} + ${formatCount(answer)} tokens${money}`
}

/** Seconds that answers took. @param latencies in milliseconds */
export function latencyOf(latencies: readonly number[]): { readonly median: number; readonly p95: number } | undefined {
  if (latencies.length === 0) return undefined
  const sorted = [...latencies].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000
  return { median: at(0.5), p95: at(0.95) }
}

export function latencyText(latencies: readonly number[]): string {
  const seconds = latencyOf(latencies)
  return seconds === undefined
    ? ''
    : `; an answer took ${seconds.median.toFixed(3)} s (19 of 20 at most ${seconds.p95.toFixed(3)} s)`
}
