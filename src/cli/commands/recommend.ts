import { type Command, InvalidArgumentError } from 'commander'
import { type ByName, type Dataset, TributaryError } from '../../core/index.ts'
import { cellsOf } from '../../data/index.ts'
import { parseBlend } from '../../evaluation/blend.ts'
import { recommend } from '../../evaluation/recommend.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { toQuestion } from '../../serving/ask.ts'
import { type Known, standIn, whereKnown } from '../../serving/new-users.ts'
import { openServed, sourcesByName, withSources } from '../../serving/served.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { ENGINES, engineName } from '../terminal/engine.ts'
import { BLEND, collect, DATASET, FALLBACK, integerFrom, NEW_USERS, THREADS } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import { type AllUsersOptions, recommendToAll, shareFrom } from './recommend-all.ts'
import { blendLines } from './serve.ts'

interface RecommendOptions extends AllUsersOptions {
  readonly user?: string
  readonly history?: readonly string[]
  readonly values?: readonly number[]
  readonly domain?: readonly string[]
  readonly k: number
  readonly exclude?: readonly string[]
  readonly keepSeen?: boolean
  readonly dataset?: string
  readonly fallback: string
  readonly newUsers: string
  readonly blend: string
  readonly sources?: boolean
}

export function recommendCommand(): Command {
  return createCommand('recommend', 'ask a trained model for a list, as its server would answer', [
    'recommend runs/sasrec --user 4711 --domain books -k 10',
    'recommend runs/sasrec --history book-3,game-7 --domain games -k 5 --json',
    `recommend runs/sasrec --history '"Paris, Texas",Solaris' --domain films`,
    'recommend runs/sasrec --all-users -k 20 --out lists',
  ])
    .argument('<run>', 'a run directory made by `tributary train`')
    .option(
      '--domain <name>',
      'the domain whose items are recommended; with --all-users repeatable (default there: every domain)',
      collect,
    )
    .option('--user <id>', 'a user of the log; the stored history is used unless --history is given')
    .option('--history <ids>', `items that the user had, oldest first, ${LIST}`, collect)
    .option(
      '--values <numbers>',
      'the value of each item of --history, such as its rating (default: all are liked)',
      numbers,
    )
    .option('-k <n>', 'length of the list', integerFrom(1), 10)
    .option('--exclude <ids>', `items that must not appear, ${LIST}`, collect)
    .option('--keep-seen', 'recommend items of the history too')
    .option(...DATASET)
    .option(...FALLBACK)
    .option(...NEW_USERS)
    .option(...BLEND)
    .option('--sources', 'say how much each other domain counted, where the model weighs domains')
    .option('--all-users', 'make the lists of every user of the log, as Parquet files in the folder --out')
    .option('--out <folder>', 'with --all-users: where the files go; what is there of the same lists is not made again')
    .option('--reasons', 'with --all-users: say of each item to which items of the history it is owed')
    .option('--shard-users <n>', 'with --all-users: users whose lists share a file (default: 10000)', integerFrom(1))
    .option('--shards <i/n>', 'with --all-users: make the share i of n, so that n processes do it together', shareFrom)
    .option(...THREADS)
    .option('--on <engine>', `with --all-users: who makes them, ${ENGINES} (default: this process)`, engineName)
    .action(
      withTerminal<[string, RecommendOptions]>(async (terminal, folder, options) => {
        const blend = parseBlend(options.blend)
        refuseMixed(options)
        if (options.allUsers) return recommendToAll(terminal, folder, options, blend)
        const { user, k } = options
        const domain = onlyDomain(options.domain)
        const maskSeen = options.keepSeen !== true
        const opened = await openTrainedRun(folder, {
          threads: 1,
          ...(options.dataset && { datasetFolder: options.dataset }),
        })
        const { model, spec, dataset } = opened
        const served = await openServed(opened, { ...options, blend }, 1)
        const exclude = options.exclude && itemNames(options.exclude, '--exclude', dataset)
        const { query } = await toQuestion(
          {
            domain,
            ...(user !== undefined && { user }),
            ...(options.history && { history: itemNames(options.history, '--history', dataset) }),
            ...(options.values && { values: [...options.values] }),
            ...(exclude && { exclude }),
          },
          dataset,
        )
        const gone = exclude?.filter((name) => dataset.items.id(name) === undefined) ?? []
        if (gone.length > 0) terminal.note(`--exclude names what the model has never seen: ${gone.join(', ')}`)
        const [list] = await recommend(served.scorer, dataset, [query], { k, maskSeen })
        const weights = options.sources && served.sources ? (await withSources(served.sources, [query], [list]))[0] : []
        await Promise.all([model.dispose(), served.dispose()])
        const known = whereKnown(dataset, query)
        const instead = standIn(served, domain, known)
        const sources = sourcesByName(
          dataset,
          weights.map((one) => one.sources),
        )
        if (options.sources && sources === undefined)
          terminal.note(`--sources: what answered does not weigh other domains here, so there is nothing to tell`)
        const items = list.map(({ item, score }, index) => ({
          item: dataset.items.name(item),
          score,
          rank: index + 1,
          ...(sources && { sources: sourcesByName(dataset, [weights[index].sources]) }),
        }))
        const historyUsed = query.history.length
        const table =
          items.length === 0
            ? `nothing is left${maskSeen && historyUsed > 0 ? '; --keep-seen shows seen items' : ''}`
            : formatTable(
                [
                  { title: 'rank', align: 'right' },
                  { title: 'item' },
                  { title: 'score', align: 'right' },
                  ...(sources ? [{ title: 'mostly by' }] : []),
                ],
                items.map(({ rank, item, score, sources }) => [
                  String(rank),
                  item,
                  score.toPrecision(4),
                  ...(sources ? [shares(sources, 1)] : []),
                ]),
              )
        const [by] = Object.values(instead)
        terminal.report(
          {
            model: spec.name,
            domain,
            known,
            items,
            ...(sources && { sources }),
            historyUsed,
            ...instead,
            ...(blend !== 0 && { blend: served.blends }),
          },
          [
            `${table}\n\n${user === undefined ? 'a newcomer' : `user ${user}`} with a history of ${historyUsed}, domain ${domain}` +
              (by === undefined ? '' : `; answered by ${by}`),
            ...(options.newUsers === 'none' ? [] : [WHERE_KNOWN[known]]),
            ...(blend === 0 ? [] : blendLines(served.blends)),
            ...(sources ? [`counted, on average: ${shares(sources)}`] : []),
          ].join('\n'),
        )
      }),
    )
}

