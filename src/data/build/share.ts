import type { Dataset, InteractionLog } from '../../core/index.ts'
import { PackedVocabulary } from './vocabulary.ts'

type Column = Int32Array | Float64Array | Float32Array | Uint8Array

interface SharedNames {
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

/** A dataset as threads can be given it: columns and names are in memory that all of them see. */
export interface SharedDataset extends Omit<Dataset, 'users' | 'items' | 'truth'> {
  readonly users: SharedNames
  readonly items: SharedNames
}

/**
 * The dataset, moved to memory that threads share.
 * @returns undefined for one that cannot be given to a thread: it has a truth, or names that were not packed here
 */
export function shareDataset({ users, items, truth, ...dataset }: Dataset): SharedDataset | undefined {
  if (truth !== undefined || !(users instanceof PackedVocabulary) || !(items instanceof PackedVocabulary))
    return undefined
  return { ...dataset, log: sharedLog(dataset.log), users: sharedNames(users), items: sharedNames(items) }
}

/** The dataset of a thread. */
export function datasetOfShared({ users, items, ...dataset }: SharedDataset): Dataset {
  return {
    ...dataset,
    users: new PackedVocabulary(users.bytes, users.offsets, { padding: false }),
    items: new PackedVocabulary(items.bytes, items.offsets, { padding: true }),
  }
}

function sharedNames({ bytes, offsets }: PackedVocabulary): SharedNames {
  return { bytes: shared(bytes), offsets: shared(offsets) }
}

function sharedLog({ length, user, item, timestamp, value, part, userStart }: InteractionLog): InteractionLog {
  return {
    length,
    user: shared(user),
    item: shared(item),
    timestamp: timestamp && shared(timestamp),
    value: value && shared(value),
    part: part && shared(part),
    userStart: shared(userStart),
  }
}

function shared<C extends Column>(column: C): C {
  const memory = new SharedArrayBuffer(column.byteLength)
  const moved = new (column.constructor as new (memory: SharedArrayBuffer) => C)(memory)
  moved.set(column)
  return moved
}
