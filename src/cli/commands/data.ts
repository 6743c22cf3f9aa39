import type { Command } from 'commander'
import { TributaryError, unknownName } from '../../core/index.ts'
import {
  buildDataset,
  checkData,
  DATA_CARDS,
  DEMO_TRUTH_EARNS,
  demoTruthWorld,
  demoWorld,
  writeDataset,
} from '../../data/index.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { integerFrom } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import { formatTable } from '../terminal/table.ts'

const EXAMPLES = [
  'data list',
  'data check amazon5 downloads/amazon5',
  'data demo --out datasets/demo',
  'data demo --truth --out datasets/demo-truth',
]

export function dataCommand(): Command {
  const data = createCommand(
    'data',
    'make a demo world; say where published data sets are from, and whether a copy is whole',
    EXAMPLES,
  )
  return data.addCommand(listCommand()).addCommand(checkCommand()).addCommand(demoCommand())
}

function listCommand(): Command {
  return createCommand('list', 'list the published sets of the docs: where they are from, under which terms', [
    'data list --json',
  ]).action(
    withTerminal<[object]>(async (terminal) => {
      const columns = [{ title: 'set' }, ...['what', 'from', 'terms'].map((title) => ({ title, wrap: true }))]
      const rows = DATA_CARDS.map(({ name, summary, from, terms }) => [name, summary, from, terms])
      terminal.report({ sets: DATA_CARDS }, formatTable(columns, rows))
    }),
  )
}

function checkCommand(): Command {
  return createCommand('check', 'say whether a copy of a published set has its files, columns and rows', [EXAMPLES[1]])
    .argument('<name>', `which: ${DATA_CARDS.map(({ name }) => name).join(', ')}`)
    .argument('<folder>', 'where its files are; they may be gzipped')
    .action(
      withTerminal<[string, string, object]>(async (terminal, name, folder) => {
        const card = DATA_CARDS.find((one) => one.name === name)
        if (card === undefined)
          throw unknownName(
            'data set',
            name,
            DATA_CARDS.map((one) => one.name),
          )
        const files = await checkData(card, folder, terminal.signal)
        const wrong = files.filter(({ problem }) => problem !== undefined).length
        terminal.report(
          { name, folder, whole: wrong === 0, from: card.from, terms: card.terms, files },
          [
            formatTable(
              [{ title: 'file' }, { title: 'rows', align: 'right' }, { title: '', wrap: true }],
              files.map(({ file, rows, problem = 'as it should be' }) => [
                file,
                rows === undefined ? '–' : formatCount(rows),
                problem,
              ]),
            ),
            `from: ${card.from}`,
            `terms: ${card.terms}`,
          ].join('\n'),
        )
        if (wrong > 0)
          throw new TributaryError(
            'mismatch',
            `${folder} is no whole copy of ${name}: ${wrong} of ${files.length} files are not as they should be`,
          )
      }),
    )
}

interface DemoOptions {
  readonly out: string
  readonly truth?: boolean
  readonly seed: number
  readonly overwrite?: boolean
}

function demoCommand(): Command {
  return createCommand('demo', 'make a dataset to try every command on, without a download', EXAMPLES.slice(2))
    .requiredOption('--out <folder>', 'a new dataset folder')
    .option(
      '--truth',
      'a small world that says what each user would be paid for each item: to train and simulate policies in',
    )
    .option('--seed <n>', 'of its rows', integerFrom(0), 1)
    .option('--overwrite', 'replace the dataset that is there already')
    .action(
      withTerminal<[DemoOptions]>(async (terminal, { out, truth = false, seed, overwrite }) => {
        const { columns, side } = truth ? demoTruthWorld(seed) : { columns: demoWorld(seed), side: {} }
        const dataset = buildDataset(truth ? 'demo-truth' : 'demo', columns, side)
        await writeDataset(dataset, out, { overwrite, origin: { demo: truth ? 'truth' : 'services', seed } })
        const { log, users, items, domains, hash } = dataset
        const { random, oneList, oracle } = DEMO_TRUTH_EARNS
        const figures = { interactions: log.length, users: users.size, items: items.size - 1 }
        terminal.report(
          { out, hash, ...figures, domains, truth, ...(truth && { earns: DEMO_TRUTH_EARNS }) },
          [
            `${out}: ${formatCount(log.length)} interactions of ${formatCount(users.size)} users with ${formatCount(items.size - 1)} items in ${domains.join(', ')}`,
            ...(truth
              ? [
                  `ten different items earn ${random} at random, at most ${oneList.toFixed(2)} by one list for all, ${oracle} where all is known`,
                  `next: ${commandLine('simulate', 'best-list', out, '--mode', 'noRepeat', '--max-length', '10')}`,
                ]
              : [`next: ${commandLine('describe', out)}`]),
          ].join('\n'),
        )
      }),
    )
}
