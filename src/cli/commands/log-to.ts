import type { TrainEvent } from '../../core/index.ts'
import { openRun } from '../../runs/run.ts'
import { type Ending, tracked, trackerOf } from '../../trackers/index.ts'
import { collect } from '../terminal/options.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const LOG_TO = [
  '--log-to <where>',
  'tell the epochs to a program that keeps trainings, too: tensorboard:FOLDER, or mlflow:URL (mlflow:URL#EXPERIMENT); repeatable',
  collect,
] as const

/**
 * A training into `run`, told to programs that keep trainings; one that fails is noted, and the training goes on.
 * @throws TributaryError as `trackerOf`
 */
export function loggedTo(terminal: Terminal, targets: readonly string[], run: string) {
  const told = targets.map((target) =>
    tracked(
      trackerOf(target),
      async () => {
        // There since the first event.
        const { model, dataset, split, seed, config } = (await openRun(run)).manifest
        const options = Object.entries(config).map(([name, { value }]) => [name, textOf(value)])
        return {
          name: `${model} seed ${seed}`,
          parameters: { model, dataset: dataset.name, split, seed: String(seed), ...Object.fromEntries(options) },
        }
      },
      (reason) => terminal.note(`--log-to ${target} failed, and is asked no more: ${reason}`),
    ),
  )
  return {
    tell: (event: TrainEvent) => {
      for (const one of told) one.tell(event)
    },
    end: async (how: Ending) => {
      await Promise.all(told.map((one) => one.end(how)))
    },
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
