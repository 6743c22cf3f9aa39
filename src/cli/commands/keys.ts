import { type Command, InvalidArgumentError } from 'commander'
import { createKey, type Key, listKeys, revokeKey, SCOPES, type Scope } from '../../serving/keys.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { positive, STORE } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import { withStore } from './with-store.ts'

interface StoreOption {
  readonly store: string
}

interface CreateOptions extends StoreOption {
  readonly scope: readonly Scope[]
  readonly rate?: number
  readonly expires?: number
}

const EXAMPLES = [
  'keys create shop-web --scope recommend,events --store sqlite:tributary.db',
  'keys list --store sqlite:tributary.db',
  'keys revoke shop-web --store sqlite:tributary.db',
]

export function keysCommand(): Command {
  const keys = createCommand('keys', 'make, list and revoke the keys that callers of a server need', EXAMPLES)
  return keys.addCommand(createKeyCommand()).addCommand(listKeysCommand()).addCommand(revokeKeyCommand())
}

function createKeyCommand(): Command {
  return createCommand('create', 'make a key and print it, this once', [
    EXAMPLES[0],
    'keys create nightly --scope catalogue --rate 20 --expires 90d --store postgres://tributary@db/tributary',
  ])
    .argument('<name>', 'what logs call it: letters, digits, dots, hyphens, underscores')
    .requiredOption(
      '--scope <scopes>',
      `what it may do, with commas between or repeated: ${SCOPES.join(', ')} (admin may do everything)`,
      scopesFrom,
    )
    .option('--rate <n>', 'requests a second that one server answers (default: what serve --rate allows)', positive)
    .option('--expires <when>', 'a date (2027-01-31), or days or hours from now (90d, 12h); default: never', timeFrom)
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, CreateOptions]>(async (terminal, name, { scope: scopes, rate, expires, store }) => {
        const key = await withStore(store, (opened) => createKey(opened, { name, scopes, rate, expires }))
        terminal.note(`the key ${name} for ${scopes.join(', ')}; keep it now, nobody can show it again:`)
        terminal.report({ name, scopes, key }, key)
      }),
    )
}

function listKeysCommand(): Command {
  return createCommand('list', 'list all keys that were made, without their text', [EXAMPLES[1]])
    .requiredOption(...STORE)
    .action(
      withTerminal<[StoreOption]>(async (terminal, { store }) => {
        const keys = await withStore(store, listKeys)
        const now = Date.now()
        const rows = keys.map((key) => [
          key.name,
          key.scopes.join(', '),
          key.rate === undefined ? '' : String(key.rate),
          day(key.created),
          key.expires === undefined ? 'never' : day(key.expires),
          stateOf(key, now),
        ])
        const columns = ['key', 'may do', 'rate', 'made', 'expires', 'state'].map((title) => ({ title }))
        const text =
          keys.length === 0 ? 'no key was made: a server of this store answers anybody' : formatTable(columns, rows)
        terminal.report({ keys: keys.map((key) => ({ ...key, state: stateOf(key, now) })) }, text)
      }),
    )
}

function revokeKeyCommand(): Command {
  return createCommand('revoke', 'end a key; every server refuses it within two seconds', [EXAMPLES[2]])
    .argument('<name>', 'the key')
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption]>(async (terminal, name, { store }) => {
        await withStore(store, (opened) => revokeKey(opened, name))
        terminal.report({ name, revoked: true }, `${name} is revoked`)
      }),
    )
}

function stateOf({ revoked, expires }: Key, now: number): 'revoked' | 'expired' | 'in use' {
  if (revoked !== undefined) return 'revoked'
  return expires !== undefined && expires <= now ? 'expired' : 'in use'
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}

function scopesFrom(text: string, before: readonly Scope[] = []): readonly Scope[] {
  const names = text.split(',').map((name) => name.trim())
  const given = names.map((name) => {
    const scope = SCOPES.find((one) => one === name)
    if (scope === undefined) throw new InvalidArgumentError(`Scopes are ${SCOPES.join(', ')}.`)
    return scope
  })
  return SCOPES.filter((scope) => before.includes(scope) || given.includes(scope))
}

const HOUR = 3_600_000

function timeFrom(text: string): number {
  const [, count, unit] = /^(\d{1,6})([dh])$/.exec(text) ?? []
  const time =
    count === undefined
      ? /^\d{4}-\d\d-\d\d/.test(text)
        ? Date.parse(text)
        : Number.NaN
      : Date.now() + Number(count) * (unit === 'd' ? 24 * HOUR : HOUR)
  if (!(time > Date.now())) throw new InvalidArgumentError('It must be a date to come (2027-01-31), 90d or 12h.')
  return time
}
