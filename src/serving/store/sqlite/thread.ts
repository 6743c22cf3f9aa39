import { Worker } from 'node:worker_threads'
import { TributaryError } from '../../../core/errors.ts'
import { sqliteError } from './failures.ts'
import type { Answer, Opening, Question } from './questions.ts'

interface Asked {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

type Asking<Q> = Q extends Question ? Omit<Q, 'number'> : never

/** A thread with a connection, and those who wait for its answers. */
export class Thread {
  readonly #worker: Worker
  readonly #name: string
  readonly #asked = new Map<number, Asked>()
  #number = 0
  #ended: TributaryError | undefined

  private constructor(opening: Opening) {
    this.#name = opening.name
    const source = new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
    this.#worker = new Worker(source, { workerData: opening })
    this.#worker.on('message', (answer: Answer) => this.#hear(answer))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(undefined))
  }

  /** @throws TributaryError `store-failed` */
  static async open(opening: Opening): Promise<Thread> {
    const thread = new Thread(opening)
    try {
      await new Promise((resolve, reject) => thread.#asked.set(0, { resolve, reject }))
    } catch (error) {
      await thread.#worker.terminate()
      throw error
    }
    thread.#rest()
    return thread
  }

  ask(question: Asking<Question>): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    this.#number++
    const number = this.#number
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ ...question, number })
    })
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    this.#worker.ref()
    const closed = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.postMessage({ kind: 'close', number: 0 })
    await closed
  }

  #hear({ number, result, failure }: Answer): void {
    const asked = this.#asked.get(number)
    this.#asked.delete(number)
    if (failure === undefined) asked?.resolve(result)
    else asked?.reject(sqliteError(this.#name, failure))
    this.#rest()
  }

  /** A process may end while nobody waits for an answer. */
  #rest(): void {
    if (this.#asked.size === 0) this.#worker.unref()
  }

  #end(error: unknown): void {
    this.#ended ??= new TributaryError('store-failed', `the thread of ${this.#name} has ended`, { cause: error })
    for (const { reject } of this.#asked.values()) reject(this.#ended)
    this.#asked.clear()
  }
}
