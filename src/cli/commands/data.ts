import type { Command } from 'commander'
import { TributaryError, unknownName } from '../../core/index.ts'
import { checkData, DATA_CARDS } from '../../data/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { formatCount } from '../terminal/progress.ts'
import { formatTable } from '../terminal/table.ts'

const EXAMPLES = ['data list', 'data check amazon5 downloads/amazon5']

export function dataCommand(): Command {
  const data = createCommand('data', 'say where published data sets are from, and whether a copy is whole', EXAMPLES)
  return data.addCommand(listCommand()).addCommand(checkCommand())
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
