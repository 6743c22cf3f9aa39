import type { DecidedExperiment } from '../decision.ts'
import type { Store } from '../store/store.ts'
import { armOf, overrideOf } from './assignment.ts'
import { type ArmBody, type Experiment, readExperiment } from './experiment.ts'

/** Who asks for a list, and where. */
export interface AskedPlace {
  readonly user?: string | undefined
  readonly session?: string | undefined
  readonly placement?: string | undefined
  readonly domain?: string | undefined
}

/** What a list is to an experiment that runs where it is asked for. */
export interface Part {
  readonly experiment: Experiment
  readonly arm: ArmBody
  readonly decided: DecidedExperiment
}

/** The experiments of a store, as they are now; read again where documents of the store have changed. */
export class Experiments {
  readonly #store: Pick<Store, 'documents'> | undefined
  #all: readonly Experiment[] = []

  /** None until its first `refresh`. */
  constructor(store?: Pick<Store, 'documents'>) {
    this.#store = store
  }

  /** By name. */
  get all(): readonly Experiment[] {
    return this.#all
  }

  get(name: string): Experiment | undefined {
    return this.#all.find((experiment) => experiment.name === name)
  }

  /** @throws TributaryError `store-failed`; the experiments then stay as they were */
  async refresh(): Promise<void> {
    const documents = (await this.#store?.documents('experiment')) ?? []
    this.#all = documents.flatMap((document) => readExperiment(document) ?? [])
  }

  /**
   * The part that a list has in an experiment; undefined where none runs, or whoever asks takes no part.
   * @throws TributaryError `store-failed` where weights were changed and nobody can say what was before
   */
  async partOf(asked: AskedPlace): Promise<Part | undefined> {
    for (const experiment of this.#all) {
      if (!runsAt(experiment, asked)) continue
      const part = await this.#partIn(experiment, asked)
      if (part !== undefined) return part
    }
    return undefined
  }

  async #partIn(experiment: Experiment, asked: AskedPlace): Promise<Part | undefined> {
    const { name, mode, unit: kind } = experiment
    const unit = kind === 'session' ? asked.session : asked.user
    if (unit === undefined) return undefined
    const said = overrideOf(experiment, unit)
    const given = said ?? (await armOf(experiment, unit, async () => undefined))
    const arm = experiment.arms.find((one) => one.name === given)
    if (arm === undefined) return undefined
    const decided: DecidedExperiment = {
      name,
      arm: arm.name,
      ...((mode === 'interleave' || mode === 'shadow') && { mode }),
      ...(kind === 'session' && { unit: kind }),
      ...(said !== undefined && { override: true }),
      ...(arm.placement !== undefined && { placement: arm.placement }),
    }
    return { experiment, arm, decided }
  }
}

function runsAt({ status, placement, domains }: Experiment, asked: AskedPlace): boolean {
  return (
    status === 'running' &&
    (placement === undefined || placement === asked.placement) &&
    (domains === undefined || (asked.domain !== undefined && domains.includes(asked.domain)))
  )
}
