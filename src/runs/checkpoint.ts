import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Checkpoint, TributaryError } from '../core/index.ts'
import { decodeSafetensors, encodeSafetensors } from '../files/index.ts'
import { type MetricsPosition, parseJson } from './metrics.ts'

/**
 * The pieces of a checkpoint's file: weights, best weights, moments and counters in one, because only one file can be replaced at
 * once. Its metadata holds the SHA-256 that the file would have without it.
 * @throws TributaryError `not-finite` or `bad-argument` when the state is not plain JSON and would come back changed
 */
export function encodeCheckpoint({ epoch, state, tensors }: Checkpoint, metrics: MetricsPosition): Uint8Array[] {
  const metadata = { position: JSON.stringify({ epoch, ...metrics }), state: JSON.stringify(state, plainJson) }
  return encodeSafetensors(tensors, { ...metadata, sha256: sha256(encodeSafetensors(tensors, metadata)) })
}

/**
 * @param path named in errors
 * @throws TributaryError `file-damaged` for whatever is not, to the bit, what was encoded
 */
export function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>, path: string): Checkpoint & MetricsPosition {
  const { tensors, metadata } = decodeSafetensors(bytes, path)
  const { sha256: expected, ...others } = metadata
  // Checkpoints of older versions have no hash, and nothing in its place.
  const hashed = expected !== undefined || Object.keys(others).length > 2
  if (hashed && expected !== hashOrNone(() => encodeSafetensors(tensors, others)))
    throw new TributaryError('file-damaged', `${path} is not what the run wrote (its SHA-256 differs)`)
  const position = positionSchema.safeParse(parseJson(metadata.position))
  const state = z.record(z.string(), z.unknown()).safeParse(parseJson(metadata.state))
  if (!position.success || !state.success)
    throw new TributaryError('file-damaged', `${path} is not a checkpoint: its metadata lacks position or state`)
  return { ...position.data, state: state.data, tensors }
}

const count = z.number().int().nonnegative()
const positionSchema = z.object({ epoch: count, metricsBytes: count, metricsHash: z.string().optional() })

export function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** None of names that could not have been encoded. */
function hashOrNone(pieces: () => readonly Uint8Array[]): string | undefined {
  try {
    return sha256(pieces())
  } catch (error) {
    if (error instanceof TributaryError) return undefined
    throw error
  }
}

/** JSON would turn infinity into null and typed arrays into objects, and a resumed run would not be the same run. */
function plainJson(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TributaryError('not-finite', `the state of a checkpoint cannot hold '${key}': ${value}; leave it out`)
  if (ArrayBuffer.isView(value))
    throw new TributaryError(
      'bad-argument',
      `the state of a checkpoint cannot hold the array '${key}': make it a tensor`,
    )
  return value
}
