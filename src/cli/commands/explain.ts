import { join } from 'node:path'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { type Exchange, exchange } from '../../evaluation/exchange.ts'
import { makeFolder } from '../../files/index.ts'
import type { TextTable } from '../../pages/compare-text.ts'
import { signalParts } from '../../pages/trust-signals-text.ts'
import {
  behaviorTable,
  cautions,
  domainTable,
  ends,
  lengthTable,
  placeTable,
  spread,
  weighed,
} from '../../pages/trust-text.ts'
import { openTrainedRun, type TrainedRun } from '../../runs/open.ts'
import { openServed } from '../../serving/served.ts'
import { type BehaviorExplanation, type Explanation, explain } from '../../trust/explain.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { DATASET, FALLBACK, integerFrom, THREADS } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'

interface ExplainCommandOptions {
  readonly user?: string
  readonly k: number
  readonly atLeast: number
  readonly owed?: number
  readonly fallback: string
  readonly out?: string
  readonly dataset?: string
  readonly threads: number
}

/** Categories shown at each end; the page and the JSON have all. */
const CATEGORIES = 10

export function explainCommand(): Command {
  return createCommand('explain', 'show how far a model trusts the domains, behaviors or users that it learned from', [
    'explain runs/syncrec',
    'explain runs/biao',
    'explain runs/biao --user 4711 -k 5',
    'explain runs/biao-1 runs/biao-2 runs/biao-3 --json',
    'explain runs/sasrec --owed 40',
  ])
    .argument(
      '<run...>',
      'a trained run of a model that weighs what it learns from; runs of other seeds are averaged with it',
    )
    .option('--user <id>', "list this user's behaviors in place of items, or its reference users")
    .option('-k <n>', 'how many of the most and of the least trusted are listed', integerFrom(1), 10)
    .option('--at-least <n>', 'leave items and categories with fewer behaviors out of lists', integerFrom(1), 5)
    .option(
      '--owed <n>',
      'ask any model that makes lists instead: how much the lists of each domain owe to the events of each, over so many users',
      integerFrom(2),
    )
    .option(...FALLBACK)
    .option('--out <dir>', 'where the page goes (default: the first run)')
    .option(...DATASET)
    .option(...THREADS)
    .action(
      withTerminal<[readonly [string, ...string[]], ExplainCommandOptions]>(async (terminal, folders, options) => {
        const { user, k, atLeast, out = folders[0], threads } = options
        const open = (folder: string, first?: TrainedRun) =>
          openTrainedRun(folder, {
            threads,
            ...(options.dataset && { datasetFolder: options.dataset }),
            ...(first && { dataset: first.dataset }),
          })
        if (options.owed !== undefined) {
          if (folders.length > 1)
            throw new TributaryError('bad-argument', `--owed asks one run, not ${folders.length}; name one`)
          const run = await open(folders[0])
          try {
            const served = await openServed(run, { fallback: options.fallback, newUsers: 'none' }, threads)
            try {
              const measured = await exchange(served.scorer, run.dataset, {
                users: options.owed,
                signal: terminal.signal,
              })
              const { model, dataset } = run.run.manifest
              const told = { format: 1, model, dataset: dataset.name, fallback: served.fallbacks, ...measured }
              terminal.report(told, owedText(model, measured, terminal.style))
            } finally {
              await served.dispose()
            }
          } finally {
            await run.model.dispose()
          }
          return
        }
        const opened: [TrainedRun, ...TrainedRun[]] = [await open(folders[0])]
        for (const folder of folders.slice(1)) opened.push(await open(folder, opened[0]))
        let explanation: Explanation
        try {
          explanation = await explain(opened, { user, k, atLeast })
        } finally {
          await Promise.all(opened.map(({ model }) => model.dispose()))
        }
        const path = join(out, 'explain.html')
        await makeFolder(out)
        // Loaded here because the libraries that draw take longer to load than most commands to run.
        const { writeExplainPage } = await import('../../pages/trust.ts')
        await writeExplainPage(path, explanation, opened[0].run.manifest)
        terminal.report(
          { ...explanation, report: path },
          [
            ...(explanation.of === 'behavior'
              ? [describe(explanation, terminal.style), '', ...cautions(explanation)]
              : [describeSignals(explanation, terminal.style), '']),
            `${explanation.of === 'behavior' ? 'all categories' : 'each epoch'}: --json; plots: ${path}`,
          ].join('\n'),
        )
      }),
    )
}

