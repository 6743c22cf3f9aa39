import { randomUUID } from 'node:crypto'
import { link, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { TributaryError } from '../core/index.ts'
import { systemCode, writeError } from './system-errors.ts'

/** Who writes in a folder, as long as it is there. */
const LOCK = '.lock'

/** Between two signs of life of a holder, which are all that other machines see of it. */
const BEAT_MILLISECONDS = 5000
/** A holder that gives none for so long is dead. Network file systems show a change after a minute at the latest. */
const SILENCE_MILLISECONDS = 120_000

const holderSchema = z.object({
  token: z.string(),
  host: z.string(),
  /** Of the machine, and of the container: the number of a process means something within these alone. */
  boot: z.string().optional(),
  space: z.string().optional(),
  pid: z.number(),
  /** When the process began, in ticks since the boot, because numbers of dead processes are given again. */
  began: z.string().optional(),
  /** Whether it gives signs of life: those of older versions do not. */
  beats: z.boolean().optional(),
})

type Holder = z.output<typeof holderSchema>

/** The right of this process to write in a folder. */
export interface Lock {
  /** The folder has another name by now. */
  moved(folder: string): void
  /** @throws TributaryError `in-use` where another process has taken it over, as it may from one that seemed dead */
  refuseLost(): Promise<void>
  release(): Promise<void>
}

export interface LockOptions {
  /** For how long a holder on another machine is watched before it counts as dead. */
  readonly silenceMilliseconds?: number
  readonly beatMilliseconds?: number
}

/**
 * Takes the lock of an existing folder. One that a dead process left is taken over, at once where that process was of this machine, else
 * after it gave no sign of life for two minutes; of any number of processes that try so, one gets it.
 * @throws TributaryError `in-use` when a process that may be alive holds it; as `writeError`
 */
export async function acquireLock(folder: string, options: LockOptions = {}): Promise<Lock> {
  const { silenceMilliseconds = SILENCE_MILLISECONDS, beatMilliseconds = BEAT_MILLISECONDS } = options
  const own = await thisProcess()
  let at = folder
  const path = () => join(at, LOCK)
  try {
    await take(path(), own, folder, silenceMilliseconds)
  } catch (error) {
    throw writeError(path(), error)
  }
  const beat = setInterval(async () => {
    try {
      const holder = await holderOf(path())
      // Whoever has it now must seem dead where it is.
      if (holder !== undefined && holder !== 'unknown' && holder.token !== own.token) return clearInterval(beat)
      const now = new Date()
      await utimes(path(), now, now)
    } catch {
      // Between two names of the folder, or removed by hand.
    }
  }, beatMilliseconds).unref()
  return {
    moved(now) {
      at = now
    },
    async refuseLost() {
      const holder = await holderOf(path())
      if (holder !== undefined && holder !== 'unknown' && holder.token !== own.token)
        throw await inUse(at, path(), holder)
    },
    // The folder may have been removed by hand, and another be there now.
    async release() {
      clearInterval(beat)
      const holder = await holderOf(path())
      if (holder !== undefined && holder !== 'unknown' && holder.token === own.token) await rm(path(), { force: true })
    },
  }
}

/**
 * Refuses a folder in which another process writes.
 * @throws TributaryError `in-use`
 */
export async function refuseLocked(folder: string): Promise<void> {
  const path = join(folder, LOCK)
  const holder = await holderOf(path)
  if (holder !== undefined && !(await isDead(holder))) throw await inUse(folder, path, holder)
}

/** Whether a process that may be alive writes in a folder. */
export async function isHeld(folder: string): Promise<boolean> {
  const holder = await holderOf(join(folder, LOCK)).catch(() => 'unknown' as const)
  return holder !== undefined && !(await isDead(holder))
}

/** Whether a living process of this machine writes in a folder. */
export async function isHeldHere(folder: string): Promise<boolean> {
  const holder = await holderOf(join(folder, LOCK)).catch(() => undefined)
  return holder !== undefined && holder !== 'unknown' && (await isNear(holder)) && !(await isDead(holder))
}

/** Whether a folder has a lock, whose process is dead. */
export async function isAbandoned(folder: string): Promise<boolean> {
  const holder = await holderOf(join(folder, LOCK))
  return holder !== undefined && (await isDead(holder))
}

/** Whether a file in a folder only says who writes there. */
export function isLock(name: string): boolean {
  return name === LOCK || name.startsWith(`${LOCK}.`)
}

async function take(path: string, own: Holder, folder: string, silence: number): Promise<void> {
  for (;;) {
    if (await place(path, own)) return
    const holder = await holderOf(path)
    if (holder === undefined) continue
    if (holder === 'unknown' || !((await isDead(holder)) || (await isSilent(path, holder, silence))))
      throw await inUse(folder, path, holder)
    // Two may have found the same dead holder. Only the one that has this second lock may replace the first, if it still is that holder's.
    const succession = `${path}.${holder.token}`
    await take(succession, own, folder, silence)
    try {
      const still = await holderOf(path)
      if (still !== undefined && still !== 'unknown' && still.token === holder.token)
        return await withContent(path, own, (written) => rename(written, path))
    } finally {
      await rm(succession, { force: true })
    }
  }
}

/** Whether nobody else's lock was there. A link, unlike a new file, appears with its content. */
function place(path: string, own: Holder): Promise<boolean> {
  return withContent(path, own, async (written) => {
    try {
      await link(written, path)
      return true
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false
      // Some file systems have no links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')) throw error
    }
    try {
      await writeFile(path, JSON.stringify(own), { flag: 'wx' })
      return true
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false
      throw error
    }
  })
}

async function withContent<T>(path: string, own: Holder, use: (written: string) => Promise<T>): Promise<T> {
  const written = `${path}.${randomUUID().slice(0, 8)}`
  try {
    await writeFile(written, JSON.stringify(own), { flag: 'wx' })
    return await use(written)
  } finally {
    await rm(written, { force: true })
  }
}

/** `unknown` where the file says nothing that can be understood. */
async function holderOf(path: string): Promise<Holder | 'unknown' | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return 'unknown'
  }
}

