import { TributaryError } from '../../core/index.ts'
import type { RequestRecord } from '../../server/index.ts'
import { KeyRing } from '../../serving/keys.ts'
import type { Store } from '../../serving/store/store.ts'
import { commandLine } from '../terminal/command.ts'
import { positive } from '../terminal/options.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What `serve` says of who may ask, and what is written down of it. */
export interface AccessOptions {
  readonly rate?: number
  readonly requestLog?: string
  readonly auditLog?: string
  readonly allowNoKeys?: boolean
}

export const RATE = [
  '--rate <n>',
  'requests a second that each key may ask, where keys create said none (default: as many as it likes)',
  positive,
] as const
export const REQUEST_LOG = [
  '--request-log <file>',
  'adds a line of JSON for every request, with the name of its key and without users',
] as const
export const AUDIT_LOG = [
  '--audit-log <file>',
  'adds such a line for every change, and for every caller who was refused',
] as const
export const ALLOW_NO_KEYS = [
  '--allow-no-keys',
  'with a store and an address that others reach: answer anybody until a first key is made',
] as const

/**
 * Opens the logs of a server, and makes sure that it is not open to others by mistake.
 * @throws TributaryError `no-access` for a store without keys on an address that others reach, `file-missing` for a log that cannot be written
 */
export async function openAccess(
  { rate, requestLog, auditLog, allowNoKeys }: AccessOptions,
  store: Store | undefined,
  host: string,
  terminal: Terminal,
) {
  const { isThisMachine, isForAudit, LineLog } = await import('../../server/index.ts')
  const isOpen = store !== undefined && !(await new KeyRing(store).isNeeded())
  if (isOpen && !isThisMachine(host) && !allowNoKeys)
    throw new TributaryError(
      'no-access',
      `others reach ${host}, and the store has no key, so that anybody could read and change it; make one with ${commandLine('keys', 'create', 'NAME', '--scope', 'recommend,events', '--store', 'URL')}, or say --allow-no-keys`,
    )
  const opened = (path: string | undefined) =>
    path === undefined
      ? undefined
      : LineLog.open(path, (error) =>
          terminal.note(`the log ${path} cannot be written: ${error instanceof Error ? error.message : error}`),
        )
  const [requests, audit] = [await opened(requestLog), await opened(auditLog)]
  const whom = isThisMachine(host) ? 'on this machine' : 'who reaches it'
  return {
    rate,
    /** Who may ask, for the one who started the server. */
    lines:
      store === undefined
        ? []
        : [
            isOpen
              ? `  no key was made: it answers anybody ${whom}`
              : '  callers need a key: -H "Authorization: Bearer KEY"',
          ],
    ...((requests ?? audit) && {
      onRequest: (record: RequestRecord) => {
        requests?.add(record)
        if (isForAudit(record)) audit?.add(record)
      },
    }),
    close: async () => {
      await requests?.close()
      await audit?.close()
    },
  }
}
