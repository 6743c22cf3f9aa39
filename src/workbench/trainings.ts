import { type Program, runChild } from '../jobs/index.ts'

/** A training to be made in a process of its own. */
export interface TrainingTask {
  /** By which it is known: the path of its run below the folders. */
  readonly run: string
  /** Where that is, as a command would name it. */
  readonly path: string
  readonly model: string
  /** The path of its dataset below the folders, or as its run names it. */
  readonly dataset: string
  readonly seed: number
  /** Goes on with a run that is there. */
  readonly resumes: boolean
  /** Of `tributary`, to train it. */
  readonly words: readonly string[]
}

export type TrainingStatus = 'waiting' | 'training' | 'stopping' | 'done' | 'stopped' | 'failed'

/** A training that was begun here, and how it goes. */
export interface Training extends Omit<TrainingTask, 'words'> {
  readonly status: TrainingStatus
  /** Why it failed, in one sentence. */
  readonly reason?: string
  /** Milliseconds since 1970. */
  readonly asked: number
  readonly began?: number
  readonly ended?: number
}

export interface TrainingsOptions {
  /** What runs `tributary` here. */
  readonly command: Program
  /** Words that every training gets after its own. */
  readonly last?: readonly string[]
  /** Trainings at one time; the others wait. Default 1. */
  readonly atOnce?: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Most that wait. */
export const MOST_WAITING = 100
/** Trainings that ended and are still told of. */
const MOST_ENDED = 200
const MOST_LINES = 200
const LONGEST_LINE = 500

interface Held {
  training: Training
  readonly task: TrainingTask
  readonly lines: string[]
  readonly stopping: AbortController
}

/**
 * Trainings beside the process, a child each, so that answers do not wait for them: at most so many at a time, the others in the order in
 * which they were asked for. What was trained is in its run; only what waits, and what was said, is lost with the process.
 */
export class Trainings {
  readonly #options: TrainingsOptions
  /** In the order in which they were asked for. */
  readonly #held = new Map<string, Held>()
  readonly #closed = new Set<Promise<void>>()
  readonly #listeners = new Set<(training: Training) => void>()
  #ending = false

  constructor(options: TrainingsOptions) {
    this.#options = options
  }

  /** The last one that was asked for comes first. */
  get all(): Training[] {
    return [...this.#held.values()].map(({ training }) => training).reverse()
  }

  /** Told of every training that is another than it was. */
  onChange(listener: (training: Training) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What a training has said so far, its last lines; nothing of one that was not begun here. */
  linesOf(run: string): readonly string[] | undefined {
    return this.#held.get(run)?.lines
  }

  get(run: string): Training | undefined {
    return this.#held.get(run)?.training
  }

  /** Whether a run waits here or is trained. */
  isOn(run: string): boolean {
    return ON.has(this.get(run)?.status ?? 'done')
  }

  /** Whether a folder is, or will be, a run that is on, or is in the way of one. */
  isTaken(run: string): boolean {
    return [...this.#held.keys()].some(
      (held) => this.isOn(held) && (held === run || held.startsWith(`${run}/`) || run.startsWith(`${held}/`)),
    )
  }

  /** How many more may wait. */
  get room(): number {
    return MOST_WAITING - this.#count('waiting')
  }

  /** Trains all of them, one after the other, where others leave room. None may be on already. */
  add(tasks: readonly TrainingTask[]): Training[] {
    for (const task of tasks) {
      const { words: _, ...told } = task
      this.#held.delete(task.run)
      const held: Held = {
        task,
        training: { ...told, status: 'waiting', asked: this.#options.now() },
        lines: [],
        stopping: new AbortController(),
      }
      this.#held.set(task.run, held)
      this.#tell(held)
    }
    this.#next()
    return tasks.flatMap(({ run }) => this.get(run) ?? [])
  }

  /**
   * Takes one from those that wait, or ends it: it keeps its last checkpoint.
   * @returns how it stands then; nothing where it is not on
   */
  stop(run: string): TrainingStatus | undefined {
    const held = this.#held.get(run)
    if (held?.training.status === 'waiting') this.#tell(held, { status: 'stopped', ended: this.#options.now() })
    else if (held?.training.status === 'training') {
      this.#tell(held, { status: 'stopping' })
      held.stopping.abort()
    } else return held?.training.status === 'stopping' ? 'stopping' : undefined
    return held.training.status
  }

  /** Ends all, and waits until the processes have; their runs can be gone on with. */
  async end(): Promise<void> {
    this.#ending = true
    for (const { training } of this.#held.values()) this.stop(training.run)
    await Promise.all(this.#closed)
  }

  #count(...which: readonly TrainingStatus[]): number {
    return [...this.#held.values()].filter(({ training }) => which.includes(training.status)).length
  }

  #tell(held: Held, news: Partial<Training> = {}): void {
    held.training = { ...held.training, ...news }
    for (const listener of this.#listeners) listener(held.training)
  }

  #next(): void {
    for (const held of this.#held.values()) {
      if (this.#ending || this.#count('training', 'stopping') >= (this.#options.atOnce ?? 1)) break
      if (held.training.status === 'waiting') this.#start(held)
    }
    const ended = [...this.#held.values()].filter(({ training }) => !ON.has(training.status))
    for (const { training } of ended.slice(0, -MOST_ENDED)) this.#held.delete(training.run)
  }

  #start(held: Held): void {
    const { command, last = [], now } = this.#options
    this.#tell(held, { status: 'training', began: now() })
    const closed = runChild(command, [...held.task.words, ...last], {
      signal: held.stopping.signal,
      yields: true,
      onLine: (line) => {
        held.lines.push(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line)
        if (held.lines.length > MOST_LINES) held.lines.shift()
      },
    }).then(({ code, reason }) => {
      const ended = now()
      if (code === 0) this.#tell(held, { status: 'done', ended })
      else if (held.stopping.signal.aborted) this.#tell(held, { status: 'stopped', ended })
      else this.#tell(held, { status: 'failed', reason, ended })
      this.#next()
    })
    this.#closed.add(closed)
    void closed.then(() => this.#closed.delete(closed))
  }
}

const ON: ReadonlySet<TrainingStatus> = new Set(['waiting', 'training', 'stopping'])
