import type { Trial, TuningOutcome } from '../experiments/tuning/index.ts'
import type { TextTable } from './compare-text.ts'

/** `learningRate=0.001 dropout=0.2`; empty for the defaults. */
export function optionsText({ options }: Trial): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** Those that came to their end, the best first. */
export function rankedTrials({ trials, lessIsBetter }: TuningOutcome): Trial[] {
  return trials
    .filter(({ value, stopped }) => Number.isFinite(value) && !stopped)
    .sort((a, b) => (lessIsBetter ? a.value - b.value : b.value - a.value) || a.number - b.number)
}

export function trialsTable(outcome: TuningOutcome, most: number): TextTable {
  const right = (title: string) => ({ title, align: 'right' as const })
  return {
    columns: [{ title: 'trial' }, right(outcome.metric), right('epochs'), right('seconds'), { title: 'options' }],
    rows: rankedTrials(outcome)
      .slice(0, most)
      .map((trial) => [
        String(trial.number),
        trial.value.toFixed(4),
        `${trial.epochs}${trial.underTrained ? ' (was still getting better)' : ''}`,
        trial.seconds.toFixed(1),
        optionsText(trial) || 'the defaults',
      ]),
  }
}

export function importanceTable({ importances }: TuningOutcome): TextTable {
  return {
    columns: [{ title: 'option' }, { title: 'share of the variance', align: 'right' }],
    rows: [...importances]
      .sort((a, b) => (b.share || 0) - (a.share || 0))
      .map(({ option, share }) => [option, Number.isNaN(share) ? 'too few trials' : `${Math.round(100 * share)} %`]),
  }
}

/** What has to be known to read the figures. */
export function tuningNotes({
  trials,
  best,
  defaults,
  bestByDomain,
  trainingSeed,
  splitNotes,
}: TuningOutcome): string[] {
  const others = Object.entries(bestByDomain).filter(([, number]) => number !== best.number)
  const failed = trials.filter(({ failure }) => failure !== undefined).length
  const stopped = trials.filter((trial) => trial.stopped).length
  return [
    `Chosen on validation cases with one seed (${trainingSeed}). The best of many is partly luck: what it is worth on test cases, and against the defaults, says a comparison over other seeds.`,
    ...(best.number === defaults.number ? ['Nothing that was tried did better than the defaults.'] : []),
    ...(best.underTrained
      ? ['The best trial was still getting better in its last epoch; with more epochs it may get further.']
      : []),
    ...(others.length > 0
      ? [
          `Taken by themselves, some domains do best with other trials: ${others.map(([domain, number]) => `${domain} ${number}`).join(', ')}.`,
        ]
      : []),
    ...(stopped > 0
      ? [`${stopped} trials were stopped early since others were better; they are not in the figures.`]
      : []),
    ...(failed > 0 ? [`${failed} trials failed, as trainings that diverge do.`] : []),
    ...splitNotes,
  ]
}
