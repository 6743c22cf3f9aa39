import {
  type Dataset,
  domainItems,
  type Policy,
  type Query,
  type Scorer,
  TributaryError,
  unknownName,
} from '../core/index.ts'
import type { DrawPolicy } from '../evaluation/decide.ts'
import { recommend } from '../evaluation/recommend.ts'
import type { Sources } from './served.ts'

/** A model under the name that requests choose it by. */
export interface ServedModel {
  readonly name: string
  readonly model: Scorer
  /** Translates names; its log holds the stored histories. */
  readonly dataset: Dataset
  /** The SHA-256 of the model's weights. */
  readonly weights?: string | undefined
  /** When the weights were written, milliseconds since 1970; not of a model without a run. */
  readonly trainedAt?: number | undefined
  /**
   * Where another run answers for a domain in place of the model (`withFallback`): its name, by domain. Answers tell the name,
   * so it should not be a path.
   */
  readonly fallbacks?: ReadonlyMap<string, string>
  /** Where another run answers for users who are new in a domain and known elsewhere (`withNewUsers`): its name, by domain. */
  readonly newUsers?: ReadonlyMap<string, string>
  /** How much each domain counted in scores of `model`. */
  readonly sources?: Sources | undefined
  /** How lists are drawn of the scores where nothing else says it. Default greedy. */
  readonly policy?: DrawPolicy | undefined
  /** `episode`: a policy that is told one visit alone. Default `log`. */
  readonly remembers?: Policy['remembers'] | undefined
  /** Frees it, once nothing is answered from it any more. */
  dispose?(): Promise<void>
}

/** Answers requests that name no model, where there is such an alias. */
export const CHAMPION = 'champion'

/** A model that is not freed until it is released. */
export interface Lease {
  readonly model: ServedModel
  /** Once. */
  release(): void
}

/** A model came or went, or an alias stands for another one. */
export interface ModelChange {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly what: 'added' | 'removed' | 'switched'
  readonly model: string
  readonly alias?: string
  /** For which the alias stood before. */
  readonly before?: string
}

/** Of those before them nothing is kept. */
const MOST_CHANGES = 100

interface Held {
  readonly model: ServedModel
  /** Milliseconds since 1970. */
  readonly since: number
  leases: number
  retired: boolean
}

/**
 * The models that a process answers from, which change while it does. Who answers takes a lease: whatever is switched
 * meanwhile, all of an answer is of one model, and a model that was taken away is freed when its last lease ends.
 */
export class Models {
  readonly #held = new Map<string, Held>()
  readonly #freeing = new Set<Promise<void>>()
  readonly #changes: ModelChange[] = []
  #aliases: ReadonlyMap<string, string> = new Map()

  /** @throws TributaryError `bad-argument` when two share a name */
  constructor(models: readonly ServedModel[]) {
    for (const model of models) this.add(model)
    this.#changes.length = 0
  }

