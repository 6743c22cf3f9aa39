import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { TributaryError } from '../../core/index.ts'
import { openRun } from '../../runs/run.ts'
import type { Alias } from '../lineup.ts'
import type { ServedModel } from '../models.ts'
import { openModel, type ServingOptions, servedModel } from '../open-model.ts'
import type { Store } from '../store/store.ts'
import { parsePolicy, popularity, type TargetPolicy } from './policies.ts'
import { type LogRead, type ReadOptions, readLog } from './read.ts'

/** Where the runs are of models that a store and its lists name. */
export interface Whereabouts {
  /** The folder of those that were added while a server ran. */
  readonly runs?: string | undefined
  /** Folders of those that a server was started with, by the names that it gave them. */
  readonly named?: ReadonlyMap<string, string> | undefined
}

/** The folder of the run of a model, by its name or an alias; undefined where there is no such model. */
export async function runOf(
  store: Pick<Store, 'document'>,
  asked: string,
  { runs, named }: Whereabouts,
): Promise<string | undefined> {
  const alias = await store.document('alias', asked)
  const name = (alias?.body as Partial<Alias> | undefined)?.model ?? asked
  const model = runs === undefined ? undefined : await store.document('model', name)
  return model === undefined ? named?.get(name) : join(runs as string, String(model.body.run))
}

export interface AskedLog extends Omit<ReadOptions, 'policies'>, Whereabouts {
  /** RUN, a name or an alias of the store, or any of them with `:temperature=NUMBER`. */
  readonly policies: readonly string[]
  /** Folders of runs that answered and are none of those. */
  readonly loggers?: readonly string[] | undefined
  /** How all of them are opened. */
  readonly as: ServingOptions
}

/**
 * Opens the runs that are asked about and those that answered, and reads the log. What answered is found by the hashes of weights in
 * the records. Popularity is asked about, too, as the last of the targets.
 * @throws TributaryError as `openModel` and `readLog`; `unknown-name` for a policy that is no run
 */
export async function readLogOf(store: Store, { policies, loggers = [], as, ...options }: AskedLog): Promise<LogRead> {
  const opened = new Map<string, ServedModel>()
  const open = async (folder: string) => {
    const before = opened.get(folder)
    if (before !== undefined) return before
    const run = await openModel(folder, as)
    const model = servedModel(run.run.spec.name, run)
    opened.set(folder, model)
    return model
  }
  try {
    const targets: TargetPolicy[] = []
    for (const text of policies) {
      const { run, temperature } = parsePolicy(text)
      const folder = (await runOf(store, run, options)) ?? (existsSync(run) ? run : undefined)
      if (folder === undefined)
        throw new TributaryError(
          'unknown-name',
          `'${run}' is neither the folder of a run nor a model or alias of the store whose run is known; give its folder, or --runs`,
        )
      targets.push({ name: text, model: await open(folder), temperature })
    }
    const added = options.runs === undefined ? [] : await store.documents('model')
    const candidates = [
      ...opened.keys(),
      ...loggers,
      ...(options.named?.values() ?? []),
      ...added.map(({ body }) => join(options.runs as string, String(body.run))),
    ]
    const answering = async (weights: ReadonlySet<string>) => {
      const found = new Map<string, ServedModel>()
      for (const folder of candidates.filter((folder) => existsSync(folder))) {
        const { weightsHash = '' } = (await openRun(folder)).manifest
        if (weights.has(weightsHash) && !found.has(weightsHash)) found.set(weightsHash, await open(folder))
      }
      const loggers = [...found.values()]
      return { loggers, targets: [...targets, ...loggers.slice(0, 1).map(({ dataset }) => popularity(dataset))] }
    }
    return await readLog(store, { ...options, policies: answering })
  } finally {
    await Promise.all([...opened.values()].map(({ dispose }) => dispose?.()))
  }
}
