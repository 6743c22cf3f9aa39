import { TributaryError } from '../core/index.ts'
import { type Ground, resumeTask, type TrainingRequest, tasksOf } from './begin.ts'
import { type DatasetFolder, datasetsIn } from './dataset-folders.ts'
import { type Training, Trainings, type TrainingsOptions, type TrainingTask } from './trainings.ts'

export interface TrainerOptions extends TrainingsOptions {
  readonly look: Ground['look']
  /** Absent: nothing new is trained, and what is there can be gone on with. */
  readonly into?: Ground['into'] | undefined
}

/** Trains what a person asks for, from what lies below folders into a run there; docs/studio.md says who may ask. */
export class Trainer {
  readonly trainings: Trainings
  readonly #options: TrainerOptions
  /** One request after the other, so that no two get the same name. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: TrainerOptions) {
    this.#options = options
    this.trainings = new Trainings(options)
  }

  /** The folder that new runs come into, as a command would name it. */
  get into(): string | undefined {
    return this.#options.into?.folder
  }

  async datasets(): Promise<DatasetFolder[]> {
    return datasetsIn(await this.#options.look())
  }

  /**
   * Begins a training a seed, or lets them wait.
   * @throws TributaryError `not-supported` where nothing new is trained; `overloaded` where too many wait; as `tasksOf`
   */
  async begin(request: TrainingRequest): Promise<Training[]> {
    const { into } = this.#options
    if (into === undefined)
      throw new TributaryError(
        'not-supported',
        'there is no folder for new runs; name one: tributary studio FOLDER, or serve --runs FOLDER',
      )
    return await this.#add(() => tasksOf(request, this.#ground(into)))
  }

  /**
   * Goes on with a run that is there, from its last checkpoint.
   * @throws TributaryError `overloaded` where too many wait; as `resumeTask`
   */
  async resume(run: string, more: Readonly<Record<string, unknown>> = {}): Promise<Training> {
    const ground = this.#ground({ folder: '', prefix: '' })
    const [training] = await this.#add(async () => [await resumeTask(run, more, ground)])
    return training
  }

  /** Ends all that is on, and waits for it. */
  async end(): Promise<void> {
    await this.trainings.end()
  }

  #ground(into: Ground['into']): Ground {
    return { look: this.#options.look, into, isTaken: (run) => this.trainings.isTaken(run) }
  }

  #add(tasks: () => Promise<readonly TrainingTask[]>): Promise<Training[]> {
    const work = async () => {
      const wanted = await tasks()
      const { room } = this.trainings
      if (wanted.length > room)
        throw new TributaryError(
          'overloaded',
          `${wanted.length} trainings are more than the ${room} that may still wait; ask again when some have ended`,
        )
      return this.trainings.add(wanted)
    }
    const added = this.#turn.then(work, work)
    this.#turn = added.catch(() => {})
    return added
  }
}
