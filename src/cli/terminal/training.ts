import { parseConfig, type Task, type TrainEvent } from '../../core/index.ts'
import { findModel } from '../../registry.ts'
import { type TrainedRun, type TrainRunOptions, trainRun } from '../../runs/train.ts'
import { formatDuration } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { type TimeLeft, timeLeft } from './time-left.ts'

/** What the examples of a step are. */
const UNITS: Readonly<Record<Task, string>> = { ranking: 'sequences', ctr: 'rows', rating: 'rows', policy: 'turns' }

export interface Shown {
  /** A line that stays for each epoch. */
  readonly epochLines: boolean
  readonly onEvent?: (event: TrainEvent) => void
  /** Of all the work that this training is a part of, begun at its job; default of the training alone. */
  readonly left?: TimeLeft
  /** What each domain takes of a training that goes domain by domain, in that order; without it nothing is known of when it ends. */
  readonly domainShares?: ReadonlyMap<string, number>
}

/**
 * Trains into a run directory and shows how it goes: a bar an epoch with the time that is left, and lines that stay.
 * @param label what the progress is called, as in `sasrec seed 2`
 */
export async function trainVisibly(
  terminal: Terminal,
  label: string,
  options: TrainRunOptions,
  { epochLines, onEvent, left = ofOneTraining(options.model), domainShares }: Shown,
): Promise<TrainedRun> {
  const progress = terminal.progress(label, UNITS[findModel(options.model).task])
  const shareOf = shareOfTraining(options, domainShares)
  try {
    const events = trainRun({ ...options, signal: terminal.signal })
    let examples = 0
    for (;;) {
      const { done, value } = await events.next()
      if (done) return value
      onEvent?.(value)
      if (value.type === 'step') {
        examples += value.examples
        const { domain, epoch, step, steps, losses } = value
        left.reached(shareOf(value))
        // A policy has several losses and no sum of them; what an episode returned says more.
        const [term, figure] = losses.return === undefined ? ['loss', losses.loss] : ['return', losses.return]
        const detail = `${domain === undefined ? '' : `${domain}, `}epoch ${epoch}, ${term} ${figure?.toFixed(4) ?? '–'}`
        // The sequences of an epoch are not known before it ends; its steps are.
        progress.update(examples, (examples * steps) / step, detail, String(left))
      }
      if (value.type === 'epoch') {
        if (epochLines) progress.line(describeEpoch(value, label))
        progress.next(label)
        examples = 0
      }
      if (value.type === 'done') left.reached(1)
    }
  } finally {
    progress.end()
  }
}

function ofOneTraining(kind: string): TimeLeft {
  const left = timeLeft([{ kind }], 'trainings')
  left.begin()
  return left
}

/** How much of a training is done with a step, if it goes on to the last epoch; 0 where that is not known. */
function shareOfTraining(
  { model, overrides = {} }: TrainRunOptions,
  domainShares: ReadonlyMap<string, number> | undefined,
): (step: Extract<TrainEvent, { type: 'step' }>) => number {
  const config: Readonly<Record<string, unknown>> = parseConfig(findModel(model), overrides).config
  const epochs = typeof config.epochs === 'number' ? config.epochs : Number.POSITIVE_INFINITY
  return ({ domain, epoch, step, steps }) => {
    const share = (epoch - 1 + step / steps) / epochs
    if (domain === undefined) return share
    let before = 0
    for (const [name, own] of domainShares ?? []) {
      if (name === domain) return before + own * share
      before += own
    }
    return 0
  }
}

/** The validation metrics that have room in a line. */
const SHOWN = ['ndcg@10', 'hr@10', 'auc', 'logloss', 'mae', 'rmse']

/** `sasrec seed 2: epoch 12 of at most 200: loss 5.4321, validation ndcg@10 .0712, hr@10 .1034, best so far, 1.2 s`. */
function describeEpoch(event: Extract<TrainEvent, { type: 'epoch' }>, label: string): string {
  // What is told by domain or expert (`lambda/books`) would fill the screen; metrics.jsonl has it.
  const parts = Object.entries(event.losses).flatMap(([name, value]) =>
    name.includes('/') ? [] : `${name} ${value.toFixed(4)}`,
  )
  const measured = Object.entries(event.validation ?? {}).filter(([name]) => SHOWN.includes(name))
  if (measured.length > 0)
    parts.push(`validation ${measured.map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}`)
  const simulated = Object.entries(event.simulation ?? {}).map(([mode, { rTra }]) => `${mode} ${rTra?.toFixed(2)}`)
  if (simulated.length > 0) parts.push(`simulated R_tra ${simulated.join(', ')}`)
  // Without anything to select by, every epoch is.
  if (event.best && measured.length > 0) parts.push('best so far')
  parts.push(event.seconds < 1 ? `${Math.round(event.seconds * 1000)} ms` : formatDuration(event.seconds))
  return `${label}: ${event.domain === undefined ? '' : `${event.domain}, `}epoch ${event.epoch} of at most ${event.epochs}: ${parts.join(', ')}`
}
