import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TrainEvent } from '../core/index.ts'
import { findModel } from '../registry.ts'
import { type TrainedRun, type TrainRunOptions, trainRun } from '../train.ts'
import { formatDuration } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** How long training may keep the event loop, and with it Ctrl-C, waiting. */
const TURN_MS = 50

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
  const progress = terminal.progress(label, findModel(options.model).task === 'ranking' ? 'sequences' : 'rows')
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
        const detail = `${domain === undefined ? '' : `${domain}, `}epoch ${epoch}, loss ${losses.loss?.toFixed(4) ?? '–'}`
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
  if (event.best) parts.push('best so far')
  parts.push(event.seconds < 1 ? `${Math.round(event.seconds * 1000)} ms` : formatDuration(event.seconds))
  return `${event.domain === undefined ? '' : `${event.domain}: `}epoch ${event.epoch} of at most ${event.epochs}: ${parts.join(', ')}`
}
