import { Worker } from 'node:worker_threads'
import { TributaryError } from '../../core/index.ts'
import type { Answer, Failure, Message, Opened, Opening, Question } from './questions.ts'

/** A thread that has not ended by itself after so long is made to. */
const PATIENCE_MILLISECONDS = 10_000

interface Asked {
  readonly resolve: (result: Answer['result']) => void
  readonly reject: (error: unknown) => void
}

/** A thread with a model, and those who wait for its answers. */
export class ScoringThread {
  readonly #worker: Worker
  readonly #asked = new Map<number, Asked>()
  #number = 0
  #ended: Error | undefined

  private constructor(opening: Opening) {
    const source = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
    this.#worker = new Worker(source, { workerData: opening })
    this.#worker.on('message', (answer: Answer) => this.#hear(answer))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(undefined))
  }

  /** @throws whatever opening the model throws */
  static async open(opening: Opening): Promise<{ readonly thread: ScoringThread; readonly opened: Opened }> {
    const thread = new ScoringThread(opening)
    try {
      const opened = (await thread.#answerTo(0)) as Opened
      return { thread, opened }
    } catch (error) {
      await thread.close()
      throw error
    }
  }

  /** Whether it answers nothing any more. */
  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** @throws whatever the model throws */
  ask(question: Question): Promise<Answer['result']> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    this.#number++
    const answer = this.#answerTo(this.#number)
    this.#tell({ kind: 'ask', number: this.#number, question })
    return answer
  }

  /** Frees all memory of the model, once it has answered what it was asked: a thread that is ended while it computes takes the process along. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    this.#worker.ref()
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#tell({ kind: 'close' })
    const patience = setTimeout(() => void this.#worker.terminate(), PATIENCE_MILLISECONDS)
    await ended
    clearTimeout(patience)
  }

  #tell(message: Message): void {
    this.#worker.postMessage(message)
  }

  #answerTo(number: number): Promise<Answer['result']> {
    // A process may end while nobody waits for an answer.
    this.#worker.ref()
    return new Promise((resolve, reject) => this.#asked.set(number, { resolve, reject }))
  }

  #hear({ number, result, failure }: Answer): void {
    const asked = this.#asked.get(number)
    this.#asked.delete(number)
    if (this.#asked.size === 0) this.#worker.unref()
    if (failure === undefined) asked?.resolve(result)
    else asked?.reject(errorOf(failure))
  }

  #end(cause: unknown): void {
    this.#ended ??= new Error('the thread of a model has ended', { cause })
    for (const { reject } of this.#asked.values()) reject(this.#ended)
    this.#asked.clear()
  }
}

/** A thread in whose place another one is opened when it has ended by itself, for want of memory or by a defect: what it was asked then fails. */
export class LastingThread {
  readonly #open: () => Promise<ScoringThread>
  #thread: ScoringThread
  #opening: Promise<void> | undefined
  #closed = false

  /** @param open gives another one like `thread` */
  constructor(thread: ScoringThread, open: () => Promise<ScoringThread>) {
    this.#thread = thread
    this.#open = open
  }

  /** @throws TributaryError `interrupted` once it was closed; whatever the model throws, or opening it again */
  async ask(question: Question): Promise<Answer['result']> {
    if (this.#closed) throw new TributaryError('interrupted', 'the model is served no more')
    if (this.#thread.hasEnded)
      this.#opening ??= this.#open()
        .then((thread) => {
          this.#thread = thread
        })
        .finally(() => {
          this.#opening = undefined
        })
    if (this.#opening !== undefined) await this.#opening
    return this.#thread.ask(question)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await this.#thread.close()
  }
}

function errorOf({ code, message, stack }: Failure): Error {
  const error = code === undefined ? new Error(message) : new TributaryError(code, message)
  if (stack !== undefined) error.stack = stack
  return error
}
