import { type Command, InvalidArgumentError } from 'commander'
import { openFallback } from '../fallback.ts'
import { recommend } from '../recommend.ts'
import { openTrainedRun } from '../train.ts'
import { createCommand, withTerminal } from './command.ts'
import { FALLBACK, integerFrom } from './options.ts'
import { formatTable } from './table.ts'

interface RecommendOptions {
  readonly user?: string
  readonly history?: readonly string[]
  readonly values?: readonly number[]
  readonly domain: string
  readonly k: number
  readonly exclude?: readonly string[]
  readonly keepSeen?: boolean
  readonly dataset?: string
  readonly fallback: string
}

export function recommendCommand(): Command {
  return createCommand('recommend', 'ask a trained model for a list, as its server would answer', [
    'recommend runs/sasrec --user 4711 --domain books -k 10',
    'recommend runs/sasrec --history book-3,game-7 --domain games -k 5 --json',
  ])
    .argument('<run>', 'a run directory made by `tributary train`')
    .requiredOption('--domain <name>', 'the domain whose items are recommended')
    .option('--user <id>', 'a user of the log; the stored history is used unless --history is given')
    .option('--history <ids>', 'items that the user had, oldest first, with commas between them', splitList)
    .option(
      '--values <numbers>',
      'the value of each item of --history, such as its rating (default: all are liked)',
      numbers,
    )
    .option('-k <n>', 'length of the list', integerFrom(1), 10)
    .option('--exclude <ids>', 'items that must not appear, with commas between them', splitList)
    .option('--keep-seen', 'recommend items of the history too')
    .option('--dataset <folder>', 'where the dataset is, if it has moved since the training')
    .option(...FALLBACK)
    .action(
      withTerminal<[string, RecommendOptions]>(async (terminal, folder, options) => {
        const { user, domain, k, keepSeen = false } = options
        const opened = await openTrainedRun(folder, {
          threads: 1,
          ...(options.dataset && { datasetFolder: options.dataset }),
        })
        const { model, spec, dataset } = opened
        const { scorer, domains: fallbacks, dispose } = await openFallback(opened, options.fallback, 1)
        const { toQuestion } = await import('../server/question.ts')
        const { query } = toQuestion(
          {
            domain,
            k,
            maskSeen: !keepSeen,
            ignoreUnknown: false,
            ...(user !== undefined && { user }),
            ...(options.history && { history: [...options.history] }),
            ...(options.values && { values: [...options.values] }),
            ...(options.exclude && { exclude: [...options.exclude] }),
          },
          dataset,
        )
        const [list] = await recommend(scorer, dataset, [query], { k, maskSeen: !keepSeen })
        await Promise.all([model.dispose(), dispose()])
        const fallback = fallbacks[domain]
        const items = list!.map(({ item, score }, index) => ({
          item: dataset.items.name(item),
          score,
          rank: index + 1,
        }))
        const historyUsed = query.history.length
        const table = formatTable(
          [{ title: 'rank', align: 'right' }, { title: 'item' }, { title: 'score', align: 'right' }],
          items.map(({ rank, item, score }) => [String(rank), item, score.toPrecision(4)]),
        )
        terminal.report(
          { model: spec.name, domain, items, historyUsed, ...(fallback !== undefined && { fallback }) },
          `${table}\n\n${user === undefined ? 'a newcomer' : `user ${user}`} with a history of ${historyUsed}, domain ${domain}` +
            (fallback === undefined ? '' : `; answered by ${fallback}`),
        )
      }),
    )
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function numbers(text: string): readonly number[] {
  return splitList(text).map((entry) => {
    const value = Number(entry)
    if (!Number.isFinite(value)) throw new InvalidArgumentError(`'${entry}' is no finite number.`)
    return value
  })
}
