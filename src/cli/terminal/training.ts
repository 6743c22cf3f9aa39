import { parseConfig, type Task, type TrainEvent } from '../../core/index.ts'
import { outcomeOf } from '../../experiments/events.ts'
import { findModel } from '../../registry.ts'
import type { TrainedRun } from '../../runs/open.ts'
import { shareOfTraining } from '../../runs/share.ts'
import { type TrainRunOptions, trainRun } from '../../runs/train.ts'
import { formatDuration } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { type TimeLeft, timeLeft } from './time-left.ts'

/** What the examples of a step are. */
const UNITS: Readonly<Record<Task, string>> = { ranking: 'sequences', ctr: 'rows', rating: 'rows', policy: 'turns' }

/** Trains into a run directory and shows how it goes. */
export async function trainVisibly(
  terminal: Terminal,
  options: TrainRunOptions,
  onEvent: (event: TrainEvent) => void = () => {},
): Promise<TrainedRun> {
  const { model, overrides = {} } = options
  const spec = findModel(model)
  const shareOf = shareOfTraining(parseConfig(spec, overrides).config)
  const left = timeLeft([{ kind: model }], 'trainings')
  left.begin()
  const drawing = drawTraining(terminal, { label: model, task: spec.task, epochLines: true, left })
  try {
    return await outcomeOf(trainRun({ ...options, signal: terminal.signal }), (event) => {
      drawing.show(event, shareOf(event))
      onEvent(event)
    })
  } finally {
    drawing.end()
  }
}

/** A training on the screen: a bar an epoch with the time that is left, and lines that stay. */
export interface TrainingDrawing {
  /** @param share of the training that is done */
  show(event: TrainEvent, share: number): void
  end(): void
}

interface Shown {
  /** What the progress is called, as in `sasrec seed 2`. */
  readonly label: string
  readonly task: Task
  /** A line that stays for each epoch. */
  readonly epochLines: boolean
  /** Of all the work that this training is a part of, begun at its job. */
  readonly left: TimeLeft
}

export function drawTraining(terminal: Terminal, { label, task, epochLines, left }: Shown): TrainingDrawing {
  const progress = terminal.progress(label, UNITS[task])
  let examples = 0
  return {
    show(event, share) {
      left.reached(share)
      if (event.type === 'step') {
        examples += event.examples
        const { domain, epoch, step, steps, losses } = event
        // A policy has several losses and no sum of them; what an episode returned says more.
        const [term, figure] = losses.return === undefined ? ['loss', losses.loss] : ['return', losses.return]
        const detail = `${domain === undefined ? '' : `${domain}, `}epoch ${epoch}, ${term} ${figure?.toFixed(4) ?? '–'}`
        // The sequences of an epoch are not known before it ends; its steps are.
        progress.update(examples, (examples * steps) / step, detail, String(left))
      }
      if (event.type === 'epoch') {
        if (epochLines) progress.line(describeEpoch(event, label))
        progress.next(label)
        examples = 0
      }
    },
    end: () => progress.end(),
  }
}

/** The validation metrics that have room in a line. */
const SHOWN = ['ndcg@10', 'hr@10', 'auc', 'logloss', 'mae', 'rmse']

/** `sasrec seed 2: epoch 12 of at most 200: loss 5.4321, validation ndcg@10 .0712, hr@10 .1034, best so far, 1.2 s`. */
function describeEpoch(event: Extract<TrainEvent, { type: 'epoch' }>, label: string): string {
  const parts = Object.entries(event.losses).map(([name, value]) => `${name} ${value.toFixed(4)}`)
  // Over no cases a metric is no number.
  const measured = Object.entries(event.validation ?? {}).filter(
    ([name, value]) => SHOWN.includes(name) && Number.isFinite(value),
  )
  if (measured.length > 0)
    parts.push(`validation ${measured.map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}`)
  const simulated = Object.entries(event.simulation ?? {}).map(([mode, { rTra }]) => `${mode} ${rTra?.toFixed(2)}`)
  if (simulated.length > 0) parts.push(`simulated R_tra ${simulated.join(', ')}`)
  // Without anything to select by, every epoch is.
  if (event.best && measured.length > 0) parts.push('best so far')
  parts.push(event.seconds < 1 ? `${Math.round(event.seconds * 1000)} ms` : formatDuration(event.seconds))
  return `${label}: ${event.domain === undefined ? '' : `${event.domain}, `}epoch ${event.epoch} of at most ${event.epochs}: ${parts.join(', ')}`
}
