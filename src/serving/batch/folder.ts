import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { TributaryError } from '../../core/index.ts'
import { isUnfinished, makeFolder, readFileBytes, writeFileAtomic } from '../../files/index.ts'
import type { Manifest } from '../../runs/run.ts'

const BATCH = 'batch.json'

const runSchema = z.strictObject({
  model: z.string(),
  /** SHA-256 of the weights file; null where the run does not say it. */
  weights: z.string().nullable(),
  /** SHA-256 of options, split and seed. */
  options: z.string(),
})

const batchSchema = z.strictObject({
  format: z.literal(1),
  run: runSchema,
  dataset: z.strictObject({ name: z.string(), hash: z.string() }),
  /** Who answers in place of the run, by domain. */
  fallback: z.record(z.string(), runSchema),
  newUsers: z.record(z.string(), runSchema),
  /** What popularity counts, by the weights of the run whose predictions stand beside it. */
  blend: z.record(z.string(), z.number()),
  domains: z.array(z.string()).readonly(),
  k: z.number(),
  keepSeen: z.boolean(),
  reasons: z.boolean(),
  users: z.number(),
  shardUsers: z.number(),
  shards: z.number(),
})

/** What a folder of lists holds. Two that are alike have the same files. */
export type Batch = Readonly<z.output<typeof batchSchema>>

/** A run, wherever it lies. */
export function runOfBatch({ model, weightsHash, config, split, seed }: Manifest): Batch['run'] {
  const decided = [Object.entries(config).map(([name, { value }]) => [name, value]), split, seed]
  const options = createHash('sha256').update(JSON.stringify(decided)).digest('hex')
  return { model, weights: weightsHash ?? null, options }
}

/**
 * Makes the folder of a batch, or goes on in it.
 * @throws TributaryError `mismatch` where it holds another one, `file-exists` where it holds something else, `file-damaged`, `disk-full`
 */
export async function openBatchFolder(folder: string, batch: Batch): Promise<void> {
  await makeFolder(folder)
  const path = join(folder, BATCH)
  const names = (await readdir(folder)).filter((name) => !isUnfinished(name))
  if (names.length > 0 && !names.includes(BATCH))
    throw new TributaryError('file-exists', `${folder} holds something else than lists; choose another --out`)
  if (names.length === 0) await writeFileAtomic(path, `${JSON.stringify(batch, undefined, 2)}\n`)
  // Read in any case: another process may have begun at the same time.
  const there = await readBatch(path)
  const differing = Object.keys(batch).filter(
    (key) => !isDeepStrictEqual(there[key as keyof Batch], batch[key as keyof Batch]),
  )
  if (differing.length === 0) return
  const told = differing.map((key) => {
    const [before, now] = [there, batch].map((one) => JSON.stringify(one[key as keyof Batch]))
    return before.length + now.length < 80 ? `${WORDS[key] ?? key} ${before} there, ${now} here` : (WORDS[key] ?? key)
  })
  throw new TributaryError(
    'mismatch',
    `${folder} holds lists made otherwise (${told.join('; ')}); choose another --out, or ask for the same again`,
  )
}

/** As the command line calls what is not called alike. */
const WORDS: Readonly<Record<string, string>> = {
  run: 'another run',
  dataset: 'another dataset',
  fallback: 'another --fallback',
  newUsers: 'another --new-users',
  blend: 'another --blend',
  k: '-k',
  keepSeen: '--keep-seen',
  reasons: '--reasons',
  shardUsers: '--shard-users',
}

async function readBatch(path: string): Promise<Batch> {
  try {
    return batchSchema.parse(JSON.parse(Buffer.from(await readFileBytes(path)).toString()))
  } catch (error) {
    if (error instanceof TributaryError) throw error
    throw new TributaryError('file-damaged', `${path} does not say what lists there are; choose another --out`, {
      cause: error,
    })
  }
}
