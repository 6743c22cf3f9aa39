import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { listed, quoted, TributaryError, unknownName } from '../core/index.ts'
import type { Store } from './store/store.ts'

/** What a key may be allowed; `admin` is allowed everything. */
export const SCOPES = ['events', 'recommend', 'catalogue', 'admin'] as const

export type Scope = (typeof SCOPES)[number]

/** A key as the store knows it. The text that a caller sends is not among it: the store has its hash alone. */
export interface Key {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Requests a second that one server answers; absent: as many as the server allows any key. */
  readonly rate?: number | undefined
  /** Milliseconds since 1970. */
  readonly created: number
  readonly expires?: number | undefined
  readonly revoked?: number | undefined
}

export interface KeyRequest {
  /** 1 to 100 letters, digits, dots, hyphens and underscores: it stands in logs. */
  readonly name: string
  /** At least one. */
  readonly scopes: readonly Scope[]
  readonly rate?: number | undefined
  /** Milliseconds since 1970. */
  readonly expires?: number | undefined
}

const NAME = /^[\w.-]{1,100}$/

/** Scanners of published code look for the beginning of a key; 256 random bits follow, which nobody guesses, so one round of SHA-256 hides them. */
const BEGINNING = 'tributary_'
const KEY = /^tributary_[\w-]{43}$/

const storedKey = z.object({
  scopes: z.array(z.enum(SCOPES)),
  hash: z.string(),
  rate: z.number().optional(),
  created: z.number(),
  expires: z.number().optional(),
  revoked: z.number().optional(),
})

type StoredKey = Key & { readonly hash: string }

/**
 * Makes a key. Nobody can read its text again.
 * @returns the text that a caller sends as `Authorization: Bearer …`
 * @throws TributaryError `bad-argument` for a name that cannot be one or is taken, and where nothing is allowed
 */
export async function createKey(
  store: Store,
  { name, scopes, rate, expires }: KeyRequest,
  now: number = Date.now(),
): Promise<string> {
  if (!NAME.test(name))
    throw new TributaryError(
      'bad-argument',
      `the name of a key has 1 to 100 letters, digits, dots, hyphens and underscores, not ${quoted(name)}`,
    )
  if (scopes.length === 0)
    throw new TributaryError('bad-argument', `the key ${quoted(name)} needs a scope: ${listed(SCOPES)}`)
  if (rate !== undefined && !(rate > 0))
    throw new TributaryError('bad-argument', `the key ${quoted(name)} needs a rate above 0, not ${rate}`)
  const text = `${BEGINNING}${randomBytes(32).toString('base64url')}`
  const allowed = SCOPES.filter((scope) => scopes.includes(scope))
  const body = {
    scopes: allowed,
    hash: hashOf(text),
    created: now,
    ...(rate !== undefined && { rate }),
    ...(expires !== undefined && { expires }),
  }
  if ((await store.putDocument('key', name, body, 0)) === undefined)
    throw new TributaryError(
      'bad-argument',
      `a key has been called ${quoted(name)} already; names of keys are not used again, since logs name them`,
    )
  return text
}

/** All keys that were ever made, by name. */
export async function listKeys(store: Store): Promise<readonly Key[]> {
  const keys = await storedKeys(store)
  return keys.map(({ hash: _, ...key }) => key).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Ends a key, for every server of the store within two seconds. To revoke it twice changes nothing.
 * @throws TributaryError `unknown-name`
 */
export async function revokeKey(store: Store, name: string, now: number = Date.now()): Promise<void> {
  for (;;) {
    const found = await store.document('key', name)
    if (found === undefined) {
      const known = await store.documents('key')
      if (known.length === 0)
        throw new TributaryError('unknown-name', `there is no key ${quoted(name)}: the store has none`)
      throw unknownName(
        'key',
        name,
        known.map((key) => key.name),
      )
    }
    if (found.body.revoked !== undefined) return
    const revision = await store.putDocument('key', name, { ...found.body, revoked: now }, found.revision)
    if (revision !== undefined) return
  }
}

/** Keys are looked at again after this long, so that one that was revoked is refused. */
const FRESH_MILLISECONDS = 1_000

/** A store that takes longer is not waited for: what is known of its keys goes on to count. */
const PATIENCE_MILLISECONDS = 250

/** Why a text opens nothing. */
export type NoKey = 'unknown' | 'expired' | 'revoked'

/** The keys of a store, as a server asks for them at each request. */
export class KeyRing {
  readonly #store: Store
  readonly #now: () => number
  #byHash: ReadonlyMap<string, StoredKey> | undefined
  #revision = -1
  #lookedAt = Number.NEGATIVE_INFINITY
  #look: Promise<void> | undefined

  /** @param now milliseconds since 1970 */
  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store
    this.#now = now
  }

  /**
   * Whether callers need a key: since the first one was made, whatever became of it.
   * @throws TributaryError `store-failed` where the store could not be asked even once
   */
  async isNeeded(): Promise<boolean> {
    return (await this.#keys()).size > 0
  }

  /**
   * The key that a text is, or why it is none.
   * @throws TributaryError `store-failed` where the store could not be asked even once
   */
  async find(text: string): Promise<Key | NoKey> {
    const keys = await this.#keys()
    const key = KEY.test(text) ? keys.get(hashOf(text)) : undefined
    if (key === undefined) return 'unknown'
    if (key.revoked !== undefined) return 'revoked'
    if (key.expires !== undefined && key.expires <= this.#now()) return 'expired'
    return key
  }

  async #keys(): Promise<ReadonlyMap<string, StoredKey>> {
    if (this.#look === undefined && this.#now() - this.#lookedAt >= FRESH_MILLISECONDS) {
      this.#lookedAt = this.#now()
      this.#look = this.#read().finally(() => {
        this.#look = undefined
      })
      if (this.#byHash !== undefined) await inTime(this.#look)
    }
    if (this.#byHash === undefined) await this.#look
    // The look that others began may have failed, too.
    if (this.#byHash === undefined) throw new TributaryError('store-failed', 'the store has not told its keys yet')
    return this.#byHash
  }

  async #read(): Promise<void> {
    try {
      const { documents } = await this.#store.revisions()
      if (documents === this.#revision) return
      this.#byHash = new Map((await storedKeys(this.#store)).map((key) => [key.hash, key]))
      this.#revision = documents
    } catch (error) {
      // Without any keys the next request looks again at once.
      if (this.#byHash === undefined) this.#lookedAt = Number.NEGATIVE_INFINITY
      throw error
    }
  }
}

/** Resolves when it is settled, or has taken too long. */
async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLISECONDS)
  })
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function storedKeys(store: Store): Promise<StoredKey[]> {
  return (await store.documents('key')).map(({ name, body }) => {
    const read = storedKey.safeParse(body)
    if (!read.success) throw new TributaryError('store-failed', `the store's key ${quoted(name)} cannot be read`)
    return { name, ...read.data }
  })
}
