import { setImmediate } from 'node:timers/promises'
import { TributaryError } from './errors.ts'

/** How long work may keep the event loop waiting, and with it Ctrl-C and whoever asks. */
const TURN_MS = 50

let turned = performance.now()

/**
 * Lets the event loop have a turn when it has not had one for a while, since a signal is heard in it and nowhere else. To be awaited
 * between pieces of work that take less than a second; it changes no result.
 * @param where the work is, for whoever stopped it
 * @throws TributaryError `interrupted` when the signal is set
 */
export async function giveWay(signal: AbortSignal | undefined, where: () => string): Promise<void> {
  if (performance.now() - turned >= TURN_MS) {
    await setImmediate()
    turned = performance.now()
  }
  if (signal?.aborted) throw new TributaryError('interrupted', where())
}
