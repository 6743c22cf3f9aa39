import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Dataset,
  domainOfItem,
  giveWay,
  learnedIds,
  type ScoringVectors,
  type Tensor,
  TributaryError,
} from '../../core/index.ts'
import { type WrittenColumn, writeParquet } from '../../data/tables/write-parquet.ts'
import { encodeNpy, encodeSafetensors, type FolderKind, writeFileAtomic, writeFolderAtomic } from '../../files/index.ts'
import type { TrainedRun } from '../../runs/open.ts'
import { questionsOf, USERS_AT_ONCE } from './questions.ts'

export const VECTOR_FORMATS = ['parquet', 'npy', 'safetensors'] as const
export type VectorFormat = (typeof VECTOR_FORMATS)[number]

const README = 'README.json'

/** What may be replaced by other vectors. */
const VECTORS_FOLDER: FolderKind = {
  name: 'export',
  holds: /^(README\.json|(items|users)\.(parquet|npy|jsonl)|vectors\.safetensors)$/,
  is: async (folder) => (await readFile(join(folder, README), 'utf8').catch(() => '')).includes('"vectorFormat"'),
}

/** What is said beside the vectors, as README.json has it. */
export interface WrittenVectors {
  readonly vectorFormat: VectorFormat
  readonly model: string
  readonly weights: string | undefined
  readonly dataset: { readonly name: string; readonly hash: string }
  readonly width: number
  /** What makes a score of two vectors. */
  readonly score: string
  readonly items: { readonly rows: number; readonly leftOut: number; readonly what: string }
  readonly users: { readonly rows: number; readonly byDomain: boolean; readonly what: string }
  readonly files: Readonly<Record<string, string>>
}

/** Vectors with whose they are, a row each. */
interface Named {
  readonly vectors: Tensor<Float32Array>
  readonly names: Readonly<Record<string, (row: number) => string | number>>
}

/**
 * Writes the vectors of all users and items of a run to a new folder, with their names and ids. All of them are in memory.
 * @throws TributaryError `not-supported` for a model that does not rank by products of vectors; `file-exists`, `disk-full`, `interrupted`
 */
export async function writeVectors(
  { run, spec, dataset, split, model }: TrainedRun,
  folder: string,
  format: VectorFormat,
  options: {
    readonly overwrite?: boolean | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((done: number, total: number) => void) | undefined
  } = {},
): Promise<WrittenVectors> {
  const found = await model.can?.vectors?.()
  if (found === undefined)
    throw new TributaryError(
      'not-supported',
      `${spec.name} in ${run.folder} does not rank by products of vectors, so there are none to export; bprmf, lightgcn and sasrec do`,
    )
  const every = Array.from({ length: dataset.items.size - 1 }, (_, i) => i + 1)
  const learned = spec.unlearned === undefined ? learnedIds(dataset, split).items : undefined
  const kept = learned === undefined ? every : every.filter((item) => learned[item] === 1)
  const said: WrittenVectors = {
    vectorFormat: format,
    model: spec.name,
    weights: run.manifest.weightsHash,
    dataset: { name: dataset.name, hash: dataset.hash },
    width: found.width,
    score: found.byDomain
      ? 'the dot product of the vector of a user in a domain with that of an item of this domain'
      : 'the dot product of the vector of a user with that of an item',
    items: {
      rows: kept.length,
      leftOut: every.length - kept.length,
      what: 'items with training rows; what was left out has no vector that learned anything and is recommended last',
    },
    users: {
      rows: dataset.users.size * domainsOf(found, dataset).length,
      byDomain: found.byDomain,
      what: 'every user of the log, as the model answers for the whole history in it; who has no training row is a newcomer',
    },
    files: FILES[format],
  }
  const fill = async (place: string) => {
    await WRITERS[format](place, itemsOf(found, kept, dataset), await usersOf(found, dataset, options))
    await writeFileAtomic(join(place, README), `${JSON.stringify(said, undefined, 2)}\n`)
  }
  await writeFolderAtomic(folder, fill, { ...(options.overwrite && { replaces: VECTORS_FOLDER }) })
  return said
}

