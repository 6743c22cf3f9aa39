import { stat } from 'node:fs/promises'
import { type TrainEvent, TributaryError } from '../core/index.ts'
import { begin, type TrainRunOptions } from './begin.ts'
import { contextOf } from './context.ts'
import type { TrainedRun } from './open.ts'
import { Recorder } from './recorder.ts'
import { resume } from './resume.ts'
import { usedRuns } from './used-runs.ts'

export type { TrainRunOptions } from './begin.ts'

/**
 * Trains a model into a run directory, yielding the events as they come. With `resume` an unfinished run goes on from its
 * last checkpoint to the bits of an uninterrupted one, whatever else the options say: the manifest is the truth. Only `epochs` and
 * `patience` may be raised, of a finished run too, which then goes on to the bits of a run that had them from its start.
 * @throws TributaryError `in-use` while another process trains into the directory
 */
export async function* trainRun(options: TrainRunOptions): AsyncGenerator<TrainEvent, TrainedRun> {
  const present = options.resume && (await stat(options.out).catch(() => undefined)) !== undefined
  const begun = present ? await resume(options) : await begin(options)
  const { manifest, spec, config, dataset, split, model, simulator, before } = begun
  const used = usedRuns(begun, options.out)
  const recorder = new Recorder(begun, used, options)
  try {
    options.onSplit?.(dataset, split)
    if (before && manifest.status === 'done') return { run: before.run, spec, config, dataset, split, model }
    const context = contextOf({
      ...{ spec, config, dataset, split, seed: manifest.seed, threads: manifest.threads },
      ...{ resume: before?.checkpoint, prolonged: before?.prolonged },
      warm: manifest.warmStart !== undefined,
      ...{ openRun: used.open, openDemonstrations: used.openDemonstrations, openItemVectors: used.openItemVectors },
      ...{ signal: options.signal, checkpointSeconds: options.checkpointSeconds },
    })
    for await (const told of spec.train(model, config, context)) {
      if (told.type === 'done' && told.epochs === 0)
        throw new TributaryError(
          'bad-dataset',
          `${spec.name} has nothing to train on: split '${split.name}' of '${dataset.name}' leaves no user two training interactions; import more of the log, or split it otherwise (--split-by)`,
        )
      const simulation = told.type === 'epoch' ? await simulator?.after(told.epoch) : undefined
      const event = simulation === undefined ? told : { ...told, simulation }
      await recorder.write(event)
      yield event
    }
    return { run: recorder.run, spec, config, dataset, split, model }
  } catch (error) {
    throw await recorder.broken(error)
  } finally {
    await recorder.close()
  }
}
