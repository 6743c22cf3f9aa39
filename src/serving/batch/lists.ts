import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, giveWay, mapValues, type Query } from '../../core/index.ts'
import { type WrittenColumn, type WrittenRows, writeParquet } from '../../data/tables/write-parquet.ts'
import { namedReasons, reasonsFor } from '../../evaluation/reasons.ts'
import { type Recommendation, recommend } from '../../evaluation/recommend.ts'
import { removeUnfinished } from '../../files/index.ts'
import type { TrainedRun } from '../../runs/open.ts'
import { openRun } from '../../runs/run.ts'
import type { ServedRun } from '../served.ts'
import { type Batch, openBatchFolder, runOfBatch } from './folder.ts'
import { questionsOf, USERS_AT_ONCE } from './questions.ts'

/** Which lists are made for every user of the log. */
export interface ListsWanted {
  /** Names; all of the dataset's. */
  readonly domains: readonly string[]
  readonly k: number
  readonly keepSeen: boolean
  /** Say of each item to which items of the history it is owed. */
  readonly reasons: boolean
  /** Users whose lists share a file. */
  readonly shardUsers: number
}

/** Which of the files a process makes: every `of`th, beginning with the `number`th, from 1. */
export interface Share {
  readonly number: number
  readonly of: number
}

export interface WrittenLists {
  /** Files of the whole batch. */
  readonly shards: number
  /** Of this process: made now, and there already. */
  readonly made: number
  readonly found: number
  /** Of the whole batch, what is not there yet. */
  readonly missing: number
  readonly rows: number
}

/**
 * Lists for every user of the log, in the order of their ids, as Parquet files of so many users each; the same lists as a server gives.
 * Files that are there are not made again, so what was stopped goes on, and any number of processes make the same files.
 * @param onProgress called with users whose lists this process has made, of those it makes
 * @throws TributaryError `mismatch` where the folder holds other lists, `file-exists`, `disk-full`, `interrupted`
 */
export async function writeLists(
  run: TrainedRun,
  served: ServedRun,
  folder: string,
  wanted: ListsWanted,
  options: {
    readonly share?: Share | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((done: number, total: number) => void) | undefined
  } = {},
): Promise<WrittenLists> {
  const { share = { number: 1, of: 1 }, signal, onProgress } = options
  const batch = await batchOf(run, served, wanted)
  await openBatchFolder(folder, batch)
  const all = shardsOf(batch)
  const own = all.filter((shard) => shard % share.of === share.number - 1)
  const absent = (shards: readonly number[]) => absentFrom(folder, shards)
  const usersOf = (shard: number) =>
    Array.from({ length: Math.min(batch.shardUsers, batch.users - shard * batch.shardUsers) }, (_, i) => {
      return shard * batch.shardUsers + i
    })
  const toMake = await absent(own)
  const total = toMake.reduce((sum, shard) => sum + usersOf(shard).length, 0)
  let [done, rows] = [0, 0]

  async function* rowsOf(shard: number): AsyncGenerator<WrittenRows> {
    const users = usersOf(shard)
    for (let from = 0; from < users.length; from += USERS_AT_ONCE) {
      await giveWay(signal, () => `stopped after ${done} of ${total} users; the same command goes on`)
      const some = users.slice(from, from + USERS_AT_ONCE)
      const made = await listsOf(some, run.dataset, served, wanted)
      yield made
      done += some.length
      rows += made.count
      onProgress?.(done, total)
    }
  }
  for (const shard of toMake) await writeParquet(join(folder, fileOf(shard)), columnsOf(wanted), rowsOf(shard))
  const missing = (await absent(all)).length
  // Killed writers leave files that nobody finishes.
  if (missing === 0) await removeUnfinished(folder)
  return { shards: batch.shards, made: toMake.length, found: own.length - toMake.length, missing, rows }
}

/**
 * Makes the folder of lists, or goes on in it, and makes none.
 * @returns how many files are missing
 * @throws TributaryError as `writeLists`
 */
