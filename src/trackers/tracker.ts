import type { TrainEvent } from '../core/index.ts'

/** What a training is, for who keeps many of them. */
export interface Training {
  readonly name: string
  /** The model, its options, the data and the seed, as text. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Figures by name, after so many epochs. */
export interface Figures {
  readonly step: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly values: Readonly<Record<string, number>>
}

export type Ending = 'finished' | 'failed' | 'stopped'

/** A program that keeps the figures of trainings, such as TensorBoard. What fails here is thrown, and told by who asks. */
export interface Tracker {
  begin(training: Training, time: number): Promise<void>
  log(figures: Figures): Promise<void>
  end(how: Ending, time: number): Promise<void>
}

/** `loss/loss`, `validation/ndcg@10`, `simulation/free/rTra`, `seconds`; of models trained domain by domain the domain comes first. */
export function figuresOf(event: Extract<TrainEvent, { type: 'epoch' }>): Record<string, number> {
  const { losses, validation = {}, simulation = {}, seconds, domain } = event
  const named: [string, number][] = [
    ...Object.entries(losses).map(([name, value]): [string, number] => [`loss/${name}`, value]),
    ...Object.entries(validation).map(([name, value]): [string, number] => [`validation/${name}`, value]),
    ...Object.entries(simulation).flatMap(([mode, figures]) =>
      Object.entries(figures).map(([name, value]): [string, number] => [`simulation/${mode}/${name}`, value]),
    ),
    ['seconds', seconds],
  ]
  // Over no cases a metric is no number, and neither program has a place for it.
  return Object.fromEntries(
    named
      .filter(([, value]) => Number.isFinite(value))
      .map(([name, value]) => [domain === undefined ? name : `${domain}/${name}`, value]),
  )
}