async function thisProcess(): Promise<Holder> {
  const began = (await stateOf(process.pid))?.began
  return { token: randomUUID().slice(0, 8), ...(await here()), pid: process.pid, ...(began && { began }), beats: true }
}

/** The machine, its boot and the container, as far as the system tells. */
async function here(): Promise<Pick<Holder, 'host' | 'boot' | 'space'>> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined)
  const space = await readlink('/proc/self/ns/pid').catch(() => undefined)
  return { host: hostname(), ...(boot && { boot: boot.trim() }), ...(space && { space }) }
}

/** Only where it is sure: of another machine or container nothing is known. */
async function isDead(holder: Holder | 'unknown'): Promise<boolean> {
  if (holder === 'unknown') return false
  const { host, boot, space } = await here()
  if (holder.host !== host) return false
  if (holder.boot !== boot) return true
  if (holder.space !== space) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return true
  }
  const state = await stateOf(holder.pid)
  return state !== undefined && (state.ended || state.began !== holder.began)
}

/** Whether its number means something here. */
async function isNear(holder: Holder): Promise<boolean> {
  const { host, space } = await here()
  return holder.host === host && holder.space === space
}

/**
 * Whether a holder on another machine gives no sign of life, by the clock of this process alone: those of two machines differ.
 */
async function isSilent(path: string, holder: Holder, milliseconds: number): Promise<boolean> {
  if (holder.beats !== true || (await isNear(holder))) return false
  const sign = async () => (await stat(path).catch(() => undefined))?.mtimeMs
  const first = await sign()
  for (const begun = performance.now(); performance.now() - begun < milliseconds; ) {
    await pause(Math.min(1000, milliseconds / 4))
    if ((await sign()) !== first) return false
  }
  return true
}

/** What Linux knows of a process; `ended` when only its parent has not yet asked how. */
async function stateOf(pid: number): Promise<{ readonly ended: boolean; readonly began: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name before may hold anything, brackets too.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields && { ended: /^[ZX]/.test(fields[0]), began: fields[19] }
}

async function inUse(folder: string, path: string, holder: Holder | 'unknown'): Promise<TributaryError> {
  const { host } = await here()
  const who = holder === 'unknown' ? 'another process' : `process ${holder.pid}`
  const near = holder !== 'unknown' && (await isNear(holder))
  const where =
    near || holder === 'unknown' ? '' : holder.host === host ? ' of another container' : ` of ${holder.host}`
  const remedy = near ? 'wait for it or stop it' : `wait for it, or remove ${path} if it has ended`
  return new TributaryError('in-use', `${folder} is being written by ${who}${where}; ${remedy}`)
}
