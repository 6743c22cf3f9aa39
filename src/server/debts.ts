import { setTimeout as pause } from 'node:timers/promises'
import { RequestError } from './failure.ts'

/** Smaller bodies cost about as much as any request. */
export const LARGE_BYTES = 16_000

/** Refused bytes are forgotten at this rate: reading and refusing a megabyte takes some milliseconds of each two seconds. */
const BYTES_PER_MILLISECOND = 500

/** Who owes more than this gets an answer at once: it would wait longer than clients do. */
const LONGEST_PAUSE_MILLISECONDS = 10_000

/** Clients that owed something once are looked through when there are more. */
const MANY = 1_000

/**
 * Keeps a client whose large bodies are refused from taking the server's time with more of them: the next large one is not
 * read before the refused bytes are paid off, by waiting. Small bodies, and clients whose bodies are fine, never wait; nor do those whose address is not known.
 */
export class Debts {
  /** When each client is out of debt, in milliseconds of `performance.now()`. */
  readonly #freeAt = new Map<string, number>()

  /**
   * Resolves when the client may send a body of this size; those of one in debt take turns, as if all were to be refused.
   * @returns the bytes that the client is charged with for it already
   * @throws RequestError 429 when that would take too long
   */
  async wait(client: string | undefined, bytes: number): Promise<number> {
    if (client === undefined || bytes < LARGE_BYTES) return 0
    const freeAt = this.#freeAt.get(client)
    const milliseconds = (freeAt ?? 0) - performance.now()
    if (freeAt === undefined || milliseconds <= 0) return 0
    if (milliseconds > LONGEST_PAUSE_MILLISECONDS)
      throw new RequestError(
        429,
        'too many large bodies of this client were refused; correct them, or send them slower',
      )
    this.#freeAt.set(client, freeAt + bytes / BYTES_PER_MILLISECOND)
    await pause(milliseconds)
    return bytes
  }

  /** Notes that a body was refused; fewer than no bytes take back what `wait` charged. */
  add(client: string | undefined, bytes: number): void {
    if (client === undefined || Math.abs(bytes) < LARGE_BYTES) return
    const now = performance.now()
    if (this.#freeAt.size > MANY) for (const [other, at] of this.#freeAt) if (at <= now) this.#freeAt.delete(other)
    this.#freeAt.set(client, Math.max(now, this.#freeAt.get(client) ?? 0) + bytes / BYTES_PER_MILLISECOND)
  }
}