/** What asks for one list, and what asks for all. */
const FLAGS = {
  one: { user: '--user', history: '--history', values: '--values', exclude: '--exclude', sources: '--sources' },
  all: { out: '--out', reasons: '--reasons', shardUsers: '--shard-users', shards: '--shards', on: '--on' },
} as const

/** @throws TributaryError `bad-argument` for options of one list beside `--all-users`, and the other way */
function refuseMixed(options: RecommendOptions): void {
  const given = (flags: Readonly<Record<string, string>>) =>
    Object.entries(flags).flatMap(([name, flag]) => (name in options ? [flag] : []))
  const [odd] = given(options.allUsers ? FLAGS.one : FLAGS.all)
  if (odd === undefined) return
  throw new TributaryError(
    'bad-argument',
    options.allUsers
      ? `${odd} asks for one list and --all-users for those of every user; leave one of them out`
      : `${odd} says how the lists of all users are written; give --all-users too, which asks for them`,
  )
}

/** @throws TributaryError `bad-argument` */
function onlyDomain(given: readonly string[] = []): string {
  if (given.length === 1) return given[0]
  throw new TributaryError(
    'bad-argument',
    given.length === 0
      ? "required option '--domain <name>' not specified"
      : `--domain was given ${given.length} times, but one list is of one domain; --all-users makes lists of several`,
  )
}

const WHERE_KNOWN: Readonly<Record<Known, string>> = {
  here: 'known here: the history has events of this domain',
  elsewhere: 'new here, known elsewhere: the history has no event of this domain, but some of others',
  nowhere: 'known nowhere: the history is empty',
}

/** `Books 61 %, DVDs 39 %`, the largest first. */
function shares(sources: ByName<number>, most?: number): string {
  return [...sources]
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([name, share]) => `${name} ${Math.round(100 * share)} %`)
    .join(', ')
}

const LIST = 'with commas between them; a name that holds a comma stands in quotes or in an option of its own'

/**
 * Names of items in options that may be given many times: each is the name of one item, or a list.
 * @throws TributaryError `bad-argument` for a quote that is not closed
 */
function itemNames(texts: readonly string[], option: string, { items }: Dataset): string[] {
  return texts.flatMap((text) => {
    if (items.id(text) !== undefined) return [text]
    const names = cellsOf(text.trim(), '\\s*,\\s*')
    if (names === undefined)
      throw new TributaryError(
        'bad-argument',
        `${option} ${text} has a quote that is not closed; a name in quotes ends with one before the next comma, and quotes inside it are doubled`,
      )
    return names.filter((name) => name !== '')
  })
}

function numbers(text: string): readonly number[] {
  return text.split(',').map((entry) => {
    const value = Number(entry)
    if (entry.trim() === '' || !Number.isFinite(value))
      throw new InvalidArgumentError(`'${entry}' is no finite number.`)
    return value
  })
}
