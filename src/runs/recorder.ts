import { type TrainEvent, TributaryError } from '../core/index.ts'
import type { Begun, TrainRunOptions } from './begin.ts'
import { createRun, type Run } from './run.ts'
import { epochLine } from './trust-log.ts'
import type { UsedRuns } from './used-runs.ts'

type Epoch = Extract<TrainEvent, { type: 'epoch' }>
type Ended = Omit<Extract<TrainEvent, { type: 'done' }>, 'type'>

/** Writes a training into its run, event by event. */
export class Recorder {
  readonly #begun: Begun
  readonly #used: UsedRuns
  readonly #options: TrainRunOptions
  #run: Run | undefined
  #seconds = 0
  #validation: Readonly<Record<string, number>> | undefined
  /** What there is to keep when training breaks; of models trained domain by domain, nothing. */
  #sound: { epochs: number; bestEpoch: number } | undefined

  constructor(begun: Begun, used: UsedRuns, options: TrainRunOptions) {
    this.#begun = begun
    this.#used = used
    this.#options = options
    this.#run = begun.before?.run
    // Every line of the metrics is an epoch's event.
    for (const line of begun.before?.lines ?? []) this.#count(line as unknown as Epoch)
  }

  /** @throws TributaryError as `createRun`, at the first event of a new run */
  async write(event: TrainEvent): Promise<void> {
    const run = await this.#writable()
    if (event.type === 'epoch') {
      const { domain, epoch, best } = event
      if (domain === undefined)
        this.#sound = { epochs: epoch, bestEpoch: best ? epoch : (this.#sound?.bestEpoch ?? epoch) }
      this.#count(event)
      await run.appendMetrics(epochLine(event))
    }
    if (event.type === 'checkpoint') await run.saveCheckpoint(event.checkpoint)
    if (event.type === 'done') await this.#finish(run, event)
  }

  /** What a training that broke by `error` leaves: where it diverged, a finished run with its best weights. Returns what to throw. */
  async broken(error: unknown): Promise<unknown> {
    const [run, sound] = [this.#run, this.#sound]
    if (!(error instanceof TributaryError) || error.code !== 'not-finite' || !run || !sound) return error
    // The model holds its best weights (`trainEpochs`).
    await this.#finish(run, { ...sound, reason: error.message })
    return new TributaryError(
      error.code,
      `${error.message}; ${run.folder} keeps the weights of epoch ${sound.bestEpoch}, the best before`,
    )
  }

  /** There from the first event on. */
  get run(): Run {
    if (this.#run === undefined) throw new Error(`${this.#begun.spec.name} ended its training without an event`)
    return this.#run
  }

  /** Lets other processes write in the run. */
  async close(): Promise<void> {
    await this.#run?.release()
  }

  /** The folder appears with the first event: what training refuses at its start, such as another world model, leaves none. */
  async #writable(): Promise<Run> {
    const { manifest, simulator } = this.#begun
    if (this.#run === undefined) {
      const { out, overwrite, datasetFolder } = this.#options
      const uses = this.#used.hashes
      const folders = Object.keys(uses)
      const shown = simulator && { simulation: { ...simulator.shown, controls: await simulator.controls() } }
      const whole = { ...manifest, ...(folders.length > 0 && { uses }), ...shown }
      this.#run = await createRun(out, whole, { overwrite, inputs: [datasetFolder, ...folders] })
    } else if (this.#run.manifest.config !== manifest.config) await this.#run.updateManifest(manifest)
    return this.#run
  }

  #count({ seconds, best, domain, validation }: Epoch): void {
    this.#seconds += seconds
    // Trained domain by domain, an epoch is measured in its own domain, which tells nothing of all.
    if (!best || domain !== undefined || validation === undefined) return
    // Without a validation part the metrics are NaN, which JSON does not have.
    this.#validation = Object.fromEntries(Object.entries(validation).filter(([, value]) => Number.isFinite(value)))
  }

  async #finish(run: Run, { epochs, bestEpoch, reason, believed, cautions }: Ended): Promise<void> {
    await run.saveWeights(this.#begun.model.weights())
    const validation = this.#validation
    const result = {
      ...{ epochs, bestEpoch, reason, seconds: this.#seconds },
      ...(validation && { validation }),
      ...(believed && { believed }),
      ...(cautions && { cautions: [...cautions] }),
    }
    await run.updateManifest({ status: 'done', result })
  }
}
