import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Dataset, NamedTensors, Tensor, TensorData } from '../../core/index.ts'
import { decodeSafetensors, encodeSafetensors, readFileBytes } from '../../files/index.ts'
import { hashed, type Names } from '../build/assemble.ts'
import { PackedVocabulary, packed } from '../build/vocabulary.ts'

// The rows of `interactions.parquet` once more, by ids and with the names in the order of these: opening a folder without it makes both
// anew of ten million names. It belongs to one log, whose hash it has; where that has changed, or the file is not whole, the log counts.

export const IDS = 'ids.safetensors'

const metadataSchema = z.object({
  format: z.literal('1'),
  /** SHA-256 of `interactions.parquet`. */
  interactions: z.string(),
  /** Of the dataset without features and truth. */
  hash: z.string(),
  domains: z.string(),
  categories: z.string().optional(),
})

/** Writes the file beside the interactions, which stand there already. */
export async function writeIds(dataset: Dataset, folder: string, interactions: string): Promise<void> {
  const { domains, domainStart, categories, log } = dataset
  const names: Names = { ...dataset, users: packed(dataset.users, false), items: packed(dataset.items, true) }
  const { hash } = hashed(dataset.name, names, log)
  const columns: (readonly [string, TensorData | Float64Array | undefined])[] = [
    ['domainStart', domainStart],
    ['users/offsets', names.users.offsets],
    ['items/offsets', names.items.offsets],
    ['userStart', log.userStart],
    ['item', log.item],
    ['value', log.value],
    ['categories', categories?.ofItem],
    ['timestamp', log.timestamp],
    ['part', log.part],
    ['users', names.users.bytes],
    ['items', names.items.bytes],
  ]
  const ofFourBytes = columns.reduce((sum, [, data]) => sum + (data?.BYTES_PER_ELEMENT === 4 ? data.length : 0), 0)
  // The times, which come after these, then begin where numbers of eight bytes can be read in place.
  if (ofFourBytes % 2 === 1) columns.push(['padding', new Int32Array(1)])
  const tensors: NamedTensors = new Map(
    columns.flatMap(([name, data]): [string, Tensor][] => (data === undefined ? [] : [[name, tensorOf(data)]])),
  )
  const pieces = encodeSafetensors(tensors, {
    ...{ format: '1', hash, interactions: await hashOfFile(interactions), domains: JSON.stringify(domains) },
    ...(categories && { categories: JSON.stringify(categories.names) }),
  })
  await writeFile(join(folder, IDS), pieces)
}

/**
 * The log of a folder, without features and truth.
 * @returns undefined where there is no such file, or one that does not belong to the interactions
 */
export async function readIds(folder: string, name: string, interactions: string): Promise<Dataset | undefined> {
  try {
    const path = join(folder, IDS)
    const { tensors, metadata } = decodeSafetensors(await readFileBytes(path), path)
    const { hash, interactions: of, ...texts } = metadataSchema.parse(metadata)
    if (of !== (await hashOfFile(interactions))) return undefined
    const dataset = datasetOf(name, tensors, texts)
    return dataset.hash === hash ? dataset : undefined
  } catch {
    // Whatever it is that is wrong with it, the log is there.
    return undefined
  }
}

function datasetOf(
  name: string,
  tensors: NamedTensors,
  texts: { readonly domains: string; readonly categories?: string | undefined },
): Dataset {
  const ints = (column: string) => tensors.get(column)?.data as Int32Array
  const bytes = (column: string) => tensors.get(column)?.data as Uint8Array
  const times = tensors.get('timestamp')?.data
  const userStart = ints('userStart')
  const names: Names = {
    users: new PackedVocabulary(bytes('users'), ints('users/offsets'), { padding: false }),
    items: new PackedVocabulary(bytes('items'), ints('items/offsets'), { padding: true }),
    domains: JSON.parse(texts.domains),
    domainStart: ints('domainStart'),
    categories:
      texts.categories === undefined ? undefined : { names: JSON.parse(texts.categories), ofItem: ints('categories') },
  }
  return hashed(name, names, {
    length: ints('item').length,
    user: usersOf(userStart),
    item: ints('item'),
    timestamp: times && numbersOf(times as Uint8Array<ArrayBuffer>),
    value: tensors.get('value')?.data as Float32Array | undefined,
    part: tensors.get('part')?.data as Uint8Array | undefined,
    userStart,
  })
}

/** A view where the bytes begin at a place for numbers of eight bytes, a copy otherwise. */
function numbersOf(bytes: Uint8Array<ArrayBuffer>): Float64Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  return new Float64Array(buffer, byteOffset, length / 8)
}

/** Rows are grouped by user. */
function usersOf(userStart: Int32Array): Int32Array {
  const user = new Int32Array(userStart[userStart.length - 1])
  for (let id = 0; id + 1 < userStart.length; id++) user.fill(id, userStart[id], userStart[id + 1])
  return user
}

/** Of eight bytes a number where it has so many, which the format here does not know. */
function tensorOf(data: TensorData | Float64Array): Tensor {
  if (!(data instanceof Float64Array)) return { shape: [data.length], data }
  return { shape: [data.length, 8], data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}

async function hashOfFile(path: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), digest)
  return digest.digest('hex')
}
