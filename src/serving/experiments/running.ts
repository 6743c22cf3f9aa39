import type { DecidedExperiment } from '../decision.ts'
import type { Follower } from '../follow.ts'
import type { Store } from '../store/store.ts'
import { armByHash, armOf, assignsArms, overrideOf } from './assignment.ts'
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

/** The arm that somebody has, or would have with the next list. */
export interface AssignedNow {
  readonly experiment: string
  readonly unit: string
  /** Absent for whoever takes no part. */
  readonly arm?: string
  /** The arm was said for a tester. */
  readonly override: boolean
  /** Of the first list, milliseconds since 1970; absent where there was none yet. */
  readonly at?: number
  /** Another arm was met, too. */
  readonly several: boolean
}

type Stored = Pick<Store, 'documents' | 'assignment' | 'movedAssignments'>

const MOVED_A_READ = 5000

/** The experiments of a store, as they are now; read again where documents of the store have changed. */
export class Experiments {
  readonly #store: Stored | undefined
  #all: readonly Experiment[] = []
  /** Arms that the hash does not say, by the names of units, by experiment. */
  #moved = new Map<string, Map<string, string>>()
  #revision = 0

  /** None until its first `refresh`. */
  constructor(store?: Stored) {
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
    for (const name of this.#moved.keys()) if (this.get(name)?.status !== 'running') this.#moved.delete(name)
  }

  /** Read again where assignments have moved: from one name of a user to another, or back to the arm that was met first. */
  readonly moves: Follower = { refresh: () => this.#readMoved() }

  async #readMoved(): Promise<void> {
    let after: string | undefined = `${this.#revision}.`
    while (this.#store !== undefined && after !== undefined) {
      const page = await this.#store.movedAssignments({ after, limit: MOVED_A_READ })
      for (const { experiment: of, name, arm, revision } of page.rows) {
        this.#revision = revision
        const experiment = this.get(of)
        if (experiment?.status !== 'running') continue
        const moved = this.#moved.get(of) ?? new Map<string, string>()
        this.#moved.set(of, moved)
        // Of most the hash says what they have, and nothing is to be kept.
        const last = experiment.weighings.at(-1)
        if (last !== undefined && armByHash(experiment, name, last) === arm) moved.delete(name)
        else moved.set(name, arm)
      }
      after = page.next
    }
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
    const given = unit === undefined ? undefined : await this.armOf(experiment, unit)
    const arm = experiment.arms.find((one) => one.name === given?.arm)
    if (arm === undefined) return undefined
    const decided: DecidedExperiment = {
      name,
      arm: arm.name,
      ...((mode === 'interleave' || mode === 'shadow') && { mode }),
      ...(kind === 'session' && { unit: kind }),
      ...(given?.override && { override: true }),
      ...(arm.placement !== undefined && { placement: arm.placement }),
    }
    return { experiment, arm, decided }
  }

  /**
   * The arm that a user or a session has, or would have with the next list; undefined for whoever takes no part.
   * @throws TributaryError `store-failed`
   */
  async armOf(experiment: Experiment, unit: string): Promise<{ arm: string; override: boolean } | undefined> {
    const said = overrideOf(experiment, unit)
    if (said !== undefined) return { arm: said, override: true }
    const moved = assignsArms(experiment) ? this.#moved.get(experiment.name)?.get(unit) : undefined
    const arm = moved ?? (await armOf(experiment, unit, (of, one) => this.#earlier(of, one)))
    return arm === undefined ? undefined : { arm, override: false }
  }

  /**
   * What there is to say of the arm of a user or a session.
   * @throws TributaryError `store-failed`
   */
  async assignment(experiment: Experiment, unit: string): Promise<AssignedNow> {
    const { name, status } = experiment
    const now = status === 'running' ? await this.armOf(experiment, unit) : undefined
    const kept = await this.#store?.assignment(name, unit)
    const arm = now?.arm ?? kept?.arm
    return {
      experiment: name,
      unit,
      ...(arm !== undefined && { arm }),
      override: now?.override ?? false,
      ...(kept !== undefined && { at: kept.at }),
      several: kept?.several ?? false,
    }
  }

  async #earlier(experiment: string, unit: string): Promise<string | undefined> {
    return (await this.#store?.assignment(experiment, unit))?.arm
  }
}

function runsAt({ status, placement, domains }: Experiment, asked: AskedPlace): boolean {
  return (
    status === 'running' &&
    (placement === undefined || placement === asked.placement) &&
    (domains === undefined || (asked.domain !== undefined && domains.includes(asked.domain)))
  )
}
