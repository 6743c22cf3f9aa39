import { Worker } from 'node:worker_threads'
import { TributaryError } from '../../core/index.ts'
import type { Answer, Failure, Opened, Opening, Question } from './questions.ts'

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

  /** @throws whatever the model throws */
  ask(question: Question): Promise<Answer['result']> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    this.#number++
    const answer = this.#answerTo(this.#number)
    this.#worker.postMessage({ number: this.#number, question })
    return answer
  }

  /** Frees all memory of the model. */
  async close(): Promise<void> {
    await this.#worker.terminate()
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

function errorOf({ code, message, stack }: Failure): Error {
  const error = code === undefined ? new Error(message) : new TributaryError(code, message)
  if (stack !== undefined) error.stack = stack
  return error
}
