import { basename, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { listed, TributaryError } from '../../core/index.ts'
import {
  describeBadRow,
  type ImportProgress,
  type ImportReport,
  importDataset,
  parseEventTypes,
  parseItemColumns,
  readers,
} from '../../data/index.ts'
import { BILLP_ENVIRONMENTS, BILLP_SPLITS, type BillpOptions } from '../../rl/index.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { collect, finite, integerFrom } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import { formatTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { BILLP, importBillp } from './import-billp.ts'
import { importObdLogs, OBD } from './import-obd.ts'
import { FROM_STORE, importStore } from './import-store.ts'

interface ImportOptions extends BillpOptions {
  readonly out: string
  readonly name?: string
  readonly user?: string
  readonly item?: string
  readonly domain?: string
  /** False after `--no-timestamp`; so the two below. */
  readonly timestamp?: string | false
  readonly value?: string | false
  readonly part?: string | false
  readonly timestampUnit?: string
  readonly itemDomain: string
  readonly category?: string
  readonly oneDomain?: string
  readonly delimiter?: string
  readonly truth?: string
  readonly itemFeatures?: string
  readonly itemColumn?: readonly string[]
  readonly eventType?: readonly string[]
  readonly eventColumn?: string
  readonly minItem?: number
  readonly minUser?: number
  readonly maxValue?: number
  readonly maxBadRows: number
  readonly since?: number
  readonly until?: number
  readonly overwrite?: boolean
}

/** Asked for when the command is made: plug-ins have brought theirs by then. */
const formats = () =>
  formatTable(
    [{ title: 'Readers' }, { title: '' }],
    [
      ...readers.map(({ name, summary }) => [`  ${name}`, summary]),
      [`  ${FROM_STORE}`, 'the events of a server: what users did since the log it began with'],
      [`  ${BILLP}`, 'makes demonstrations, not a dataset: episodes that language models played in BiLLP'],
      [`  ${OBD}`, 'makes logs, not a dataset: the Open Bandit Dataset for tributary ope'],
    ],
  )

export function importCommand(): Command {
  return createCommand('import', 'make a dataset folder from log files', [
    'import csv shop.csv.gz --out datasets/shop',
    'import tsv log.tsv --out datasets/shop --user customer --item sku --domain department --timestamp bought_at',
    'import amazon-reviews Books_5.json.gz Video_Games_5.json.gz --out datasets/amazon --min-item 5 --min-user 5',
    'import coat downloads/coat --out datasets/coat',
    'import csv log.csv --truth truth.csv --out datasets/simulated',
    'import csv events.csv --out datasets/shop --event-type view=1,purchase=5 --item-column title,price',
    'import movielens ratings.csv --item-features movies.csv --out datasets/movies',
    'import store sqlite:tributary.db --out datasets/november --since 2026-11-01 --event-type view=1,purchase=5',
    'import billp trajs_agent --env steam --split train --out demonstrations/steam',
    'import obd open_bandit_dataset --out logs/obd',
  ])
    .argument(
      '<reader>',
      `how the files are laid out: ${[...readers.map(({ name }) => name), FROM_STORE, BILLP, OBD].join(', ')}`,
    )
    .argument(
      '<files...>',
      'read in this order, which is the order of rows with equal times; a published data set is one folder',
    )
    .requiredOption('--out <dataset>', 'the folder to write')
    .option('--name <name>', "the dataset's name (default: the folder's)")
    .option('--user <column>', 'the column of the user, where it is not called user, user_id or userId')
    .option('--item <column>', 'the column of the item, where it is not called item, item_id or itemId')
    .option('--domain <column>', 'the column of the domain, where it is not called domain or domain_id')
    .option('--one-domain <name>', 'the domain of all rows; a column of that name is passed over')
    .option(
      '--item-domain <rule>',
      'what becomes of an item listed in several domains: refuse, prefix (every item is named DOMAIN:ITEM), first (it stays in the domain of its first row) or most (in that of most of its rows)',
      'refuse',
    )
    .option('--timestamp <column>', 'the column of the time, where it is not called timestamp, time or ts')
    .option('--no-timestamp', 'take no column for the time: the order of the file is the sequence')
    .option(
      '--timestamp-unit <unit>',
      'what numbers in it count: seconds, milliseconds, microseconds or nanoseconds (default: what their size tells)',
    )
    .option('--value <column>', 'the column of the rating or reward, where it is not called value or rating')
    .option('--no-value', 'take no column for the rating')
    .option('--max-value <number>', 'a rating above it counts as this much; kuairec as published: 5', finite)
    .option('--part <column>', 'the column that says train, valid or test, where it is not called part')
    .option('--no-part', 'take no column for it')
    .option('--category <column>', 'the column of the kind of item; none is taken unless it is named here')
    .option(
      '--truth <file>',
      'what each user would pay for each item, for simulate: a .csv or .parquet file of user, item, reward with every pair',
    )
    .option(
      '--item-features <file>',
      'what is known of items: a .csv, .tsv or .parquet file that names an item a row and has a column a feature, such as title and genres',
    )
    .option(
      '--item-column <columns>',
      'columns of the log that say what its items are, kept as features: title,price or title=product_name; of each item its last row counts; repeatable',
      collect,
    )
    .option(
      '--event-type <types>',
      'kinds of events to keep, with what each counts as the value: view=1,purchase=5, or view,purchase; others are left out and counted; repeatable',
      collect,
    )
    .option(
      '--event-column <column>',
      'the column of the kind of event, where it is not called event, event_type, eventType, type or action',
    )
    .option('--delimiter <text>', 'between the columns of csv and tsv files')
    .option('--min-item <n>', 'keep items with at least so many interactions', integerFrom(1))
    .option('--min-user <n>', 'keep users with at least so many; together with --min-item until stable', integerFrom(1))
    .option('--max-bad-rows <n>', 'leave out up to so many rows that cannot be read', integerFrom(0), 0)
    .option(
      '--since <date>',
      `of ${FROM_STORE}: events from then on, as in 2026-11-01 or 2026-11-01T12:00:00Z`,
      timeFrom,
    )
    .option('--until <date>', `of ${FROM_STORE}: events before it`, timeFrom)
    .addOption(new Option('--env <name>', `of ${BILLP}: the shop, where there are both`).choices(BILLP_ENVIRONMENTS))
    .addOption(new Option('--split <name>', `of ${BILLP}: whose episodes (default: all)`).choices(BILLP_SPLITS))
    .option('--overwrite', 'replace a dataset that is there already; anything else is kept')
    .addHelpText('after', `\n${formats()}`)
    .action(
      withTerminal<[string, string[], ImportOptions]>(async (terminal, reader, files, options) => {
        const { out, name, user, item, domain, timestamp, value, part, category } = options
        const {
          oneDomain,
          itemDomain,
          timestampUnit,
          delimiter,
          truth,
          itemFeatures,
          itemColumn,
          eventType,
          eventColumn,
          minItem,
          minUser,
          maxBadRows,
          overwrite,
        } = options
        const { maxValue, env, split } = options
        if (reader === BILLP) return await importBillp(terminal, files, options, othersIn(options))
        if (env !== undefined || split !== undefined)
          throw new TributaryError('bad-argument', `--env and --split are for ${BILLP}; the reader is ${reader}`)
        if (reader === OBD) return await importObdLogs(terminal, files, options, othersIn(options))
        if (reader === FROM_STORE)
          return await importStore(
            terminal,
            files,
            {
              out,
              name: name ?? basename(resolve(out)),
              since: options.since,
              until: options.until,
              types: eventType && parseEventTypes(eventType.join(',')),
              overwrite,
            },
            othersIn(options, ['name', 'eventType', 'since', 'until']),
          )
        if (options.since !== undefined || options.until !== undefined)
          throw new TributaryError('bad-argument', `--since and --until are for ${FROM_STORE}; the reader is ${reader}`)
        const progress = stages(terminal)
        const report = await importDataset({
          reader,
          files,
          out,
          name,
          columns: { user, item, domain, timestamp, value, part, category, event: eventColumn },
          domain: oneDomain,
          itemDomain,
          timestampUnit,
          delimiter,
          truth,
          itemFeatures,
          itemColumns: itemColumn && parseItemColumns(itemColumn.join(',')),
          eventTypes: eventType && parseEventTypes(eventType.join(',')),
          minItem,
          minUser,
          maxValue,
          maxBadRows,
          overwrite,
          onProgress: progress.show,
          signal: terminal.signal,
        }).finally(progress.end)
        for (const row of report.badRows.first) terminal.note(`left out: ${describeBadRow(row)}`)
        terminal.report(report, describeReport(report))
      }),
    )
}

/** Options that were given and are those of datasets, as they are written. */
function othersIn(
  { out, env, split, overwrite, itemDomain, maxBadRows, ...others }: ImportOptions,
  own: readonly string[] = [],
): string[] {
  const changed = { ...others, ...(itemDomain !== 'refuse' && { itemDomain }), ...(maxBadRows > 0 && { maxBadRows }) }
  // Made by every command, and for every command.
  const shared = ['json', 'debug', 'plugin']
  return Object.entries(changed).flatMap(([name, value]) =>
    value === undefined || [...shared, ...own].includes(name)
      ? []
      : [`--${value === false ? 'no-' : ''}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`],
  )
}

const STAGES = { read: 'reading', number: 'numbering names', filter: 'filtering', write: 'writing' } as const

/** What the import is at; no rate, because a file's rows are not known before they are read. */
function stages(terminal: Terminal) {
  const progress = terminal.progress('import', 'files')
  return {
    show: ({ stage, file, done }: ImportProgress) =>
      progress.update(done ?? 0, 1, file === undefined ? STAGES[stage] : `${STAGES[stage]} ${file}`),
    end: () => progress.end(),
  }
}

function describeReport(report: ImportReport): string {
  const { out, rows, users, items, domains, categories, sum, capped, sharedItems, filter, files, truth } = report
  const lines = [
    `${out}: ${formatCount(rows)} interactions of ${formatCount(users)} users with ${formatCount(items)} items in ` +
      `${domains.length === 1 ? 'one domain' : `${domains.length} domains`} (${listed(domains)})` +
      (categories === undefined ? '' : `, of ${formatCount(categories)} categories`),
  ]
  const told = new Set<string>()
  for (const [f, { file, columns, passedOver = [], notes }] of files.entries()) {
    // Of many files that are alike the first ones are enough.
    if (f >= 3 && notes.length === 0 && passedOver.every((name) => told.has(name))) continue
    for (const name of passedOver) told.add(name)
    const roles = Object.entries(columns).map(([role, column]) => (role === column ? role : `${role} = ${column}`))
    lines.push(`  ${file}: ${listed(roles)}`)
    if (passedOver.length > 0) lines.push(`    passed over: ${listed(passedOver)}`)
    for (const note of notes) lines.push(`    note: ${note}`)
  }
  const describing = [...told].filter((name) => /title|name|price|brand|genre|categor|tags/i.test(name))
  if (describing.length > 0)
    lines.push(`  --item-column ${describing.join(',')} would keep what the log says of its items`)
  const parts = [
    `${formatCount(sum.kept)} kept`,
    ...(sum.badRows > 0 ? [`${formatCount(sum.badRows)} left out that could not be read`] : []),
    ...(sum.otherTypes !== undefined && sum.otherTypes > 0
      ? [`${formatCount(sum.otherTypes)} left out of other types`]
      : []),
    ...(sum.filtered > 0 ? [`${formatCount(sum.filtered)} filtered out`] : []),
  ]
  const blank = sum.blankLines > 0 ? `; blank lines: ${formatCount(sum.blankLines)}` : ''
  lines.push(`  rows of the files: ${formatCount(sum.read)} = ${parts.join(' + ')}${blank}`)
  if (capped !== undefined)
    lines.push(`  ${formatCount(capped.rows)} values above ${capped.maxValue} count as ${capped.maxValue}`)
  if (report.otherTypes !== undefined && report.otherTypes.length > 0) {
    const types = report.otherTypes.map(({ type, rows }) => `${type} (${formatCount(rows)})`)
    lines.push(`  left out, since --event-type does not name them: ${listed(types)}`)
  }
  for (const note of report.notes) lines.push(`  note: ${note}`)
  if (sharedItems !== undefined) lines.push(`  ${describeSharedItems(sharedItems)}`)
  if (filter !== undefined) {
    const { interactions, users: lostUsers, items: lostItems } = filter.removed
    lines.push(
      `  filtered out ${formatCount(interactions)} interactions, ${formatCount(lostUsers)} users, ${formatCount(lostItems)} items`,
    )
  }
  if (report.itemFeatures !== undefined) lines.push(`  known of items: ${listed(report.itemFeatures)}`)
  for (const column of report.itemColumns ?? []) lines.push(`    ${describeItemColumn(column)}`)
  if (truth !== undefined) {
    const form = truth.factors === undefined ? '' : ` as factors of width ${truth.factors}`
    lines.push(`  truth: ${formatCount(truth.users)} users × ${formatCount(truth.items)} items${form}`)
    for (const note of truth.notes) lines.push(`    ${note}`)
  }
  lines.push(`next: ${commandLine('describe', out)}`)
  return lines.join('\n')
}

function describeItemColumn({
  name,
  column,
  kind,
  items,
  differing,
  noNumber,
}: NonNullable<ImportReport['itemColumns']>[number]): string {
  const many = (count: number) => `${formatCount(count)} ${count === 1 ? 'item' : 'items'}`
  const parts = [
    `${name === column ? name : `${name} = ${column}`}: ${kind === 'number' ? 'a number' : 'text'} of ${many(items)}`,
    ...(differing > 0 ? [`of ${many(differing)} rows say different things, and the last counts`] : []),
    ...(noNumber > 0 ? [`of ${many(noNumber)} it is no number and was left out`] : []),
  ]
  return parts.join('; ')
}

function describeSharedItems({ rule, items, examples, movedRows }: NonNullable<ImportReport['sharedItems']>): string {
  const which = items === 0 ? '' : ` (${listed(examples)}${items > examples.length ? ', …' : ''})`
  const found = `${formatCount(items)} ${items === 1 ? 'item is' : 'items are'} listed in several domains${which}`
  if (rule === 'prefix') return `${found}; every item is named DOMAIN:ITEM`
  const domain = rule === 'first' ? 'of its first row' : 'of most of its rows'
  return `${found}; each stays in the domain ${domain}, and ${formatCount(movedRows)} ${movedRows === 1 ? 'row counts' : 'rows count'} there`
}

function timeFrom(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be a date, such as 2026-11-01.')
  return time
}
