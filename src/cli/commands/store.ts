import { type Command, InvalidArgumentError } from 'commander'
import { openDataset } from '../../data/index.ts'
import { DAY } from '../../serving/span.ts'
import { archiveEvents } from '../../serving/store/archive.ts'
import { loadDataset } from '../../serving/store/load.ts'
import { backupStore, openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { STORE } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'

interface StoreOption {
  readonly store: string
}

const EXAMPLES = [
  'store load datasets/shop --store sqlite:tributary.db',
  'store status --store sqlite:tributary.db',
  'store archive archive --older 90d --store sqlite:tributary.db',
  'store backup tributary-2026-11-30.db --store sqlite:tributary.db',
]

export function storeCommand(): Command {
  const store = createCommand('store', 'fill, look at, archive and back up the store of a server', EXAMPLES)
    // What stands after the name of a command belongs to that command.
    .enablePositionalOptions()
  return store
    .addCommand(loadCommand())
    .addCommand(statusCommand())
    .addCommand(archiveCommand())
    .addCommand(backupCommand())
}

function loadCommand(): Command {
  return createCommand(
    'load',
    'put the log of a dataset into the store, with what it knows of items and users; a second time changes nothing',
    [EXAMPLES[0]],
  )
    .argument('<dataset>', 'the dataset folder')
    .option('--type <name>', 'what its rows are events of, such as purchase', 'interaction')
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption & { readonly type: string }]>(async (terminal, folder, { store, type }) => {
        const dataset = await openDataset(folder)
        const progress = terminal.progress('load', 'rows')
        const report = await withStore(store, (opened) =>
          loadDataset(opened, dataset, {
            type,
            onProgress: (rows) => progress.update(rows, dataset.log.length),
            signal: terminal.signal,
          }),
        ).finally(() => progress.end())
        const { rows, duplicates, conflicts, items, knownItems } = report
        terminal.report(
          report,
          [
            `${formatCount(rows - duplicates - conflicts)} events of ${formatCount(dataset.users.size)} users and ${formatCount(items - knownItems)} items put into the store`,
            ...(duplicates > 0 ? [`  ${formatCount(duplicates)} events were there already`] : []),
            ...(conflicts > 0
              ? [`  ${formatCount(conflicts)} events were there already with something else in them, which stays`]
              : []),
            ...(knownItems > 0 ? [`  ${formatCount(knownItems)} items were there already, and stay as they are`] : []),
          ].join('\n'),
        )
      }),
    )
}

function statusCommand(): Command {
  return createCommand('status', 'say whether the store answers, and how much it holds', [EXAMPLES[1]])
    .requiredOption(...STORE)
    .action(
      withTerminal<[StoreOption]>(async (terminal, { store }) => {
        const held = await withStore(store, async (opened) => ({
          ...(await opened.counts()),
          lastSequence: await opened.lastSequence(),
        }))
        const { events, users, items, decisions, lastSequence } = held
        terminal.report(
          held,
          `${formatCount(events)} events of ${formatCount(users)} users, ${formatCount(items)} items, ${formatCount(decisions)} decisions; the last sequence is ${lastSequence}`,
        )
      }),
    )
}

function archiveCommand(): Command {
  return createCommand(
    'archive',
    'move whole days of events to Parquet files, one a day, and delete them where they were; histories lose them, too',
    [EXAMPLES[2]],
  )
    .argument('<folder>', 'where the files go')
    .requiredOption('--older <days>', 'days that ended so long ago, such as 90d', daysFrom)
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption & { readonly older: number }]>(async (terminal, folder, { store, older }) => {
        const before = Date.now() - older * DAY
        const report = await withStore(store, (opened) =>
          archiveEvents(opened, { before, folder, signal: terminal.signal }),
        )
        const { events, files } = report
        terminal.report(
          report,
          files.length === 0
            ? `no event is older than ${older} days`
            : `${formatCount(events)} events moved to ${files.length === 1 ? 'a file' : `${files.length} files`} in ${folder}`,
        )
      }),
    )
}

function backupCommand(): Command {
  return createCommand('backup', 'copy a store in SQLite as it is at one moment, while servers go on', [EXAMPLES[3]])
    .argument('<file>', 'the copy; a server can be started on it')
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption]>(async (terminal, file, { store }) => {
        await backupStore(store, file)
        terminal.report({ file }, `${file} is a whole copy of the store`)
      }),
    )
}

/** Opens a store, does some work with it and closes it. */
export async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(url)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function daysFrom(text: string): number {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? []
  if (days === undefined) throw new InvalidArgumentError('It must be a number of days, such as 90d.')
  return Number(days)
}
