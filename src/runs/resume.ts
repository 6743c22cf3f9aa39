import { TributaryError } from '../core/index.ts'
import { epochSimulator } from '../simulation/while-training.ts'
import type { Begun, TrainRunOptions } from './begin.ts'
import { openPrerequisites } from './open.ts'
import { prolongation } from './prolong.ts'
import { type Manifest, openRun, openRunToWrite } from './run.ts'
import { warmStart } from './warm-start.ts'

/**
 * Opens a run that is there, back at its last checkpoint; locked to be written in, where there is anything left to do. One that has
 * ended comes with its weights.
 * @throws TributaryError `mismatch` when the options ask for something else than the run was begun with; `file-damaged`; `in-use`
 */
export async function resume(options: TrainRunOptions): Promise<Begun> {
  const { out } = options
  const found = await openRun(out)
  const { rounds } = found.manifest
  if (rounds !== undefined && found.manifest.status === 'training')
    throw new TributaryError(
      'mismatch',
      `${out} is trained in rounds; go on with --shards ${rounds.shards} --local-epochs ${rounds.localEpochs} --resume`,
    )
  const ended = found.manifest.status === 'done' && prolongation(found.manifest, options) === undefined
  const run = ended ? found : await openRunToWrite(out)
  try {
    const longer = prolongation(run.manifest, options)
    if (longer && run.manifest.status === 'done' && !(await run.hasCheckpoint()))
      throw new TributaryError(
        'file-missing',
        `${out} has lost its checkpoint, from which more epochs could be trained; train again with --overwrite`,
      )
    const { result: _, ...decided } = run.manifest
    const manifest: Manifest = longer ? { ...decided, config: longer, status: 'training' } : run.manifest
    const opened = await openPrerequisites(run, { ...options, config: manifest.config })
    const { spec, config, dataset, split } = opened
    const model = spec.create(config, dataset, split, manifest)
    const begun = { manifest, spec, config, dataset, split, model }
    if (manifest.status === 'done') {
      model.load(await run.loadWeights())
      return { ...begun, before: { run, lines: [], prolonged: false } }
    }
    refuseOtherSimulation(manifest, options)
    const { seed, simulation } = manifest
    const { signal } = options
    const simulator = simulation && epochSimulator(model, spec, config, dataset, { ...simulation, seed, signal })
    const checkpoint = await run.loadCheckpoint(options.resume === 'previous' ? 'previous' : 'last')
    if (checkpoint === undefined && manifest.warmStart !== undefined)
      await warmStart({ spec, dataset, split, model }, manifest.warmStart.run, manifest.warmStart)
    const before = { run, checkpoint, lines: await run.readMetrics(), prolonged: longer !== undefined }
    return { ...begun, simulator, before }
  } catch (error) {
    await run.release()
    throw error
  }
}

/** @throws TributaryError `mismatch` when another simulation is asked for than the run was begun with */
function refuseOtherSimulation({ simulation: before }: Manifest, { out, simulation: asked }: TrainRunOptions): void {
  if (asked === undefined || (asked.every === before?.every && asked.episodes === before.episodes)) return
  throw new TributaryError(
    'mismatch',
    `${out} was begun ${before === undefined ? 'without simulations' : `with ${before.episodes} simulated episodes every ${before.every} epochs`}; a resumed run keeps them as they are`,
  )
}
