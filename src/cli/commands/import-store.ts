import { TributaryError } from '../../core/index.ts'
import { type EventType, writeDataset } from '../../data/index.ts'
import { datasetOfStore, type StoreDataset } from '../../serving/store/dataset.ts'
import { commandLine } from '../terminal/command.ts'
import { formatCount } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { withStore } from './store.ts'

/** No reader of files: the rows are the events of a store. */
export const FROM_STORE = 'store'

export interface ImportStoreOptions {
  readonly out: string
  readonly name: string
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly types?: readonly EventType[] | undefined
  readonly overwrite?: boolean | undefined
}

/**
 * @param others options of the command that were given and say nothing here
 * @throws TributaryError as `openStore`, `datasetOfStore` and `writeDataset`; `bad-argument` for several stores and for other options
 */
export async function importStore(
  terminal: Terminal,
  urls: readonly string[],
  { out, name, since, until, types, overwrite }: ImportStoreOptions,
  others: readonly string[],
): Promise<void> {
  const [url, ...more] = urls
  if (url === undefined || more.length > 0)
    throw new TributaryError('bad-argument', `import ${FROM_STORE} takes one store, and ${urls.length} were given`)
  if (others.length > 0)
    throw new TributaryError(
      'bad-argument',
      `import ${FROM_STORE} reads no file, so it has no ${others.join(', ')}; it takes --out, --name, --since, --until, --event-type and --overwrite`,
    )
  const progress = terminal.progress('import', 'events')
  const { dataset, left } = await withStore(url, (store) =>
    datasetOfStore(store, {
      name,
      since,
      until,
      types,
      onProgress: (rows) => progress.update(rows, rows),
      signal: terminal.signal,
    }),
  ).finally(() => progress.end())
  const period = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
  await writeDataset(dataset, out, {
    overwrite,
    origin: { from: FROM_STORE, ...period, ...(types && { types }), left },
  })
  const { log, users, items, domains } = dataset
  terminal.report(
    { out, name, hash: dataset.hash, rows: log.length, users: users.size, items: items.size - 1, domains, left },
    [
      `${out}: ${formatCount(log.length)} interactions of ${formatCount(users.size)} users with ${formatCount(items.size - 1)} items in ${domains.length === 1 ? 'one domain' : `${domains.length} domains`} (${domains.join(', ')})`,
      ...leftOut(left),
      `next: ${commandLine('describe', out)}`,
    ].join('\n'),
  )
}

function leftOut({ itemless, types, homeless, values }: StoreDataset['left']): string[] {
  return [
    ...types.map(({ type, rows }) => `  left out: ${formatCount(rows)} events of the type ${type}`),
    ...(itemless > 0 ? [`  left out: ${formatCount(itemless)} events without an item`] : []),
    ...(homeless > 0
      ? [`  left out: ${formatCount(homeless)} events of items whose domain neither an event nor the catalogue says`]
      : []),
    ...(values
      ? [
          '  left out: the values, which some events have and others have not; --event-type view=1,purchase=5 gives each type one',
        ]
      : []),
  ]
}
