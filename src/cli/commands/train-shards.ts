import { TributaryError } from '../../core/index.ts'
import { outcomeOf } from '../../experiments/events.ts'
import { type EngineName, localEngine } from '../../jobs/index.ts'
import { type Division, type RoundsPlan, trainInRounds } from '../../rounds/index.ts'
import type { Run } from '../../runs/run.ts'
import type { TrainRunOptions } from '../../runs/train.ts'
import { engineOf, sharedWords, thisProgram } from '../terminal/engine.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What `train` is given to train in shards. */
export interface ShardsOptions {
  readonly shards?: number
  readonly localEpochs?: number
  readonly on?: EngineName
}

/** @throws TributaryError `bad-argument` for options that shards do not have, or that only shards have */
export function divisionOf(
  { shards, localEpochs, on }: ShardsOptions,
  others: Readonly<Record<string, unknown>>,
): Division | undefined {
  if (shards === undefined) {
    const odd = localEpochs !== undefined ? '--local-epochs' : on !== undefined ? '--on' : undefined
    if (odd === undefined) return undefined
    throw new TributaryError('bad-argument', `${odd} says how shards are trained; give --shards, how many there are`)
  }
  const odd = Object.entries(others).find(([, value]) => value !== undefined && value !== false)
  if (odd !== undefined)
    throw new TributaryError('bad-argument', `a training in shards has no ${odd[0]}; leave out one of them`)
  return { shards, localEpochs: localEpochs ?? 1 }
}

/** Trains in rounds and shows each. */
export async function trainShardsVisibly(
  terminal: Terminal,
  { on }: ShardsOptions,
  plan: TrainRunOptions & { readonly division: Division },
): Promise<Run> {
  const engine = on === undefined ? localEngine({ workers: 1, program: thisProgram() }) : await engineOf(on, terminal)
  const progress = terminal.progress(`${plan.model} on ${engine.name}`, 'epochs')
  try {
    const rounds: RoundsPlan = { ...plan, engine, words: sharedWords(), signal: terminal.signal }
    return await outcomeOf(trainInRounds(rounds), (event) => {
      if (event.type === 'shards') return
      const { validation = {}, losses = {} } = event.line as Record<'validation' | 'losses', Record<string, number>>
      const figures = Object.entries({ ...losses, ...validation }).map(([name, value]) => `${name} ${value.toFixed(4)}`)
      progress.line(`${plan.model}: mean after epoch ${event.epoch} of at most ${event.epochs}: ${figures.join(', ')}`)
      progress.update(event.epoch, event.epochs)
    })
  } finally {
    progress.end()
    await engine.close()
  }
}
