import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { TensorData } from '../core/index.ts'

/** Smaller arrays are not worth the call. */
const LEAST_BYTES = 2 ** 14

let nowhere: MessagePort | undefined

/** A port that is closed: what is handed over to it is freed at once. */
function closedPort(): MessagePort {
  const { port1 } = new MessageChannel()
  port1.close()
  return port1
}

/**
 * Frees arrays of outputs that nobody reads again; their length may be 0 afterwards. They lie outside of the heap: left to the garbage
 * collector they wake it again and again, and every run is given fresh pages by the system in place of those that it had before.
 */
export function release(...outputs: readonly TensorData[]): void {
  for (const { buffer, byteLength } of outputs) {
    if (byteLength < LEAST_BYTES) continue
    nowhere ??= closedPort()
    nowhere.postMessage(null, [buffer as ArrayBuffer])
  }
}
