import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Task, TrainEvent } from '../core/index.ts'
import { findModel } from '../registry.ts'
import { type TrainedRun, type TrainRunOptions, trainRun } from '../train.ts'
import { formatDuration } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** How long training may keep the event loop, and with it Ctrl-C, waiting. */
const TURN_MS = 50

/** What the examples of a step are. */
const UNITS: Readonly<Record<Task, string>> = { ranking: 'sequences', ctr: 'rows', rating: 'rows', policy: 'turns' }

/**
 * Trains into a run directory and shows how it goes: a bar an epoch, and with `epochLines` a line that stays for each.
 * @param label what the progress is called, as in `sasrec seed 2`
 */
export async function trainVisibly(
  terminal: Terminal,
  label: string,
  options: TrainRunOptions,
  { epochLines, onEvent }: { epochLines: boolean; onEvent?: (event: TrainEvent) => void },
): Promise<TrainedRun> {
  const progress = terminal.progress(label, UNITS[findModel(options.model).task])
  try {
    const events = trainRun({ ...options, signal: terminal.signal })
    let examples = 0
    let turn = performance.now()
    for (;;) {
      const { done, value } = await events.next()
      if (done) return value
      onEvent?.(value)
      if (performance.now() - turn > TURN_MS) {
        await nextTurn()
        turn = performance.now()
      }
      if (value.type === 'step') {
        examples += value.examples
        const { domain, epoch, step, steps, losses } = value
        // A policy has several losses and no sum of them; what an episode returned says more.
        const [term, figure] = losses.return === undefined ? ['loss', losses.loss] : ['return', losses.return]
        const detail = `${domain === undefined ? '' : `${domain}, `}epoch ${epoch}, ${term} ${figure?.toFixed(4) ?? '–'}`
        // The sequences of an epoch are not known before it ends; its steps are.
        progress.update(examples, (examples * steps) / step, detail)
      }
      if (value.type === 'epoch') {
        if (epochLines) progress.line(describeEpoch(value))
        progress.next(label)
        examples = 0
      }
    }
  } finally {
    progress.end()
  }
}

/** The validation metrics that have room in a line. */
const SHOWN = ['ndcg@10', 'hr@10', 'auc', 'logloss', 'mae', 'rmse']

/** `epoch 12 of at most 200: loss 5.4321, validation ndcg@10 .0712, hr@10 .1034, best so far, 1.2 s`. */
function describeEpoch(event: Extract<TrainEvent, { type: 'epoch' }>): string {
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
  return `${event.domain === undefined ? '' : `${event.domain}: `}epoch ${event.epoch} of at most ${event.epochs}: ${parts.join(', ')}`
}
