import { stat } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { z } from 'zod'
import { TributaryError, unknownName } from '../core/index.ts'
import { CHAMPION, type Models, type ServedModel, warm } from './models.ts'
import type { Store, StoredDocument } from './store/store.ts'

/** What the store says of a model that was added: its run, below the folder of runs. */
const modelBody = z.object({ run: z.string() })
/** What it says of an alias: the model, and those before it, the last one first. */
const aliasBody = z.object({ model: z.string(), before: z.array(z.string()) })

export interface Alias {
  readonly model: string
  /** Where a rollback goes, the last one first. */
  readonly before: readonly string[]
}

/** How far back one can roll. */
export const MOST_BEFORE = 10

export interface LineupOptions {
  readonly models: Models
  readonly store: Store
  /** The folder below which runs are that can be added. Absent: none can. */
  readonly runs?: string | undefined
  /** Opens a run to be served under a name. */
  open(name: string, folder: string): Promise<ServedModel>
  /** Told of a model that the store names and this process cannot open; it goes on without. */
  onError(error: unknown): void
}

/**
 * Which models are served and what aliases stand for, as the store says it: every process of the same store follows. A model is
 * opened and asked its first questions beside those that answer, and only then switched to, so that no request fails or waits.
 */
export class Lineup {
  readonly #options: LineupOptions
  /** Those that the store names, not those that the process was started with. */
  readonly #added = new Set<string>()
  /** The revision of the documents that were followed last. */
  #revision = -1
  #work: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(options: LineupOptions) {
    this.#options = options
  }

  /**
   * Looks at the store now and then; the first time at once.
   * @param milliseconds between two looks
   */
  async follow(milliseconds = 500): Promise<void> {
    await this.catchUp()
    this.#timer = setInterval(() => void this.catchUp().catch(this.#options.onError), milliseconds)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#work.catch(() => {})
  }

  /**
   * Brings this process to what the store says.
   * @throws TributaryError `store-failed`
   */
  async catchUp(): Promise<void> {
    await this.#inTurn(async () => {
      const { documents } = await this.#options.store.revisions()
      if (documents === this.#revision) return
      await this.#apply()
      this.#revision = documents
    })
  }

  async aliases(): Promise<ReadonlyMap<string, Alias>> {
    const stored = await this.#options.store.documents('alias')
    return new Map(stored.map((document) => [document.name, aliasOf(document)]))
  }

  /**
   * Opens a run beside the others, for this and every other process of the store.
   * @param run its path below the folder of runs
   * @throws TributaryError `bad-argument` for a name that is taken, or where no folder of runs was given; `file-missing` for a run that is
   * not below it; as `open`
   */
  async add(name: string, run: string): Promise<void> {
    await this.#inTurn(async () => {
      const { models, store } = this.#options
      if (models.nameOf(name) !== undefined)
        throw new TributaryError('bad-argument', `'${name}' is served already; give the model another name`)
      const model = await this.#open(name, run)
      if ((await store.putDocument('model', name, { run }, 0)) === undefined) {
        await model.dispose?.()
        throw new TributaryError('bad-argument', `'${name}' is served already; give the model another name`)
      }
      models.add(model)
      this.#added.add(name)
    })
  }

  /**
   * Takes a model away that was added.
   * @throws TributaryError `bad-argument` for one that an alias stands for, or that the process was started with; `unknown-name`
   */
  async remove(name: string): Promise<void> {
    await this.#inTurn(async () => {
      const { models, store } = this.#options
      if ((await store.document('model', name)) === undefined) {
        if (!models.names.includes(name)) throw unknownName('model', name, models.names)
        throw new TributaryError('bad-argument', `the server was started with '${name}'; start it without`)
      }
      for (const [alias, { model }] of await this.aliases())
        if (model === name)
          throw new TributaryError(
            'bad-argument',
            `'${name}' answers as '${alias}'; switch '${alias}' to another model first`,
          )
      await store.deleteDocument('model', name)
      await this.#apply()
    })
  }

  /**
   * Lets an alias stand for a model, and those that ask by it get the new one from their next request on.
   * @throws TributaryError `unknown-name`; `bad-argument` for an alias that a model is called
   */
  async switch(alias: string, model: string): Promise<Alias> {
    return this.#change(alias, (before) => {
      if (before?.model === model) return before
      const from = before?.model ?? (alias === CHAMPION ? this.#options.models.nameOf() : undefined)
      const earlier = [...(from === undefined ? [] : [from]), ...(before?.before ?? [])]
      return { model, before: earlier.filter((name) => name !== model).slice(0, MOST_BEFORE) }
    })
  }

  /**
   * Lets an alias stand for the model before, of those that are still served.
   * @throws TributaryError `unknown-name` for an alias that is none; `bad-argument` where there is no model before
   */
  async rollBack(alias: string): Promise<Alias> {
    return this.#change(alias, (now) => {
      if (now === undefined) throw unknownName('alias', alias, [...this.#options.models.aliases.keys()])
      const [model, ...before] = now.before.filter((name) => this.#options.models.names.includes(name))
      if (model === undefined)
        throw new TributaryError('bad-argument', `no model is served that stood behind '${alias}' before; add it again`)
      return { model, before }
    })
  }

  async #change(alias: string, to: (now: Alias | undefined) => Alias): Promise<Alias> {
    return this.#inTurn(async () => {
      const { models, store } = this.#options
      // What another process has added counts.
      await this.#apply()
      if (models.names.includes(alias))
        throw new TributaryError('bad-argument', `a model is called '${alias}'; give the alias another name`)
      for (;;) {
        const stored = await store.document('alias', alias)
        const next = to(stored && aliasOf(stored))
        if (!models.names.includes(next.model)) throw unknownName('model', next.model, models.names)
        // Another process may have switched meanwhile.
        if ((await store.putDocument('alias', alias, { ...next }, stored?.revision ?? 0)) === undefined) continue
        await this.#apply()
        return next
      }
    })
  }

  async #apply(): Promise<void> {
    const { models, store, onError } = this.#options
    const [stored, aliases] = [await store.documents('model'), await this.aliases()]
    for (const { name, body } of stored) {
      if (models.names.includes(name)) continue
      try {
        models.add(await this.#open(name, modelBody.parse(body).run))
        this.#added.add(name)
      } catch (error) {
        onError(error)
      }
    }
    const standing = [...aliases].flatMap(([alias, { model }]): [string, string][] => {
      // Better answered by yesterday's model than not at all.
      const found = models.names.includes(model) ? model : models.aliases.get(alias)
      return found === undefined ? [] : [[alias, found]]
    })
    models.setAliases(new Map(standing))
    const kept = new Set([...stored.map(({ name }) => name), ...models.aliases.values()])
    for (const name of this.#added)
      if (!kept.has(name)) {
        models.remove(name)
        this.#added.delete(name)
      }
  }

  async #open(name: string, run: string): Promise<ServedModel> {
    const model = await this.#options.open(name, await this.#folderOf(run))
    try {
      await warm(model)
    } catch (error) {
      await model.dispose?.()
      throw error
    }
    return model
  }

  async #folderOf(run: string): Promise<string> {
    const { runs } = this.#options
    if (runs === undefined)
      throw new TributaryError(
        'bad-argument',
        'no run can be added; start the server with --runs FOLDER, which has them',
      )
    const below = normalize(run)
    if (isAbsolute(below) || below.split(/[\\/]/).includes('..'))
      throw new TributaryError(
        'bad-argument',
        'the run is not below the folder of runs; give its path from there, without ..',
      )
    const folder = join(runs, below)
    if ((await stat(folder).catch(() => undefined)) === undefined)
      throw new TributaryError('file-missing', `there is no run '${run}' in the folder of runs`)
    return folder
  }

  /** One change after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work, work)
    this.#work = result.catch(() => {})
    return result
  }
}

function aliasOf({ body }: StoredDocument): Alias {
  return aliasBody.parse(body)
}
