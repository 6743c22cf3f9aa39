import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { domainOfItem, learnedIds, TributaryError } from '../../core/index.ts'
import { type FolderKind, writeFileAtomic, writeFolderAtomic } from '../../files/index.ts'
import type { TrainedRun } from '../../runs/open.ts'
import { OPSET } from '../../tensor/index.ts'
import { FOREIGN_SCORE, scoringModel } from './onnx-graph.ts'
import { usersOf } from './vectors.ts'

const README = 'README.json'

/** What may be replaced by another model. */
const ONNX_FOLDER: FolderKind = {
  name: 'export',
  holds: /^(README\.json|(items|users)\.jsonl|model\.onnx)$/,
  is: async (folder) => (await readFile(join(folder, README), 'utf8').catch(() => '')).includes('"onnxOpset"'),
}

/** What is said beside the model, as README.json has it. */
export interface WrittenOnnx {
  readonly onnxOpset: number
  readonly model: string
  readonly version: string
  readonly weights: string | undefined
  readonly dataset: { readonly name: string; readonly hash: string }
  /** Names of domains; their places are what `domain` is. */
  readonly domains: readonly string[]
  /** Of `history` what counts: its last items that are known, or absent where users are known by themselves. */
  readonly maxLength?: number
  readonly inputs: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
  readonly items: { readonly rows: number; readonly learned: number }
  readonly users?: { readonly rows: number }
  readonly files: Readonly<Record<string, string>>
}

/** What a file is made of. */
export type Exported = Pick<TrainedRun, 'spec' | 'dataset' | 'split' | 'model'>

export interface OnnxFile {
  readonly bytes: Uint8Array
  readonly readme: Pick<WrittenOnnx, 'domains' | 'maxLength' | 'inputs' | 'outputs' | 'items' | 'users'>
}

/**
 * A model as an ONNX file that needs no Tributary, and how it is asked.
 * @throws TributaryError `not-supported` for a model that does not rank by products of vectors, or is larger than the format can say
 */
export async function onnxOf(
  { spec, dataset, split, model }: Exported,
  said: { readonly version: string; readonly weights: string | undefined },
  options: Parameters<typeof usersOf>[2] = {},
): Promise<OnnxFile> {
  const vectors = await model.can?.vectors?.()
  if (vectors?.from === undefined)
    throw new TributaryError(
      'not-supported',
      `${spec.name} with these options has no graph from a question to all scores that an ONNX file could hold; bprmf, lightgcn and sasrec have`,
    )
  const { domains } = dataset
  const isOfUsers = vectors.from === 'user'
  const learned = spec.unlearned === undefined ? learnedIds(dataset, split).items : undefined
  const nobody = await vectors.of(domains.map((_, domain) => ({ history: new Int32Array(0), domain })))
  const users = isOfUsers ? (await usersOf(vectors, dataset, options)).vectors.data : undefined
  const bytes = scoringModel(
    { vectors, dataset, learned, nobody, users },
    {
      version: said.version,
      summary: `${spec.name}, trained on ${dataset.name}; README.json beside it says how it is asked`,
      metadata: {
        model: spec.name,
        weights: said.weights ?? '',
        dataset: dataset.name,
        datasetHash: dataset.hash,
        domains: JSON.stringify(domains),
      },
    },
  )
  const rows = dataset.items.size - 1
  const maxLength =
    vectors.from === 'user' ? undefined : Math.max(...vectors.from.map((e) => e.length - e.question.length))
  const known = learned === undefined ? rows : learned.subarray(1).reduce((sum, one) => sum + one, 0)
  return {
    bytes,
    readme: {
      domains,
      ...(maxLength !== undefined && { maxLength }),
      inputs: {
        ...(isOfUsers
          ? { user: 'int32 [batch]: `id` of users.jsonl; any other number is a newcomer' }
          : {
              history:
                'int32 [batch, length]: `id` of items.jsonl, oldest first, any length; 0 is padding and may stand anywhere; ' +
                `ids that are unknown or not learned are passed over, and of the others the last ${maxLength} count`,
            }),
        domain: `int32 [batch]: which domain is asked for, 0 to ${domains.length - 1}, as \`domains\` lists them`,
      },
      outputs: {
        scores:
          `float32 [batch, ${rows}]: of the item in each line of items.jsonl; -1e8 where it was not learned` +
          (vectors.byDomain ? `, ${FOREIGN_SCORE} where it is of another domain` : ''),
        vector: `float32 [batch, ${vectors.width}]: of the question; its dot product with that of an item is the score`,
      },
      items: { rows, learned: known },
      ...(isOfUsers && { users: { rows: dataset.users.size } }),
    },
  }
}

/**
 * Writes a trained model to a new folder as `model.onnx`, with the names of what goes in and comes out.
 * @throws TributaryError as `onnxOf`; `file-exists`, `disk-full`, `interrupted`
 */
export async function writeOnnx(
  opened: TrainedRun,
  folder: string,
  options: {
    readonly overwrite?: boolean | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((done: number, total: number) => void) | undefined
  } = {},
): Promise<WrittenOnnx> {
  const { run, spec, dataset } = opened
  const { versions, weightsHash } = run.manifest
  const { bytes, readme } = await onnxOf(opened, { version: versions.tributary, weights: weightsHash }, options)
  const isOfUsers = readme.users !== undefined
  const said: WrittenOnnx = {
    onnxOpset: OPSET,
    model: spec.name,
    version: versions.tributary,
    weights: weightsHash,
    dataset: { name: dataset.name, hash: dataset.hash },
    ...readme,
    files: { model: 'model.onnx', items: 'items.jsonl', ...(isOfUsers && { users: 'users.jsonl' }) },
  }
  const learned = spec.unlearned === undefined ? learnedIds(dataset, opened.split).items : undefined
  const items = Array.from({ length: readme.items.rows }, (_, row) => ({
    id: row + 1,
    item: dataset.items.name(row + 1),
    domain: dataset.domains[domainOfItem(dataset, row + 1)],
    ...(learned?.[row + 1] === 0 && { learned: false }),
  }))
  const users = Array.from({ length: readme.users?.rows ?? 0 }, (_, id) => ({ id, user: dataset.users.name(id) }))
  const fill = async (place: string) => {
    await writeFileAtomic(join(place, 'model.onnx'), bytes)
    await writeFileAtomic(join(place, 'items.jsonl'), linesOf(items))
    if (isOfUsers) await writeFileAtomic(join(place, 'users.jsonl'), linesOf(users))
    await writeFileAtomic(join(place, README), `${JSON.stringify(said, undefined, 2)}\n`)
  }
  await writeFolderAtomic(folder, fill, { ...(options.overwrite && { replaces: ONNX_FOLDER }) })
  return said
}

function linesOf(rows: readonly unknown[]): Uint8Array[] {
  return rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`))
}