export async function beginLists(
  run: TrainedRun,
  served: ServedRun,
  folder: string,
  wanted: ListsWanted,
): Promise<number> {
  const batch = await batchOf(run, served, wanted)
  await openBatchFolder(folder, batch)
  return (await absentFrom(folder, shardsOf(batch))).length
}

function shardsOf({ shards }: Batch): number[] {
  return Array.from({ length: shards }, (_, shard) => shard)
}

async function absentFrom(folder: string, shards: readonly number[]): Promise<number[]> {
  const there = new Set(await readdir(folder))
  return shards.filter((shard) => !there.has(fileOf(shard)))
}

function fileOf(shard: number): string {
  return `lists-${String(shard).padStart(5, '0')}.parquet`
}

async function batchOf({ run, dataset }: TrainedRun, served: ServedRun, wanted: ListsWanted): Promise<Batch> {
  const folders = new Set([...served.fallbacks.values(), ...served.newUsers.values(), ...served.blends.keys()])
  const known = new Map([[run.folder, runOfBatch(run.manifest)]])
  for (const folder of folders) known.set(folder, runOfBatch((await openRun(folder)).manifest))
  const runsOf = (of: ServedRun['fallbacks']) => Object.fromEntries(mapValues(of, (folder) => known.get(folder)!))
  return {
    format: 1,
    run: runOfBatch(run.manifest),
    dataset: { name: dataset.name, hash: dataset.hash },
    fallback: runsOf(served.fallbacks),
    newUsers: runsOf(served.newUsers),
    blend: Object.fromEntries([...served.blends].map(([folder, weight]) => [known.get(folder)!.weights, weight])),
    ...wanted,
    users: dataset.users.size,
    shards: Math.ceil(dataset.users.size / wanted.shardUsers),
  }
}

const REASONS = '[{"item": "VARCHAR", "domain": "VARCHAR", "share": "DOUBLE"}]'

function columnsOf({ reasons }: ListsWanted): WrittenColumn[] {
  return [
    { name: 'user', type: 'VARCHAR' },
    { name: 'domain', type: 'VARCHAR' },
    { name: 'rank', type: 'INTEGER' },
    { name: 'item', type: 'VARCHAR' },
    { name: 'score', type: 'FLOAT' },
    ...(reasons ? [{ name: 'because', type: 'VARCHAR', as: `from_json(because, '${REASONS}')` } as const] : []),
  ]
}

/** An entry of a list with whose it is. */
interface Row extends Recommendation {
  readonly user: number
  readonly domain: string
  readonly rank: number
  readonly because?: string
}

async function listsOf(
  users: readonly number[],
  dataset: Dataset,
  { scorer }: ServedRun,
  { domains, k, keepSeen, reasons }: ListsWanted,
): Promise<WrittenRows> {
  const asked = users.flatMap((user) => domains.map((domain) => ({ user, domain })))
  const queries = await questionsOf(asked, dataset)
  const lists = await recommend(scorer, dataset, queries, { k, maskSeen: !keepSeen })
  const rows: Row[] = []
  for (const [index, list] of lists.entries()) {
    const found = reasons && list.length > 0 ? await reasonsOf(scorer, dataset, queries[index], list) : undefined
    for (const [place, one] of list.entries())
      rows.push({ ...one, ...asked[index], rank: place + 1, ...(found && { because: found[place] }) })
  }
  const { users: userNames, items } = dataset
  return {
    count: rows.length,
    cells: [
      (row) => userNames.name(rows[row].user),
      (row) => rows[row].domain,
      (row) => rows[row].rank,
      (row) => items.name(rows[row].item),
      (row) => rows[row].score,
      ...(reasons ? [(row: number) => rows[row].because ?? null] : []),
    ],
  }
}

/** Of each entry, as JSON. */
async function reasonsOf(
  scorer: ServedRun['scorer'],
  dataset: Dataset,
  query: Query,
  list: readonly Recommendation[],
): Promise<string[]> {
  const explained = list.map(({ item }) => ({ items: Int32Array.of(item), weights: Float32Array.of(1) }))
  const found = await reasonsFor(scorer, dataset, query, explained)
  return found.map(({ because }) => JSON.stringify(namedReasons(dataset, because)))
}
