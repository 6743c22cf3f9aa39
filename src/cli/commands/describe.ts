import type { Command } from 'commander'
import { describe, formatDescription, openDataset } from '../../data/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { formatTable } from '../terminal/table.ts'

export function describeCommand(): Command {
  return createCommand('describe', 'say what a dataset holds', [
    'describe datasets/shop',
    'describe datasets/shop --json',
  ])
    .argument('<dataset>', 'a folder made by `tributary import`')
    .action(
      withTerminal<[string, object]>(async (terminal, folder) => {
        const description = describe(await openDataset(folder))
        terminal.report(description, formatDescription(description, formatTable))
      }),
    )
}