function describe(explanation: BehaviorExplanation, style: Style): string {
  const { model, dataset, sources, items, user } = explanation
  const { most, least, left, few } = ends(explanation, CATEGORIES)
  const part = (title: string, ...lines: readonly string[]) => ['', style.bold(title), ...lines]
  const both = <T>(what: string, { most, least }: { most: readonly T[]; least: readonly T[] }, of: Listed<T>) => [
    ...part(`most trusted ${what}`, text(of(most))),
    ...(least.length > 0 ? part(`least trusted ${what}`, text(of(least))) : []),
  ]
  return [
    style.bold(`What ${model} trusts on ${dataset.name}`),
    weighed(explanation),
    spread(explanation),
    ...(sources.length > 1 ? part('by source domain', text(domainTable(explanation))) : []),
    ...(most.length === 0
      ? []
      : part('by source category', text(placeTable('category', [...most, ...least], explanation)))),
    ...(left > 0
      ? [style.dim(`${left} categories between the ${CATEGORIES} highest and the ${CATEGORIES} lowest`)]
      : []),
    ...(few > 0 ? [style.dim(`${few} categories with fewer than ${explanation.atLeast} behaviors`)] : []),
    ...part('by source minus target history length of the user', text(lengthTable(explanation))),
    ...(items === undefined
      ? []
      : items.most.length === 0
        ? ['', `No item has ${explanation.atLeast} behaviors; --at-least asks for fewer.`]
        : both('items', items, (list) => placeTable('item', list, explanation, ({ item }) => [item]))),
    ...(user === undefined
      ? []
      : [
          ...both(`behaviors of user ${user.name}`, user, (list) => behaviorTable(list, explanation)),
          ...(user.lastTarget.length === 0
            ? []
            : part('the last target behaviors, newest first', text(behaviorTable(user.lastTarget, explanation)))),
        ]),
  ].join('\n')
}

/** A title and a table for each signal, or for those that are about the same things. */
function describeSignals(explanation: Explanation, style: Style): string {
  const { model, dataset, training } = explanation
  return [
    style.bold(`What ${model} trusts on ${dataset.name}`),
    ...(training === undefined ? [] : [`Values are of epoch ${training.bestEpoch}, whose weights were kept.`]),
    ...signalParts(explanation).flatMap(({ title, notes, tables }) => [
      '',
      style.bold(title),
      ...notes,
      ...tables.flatMap(({ title, table }) => [...(title === undefined ? [] : ['', title]), text(table)]),
    ]),
  ].join('\n')
}

/** A row for the lists of each domain, a column for each domain that gives. */
function owedText(model: string, { asked, of, k, domains }: Exchange, style: Style): string {
  const share = (value: number) => (Number.isNaN(value) ? '–' : `${Math.round(value * 100)} %`)
  const rows = domains.map(({ domain, users, owed }) => [
    domain,
    String(users),
    ...owed.map(({ mean, low, high }) => (Number.isNaN(mean) ? '–' : `${share(mean)} [${share(low)}, ${share(high)}]`)),
  ])
  const events = domains[0]?.owed.map(({ ofEvents }) => share(ofEvents)) ?? []
  return [
    style.bold(`What lists of ${model} owe to the events of each domain`),
    formatTable(
      [
        { title: 'lists of' },
        { title: 'users', align: 'right' },
        ...domains.map(({ domain }) => ({ title: domain, align: 'right' as const })),
      ],
      [...rows, ['(share of events)', '', ...events]],
    ),
    `Means over users with 95 % intervals: ${asked} of ${of} users with events in several domains, lists of ${k}. The share of events is what would be owed if each counted alike.`,
  ].join('\n')
}

type Listed<T> = (list: readonly T[]) => TextTable

function text({ columns, rows }: TextTable): string {
  return formatTable(columns, rows)
}