  /** In the order in which they came. */
  get names(): readonly string[] {
    return [...this.#held.keys()]
  }

  get all(): readonly ServedModel[] {
    return [...this.#held.values()].map(({ model }) => model)
  }

  /** The models by the aliases that stand for them. */
  get aliases(): ReadonlyMap<string, string> {
    return this.#aliases
  }

  /** What has changed since the start, the last one first. */
  get changes(): readonly ModelChange[] {
    return this.#changes
  }

  /** Since when a model is here, milliseconds since 1970. */
  sinceOf(name: string): number | undefined {
    return this.#held.get(name)?.since
  }

  /** @throws TributaryError `bad-argument` when there is one of this name; it then stays its owner's */
  add(model: ServedModel): void {
    if (this.#held.has(model.name))
      throw new TributaryError('bad-argument', `two models are named '${model.name}'; each needs a name of its own`)
    this.#held.set(model.name, { model, since: Date.now(), leases: 0, retired: false })
    this.#changed({ what: 'added', model: model.name })
  }

  /** What a name stands for: a model, one by an alias, or, without a name, the champion, else the first. */
  nameOf(asked?: string): string | undefined {
    const name = asked ?? (this.#aliases.has(CHAMPION) ? CHAMPION : this.names[0])
    return this.#held.has(name) ? name : this.#aliases.get(name)
  }

  /** @throws TributaryError `unknown-name` */
  lease(asked?: string): Lease {
    const held = this.#held.get(this.nameOf(asked) ?? '')
    if (held === undefined) throw unknownName('model', asked ?? '', [...this.#held.keys(), ...this.#aliases.keys()])
    held.leases++
    return {
      model: held.model,
      release: () => {
        held.leases--
        this.#freeWhenUnused(held)
      },
    }
  }

  /**
   * Does some work with a model that stays as it is until the work is done.
   * @throws TributaryError `unknown-name`, at once; whatever the work throws
   */
  async use<T>(asked: string | undefined, work: (model: ServedModel) => Promise<T>): Promise<T> {
    const { model, release } = this.lease(asked)
    try {
      return await work(model)
    } finally {
      release()
    }
  }

  /**
   * All aliases at once, each to a model that is there.
   * @throws TributaryError `unknown-name`; nothing is changed then
   */
  setAliases(aliases: ReadonlyMap<string, string>): void {
    for (const model of aliases.values()) if (!this.#held.has(model)) throw unknownName('model', model, this.names)
    for (const [alias, model] of aliases) {
      const before = this.#aliases.get(alias)
      if (before !== model) this.#changed({ what: 'switched', alias, model, ...(before !== undefined && { before }) })
    }
    this.#aliases = new Map(aliases)
  }

  /**
   * Takes a model away; it is freed as soon as nothing is answered from it.
   * @throws TributaryError `bad-argument` for the last model, or one that an alias stands for; `unknown-name`
   */
  remove(name: string): void {
    const held = this.#held.get(name)
    if (held === undefined) throw unknownName('model', name, this.names)
    const [alias] = [...this.#aliases].find(([, model]) => model === name) ?? []
    if (alias !== undefined)
      throw new TributaryError(
        'bad-argument',
        `'${name}' answers as '${alias}'; switch '${alias}' to another model first`,
      )
    if (this.#held.size === 1)
      throw new TributaryError('bad-argument', `'${name}' is the only model; add another before taking it away`)
    this.#held.delete(name)
    this.#changed({ what: 'removed', model: name })
    held.retired = true
    this.#freeWhenUnused(held)
  }

  /** Frees all of them, those that are still answering too: nobody may ask any more. */
  async close(): Promise<void> {
    for (const held of this.#held.values()) this.#free(held)
    this.#held.clear()
    await Promise.all(this.#freeing)
  }

  #changed(change: Omit<ModelChange, 'at'>): void {
    this.#changes.unshift({ at: Date.now(), ...change })
    this.#changes.length = Math.min(this.#changes.length, MOST_CHANGES)
  }

  #freeWhenUnused(held: Held): void {
    if (held.retired && held.leases === 0) this.#free(held)
  }

  #free({ model }: Held): void {
    const freed = model.dispose?.()
    if (freed === undefined) return
    this.#freeing.add(freed)
    void freed.finally(() => this.#freeing.delete(freed))
  }
}

/**
 * Asks a model that nobody else asks yet its first questions, so that no request waits for what is made at the first one.
 * @throws whatever the model throws
 */
export async function warm(served: ServedModel): Promise<void> {
  for (const query of firstQuestions(served))
    await recommend(served.model, served.dataset, [query], { k: 1, maskSeen: true })
}

/** One for each model that stands behind a served one. */
export function firstQuestions({ dataset, fallbacks, newUsers }: ServedModel): readonly Query[] {
  const nobody = new Int32Array(0)
  const asked = fallbacks === undefined || fallbacks.size === 0 ? [0] : [...dataset.domains.keys()]
  const fromElsewhere = [...(newUsers?.keys() ?? [])].map((name): Query => {
    const domain = dataset.domains.indexOf(name)
    const { start, end } = domainItems(dataset, domain)
    return { domain, history: Int32Array.of(start === 1 ? end : 1) }
  })
  return [...asked.map((domain) => ({ domain, history: nobody })), ...fromElsewhere]
}
