import type { Command } from 'commander'
import { describe, formatDescription, openDataset } from '../../data/index.ts'
import { describeDemonstrations, isDemonstrations, openDemonstrations } from '../../rl/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { formatDemonstrations } from '../terminal/demonstrations.ts'
import { formatTable } from '../terminal/table.ts'

export function describeCommand(): Command {
  return createCommand('describe', 'say what a dataset or a folder of demonstrations holds', [
    'describe datasets/shop',
    'describe datasets/shop --json',
    'describe demonstrations/steam',
  ])
    .argument('<dataset>', 'a folder made by `tributary import` or `tributary demonstrate`')
    .action(
      withTerminal<[string, object]>(async (terminal, folder) => {
        if (await isDemonstrations(folder)) {
          const { steps, origin } = await openDemonstrations(folder)
          const description = describeDemonstrations(steps)
          return terminal.report({ ...description, origin }, formatDemonstrations(description))
        }
        const description = describe(await openDataset(folder))
        terminal.report(description, formatDescription(description, formatTable))
      }),
    )
}