function itemsOf({ items, width }: ScoringVectors, kept: readonly number[], dataset: Dataset): Named {
  const data = new Float32Array(kept.length * width)
  for (const [row, item] of kept.entries()) data.set(items.subarray(item * width, (item + 1) * width), row * width)
  return {
    vectors: { shape: [kept.length, width], data },
    names: {
      id: (row) => kept[row],
      item: (row) => dataset.items.name(kept[row]),
      domain: (row) => dataset.domains[domainOfItem(dataset, kept[row])],
    },
  }
}

/** Those that a user has a vector for; one, whichever, where it does not matter. */
function domainsOf({ byDomain }: Pick<ScoringVectors, 'byDomain'>, { domains }: Dataset): readonly string[] {
  return byDomain ? domains : domains.slice(0, 1)
}

export async function usersOf(
  { of, width, byDomain }: ScoringVectors,
  dataset: Dataset,
  { signal, onProgress }: Pick<Parameters<typeof writeVectors>[3] & {}, 'signal' | 'onProgress'>,
): Promise<Named> {
  const { users } = dataset
  const domains = domainsOf({ byDomain }, dataset)
  const rows = users.size * domains.length
  const data = new Float32Array(rows * width)
  for (let from = 0; from < users.size; from += USERS_AT_ONCE) {
    await giveWay(signal, () => `stopped after the vectors of ${from} of ${users.size} users; nothing was written`)
    const some = Array.from({ length: Math.min(USERS_AT_ONCE, users.size - from) }, (_, i) => from + i)
    const asked = some.flatMap((user) => domains.map((domain) => ({ user, domain })))
    data.set(await of(await questionsOf(asked, dataset)), from * domains.length * width)
    onProgress?.(from + some.length, users.size)
  }
  const userOf = (row: number) => Math.floor(row / domains.length)
  return {
    vectors: { shape: [rows, width], data },
    names: {
      id: userOf,
      user: (row) => users.name(userOf(row)),
      ...(byDomain && { domain: (row: number) => domains[row % domains.length] }),
    },
  }
}

const LINES = { itemNames: 'items.jsonl', userNames: 'users.jsonl' }
const FILES: Readonly<Record<VectorFormat, Readonly<Record<string, string>>>> = {
  parquet: { items: 'items.parquet', users: 'users.parquet' },
  npy: { items: 'items.npy', users: 'users.npy', ...LINES },
  safetensors: { vectors: 'vectors.safetensors', ...LINES },
}

const WRITERS: Readonly<Record<VectorFormat, (folder: string, items: Named, users: Named) => Promise<void>>> = {
  async parquet(folder, items, users) {
    await writeNamed(join(folder, 'items.parquet'), items)
    await writeNamed(join(folder, 'users.parquet'), users)
  },
  async npy(folder, items, users) {
    await writeFileAtomic(join(folder, 'items.npy'), encodeNpy(items.vectors))
    await writeFileAtomic(join(folder, 'users.npy'), encodeNpy(users.vectors))
    await writeNames(folder, items, users)
  },
  async safetensors(folder, items, users) {
    const tensors = new Map([
      ['items', items.vectors],
      ['users', users.vectors],
    ])
    await writeFileAtomic(join(folder, 'vectors.safetensors'), encodeSafetensors(tensors))
    await writeNames(folder, items, users)
  },
}

async function writeNamed(path: string, { vectors: { shape, data }, names }: Named): Promise<void> {
  const [rows, width] = shape
  const columns = Object.keys(names).map(
    (name): WrittenColumn => ({ name, type: name === 'id' ? 'INTEGER' : 'VARCHAR' }),
  )
  await writeParquet(
    path,
    [...columns, { name: 'vector', type: 'FLOAT[]' }],
    [
      {
        count: rows,
        cells: [...Object.values(names), (row) => [...data.subarray(row * width, (row + 1) * width)]],
      },
    ],
  )
}

/** A line of JSON for each row of the vectors. */
async function writeNames(folder: string, items: Named, users: Named): Promise<void> {
  for (const [file, { vectors, names }] of [
    [LINES.itemNames, items],
    [LINES.userNames, users],
  ] as const) {
    const lines = Array.from({ length: vectors.shape[0] }, (_, row) => {
      const named = Object.entries(names).map(([name, of]) => [name, of(row)])
      return Buffer.from(`${JSON.stringify(Object.fromEntries(named))}\n`)
    })
    await writeFileAtomic(join(folder, file), lines)
  }
}
