import { type Command, Option } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { defaultSplit, openDataset, splitDataset } from '../../data/index.ts'
import {
  describeDemonstrations,
  logDemonstrations,
  trainingRows,
  trainingView,
  writeDemonstrations,
} from '../../rl/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { formatDemonstrations } from '../terminal/demonstrations.ts'
import { integerFrom, SPLIT_BY } from '../terminal/options.ts'

interface DemonstrateOptions {
  readonly out: string
  readonly from?: 'log'
  readonly episodes?: number
  readonly splitBy?: string
  readonly overwrite?: boolean
}

export function demonstrateCommand(): Command {
  return createCommand('demonstrate', 'write episodes that somebody else played, for a policy to learn from', [
    'demonstrate datasets/coat --from log --out demonstrations/coat',
  ])
    .argument('<dataset>', 'a folder made by `tributary import`')
    .addOption(new Option('--from <what>', 'log: what users did, from the rows that train').choices(['log']))
    .requiredOption('--out <folder>', 'the folder of demonstrations to write')
    .option('--episodes <n>', 'episodes at most; of a log, those of the first users (default: all)', integerFrom(1))
    .option(...SPLIT_BY)
    .option('--overwrite', 'replace demonstrations that are there already; anything else is kept')
    .action(
      withTerminal<[string, DemonstrateOptions]>(async (terminal, folder, options) => {
        const { out, from, episodes, splitBy, overwrite } = options
        if (from === undefined)
          throw new TributaryError('bad-argument', 'who demonstrates is not said; give --from log')
        const dataset = await openDataset(folder)
        const split = splitDataset(dataset, splitBy ?? defaultSplit(dataset))
        const steps = logDemonstrations(dataset, { rows: trainingRows(trainingView(dataset, split)), episodes })
        const origin = { from, dataset: dataset.name, hash: dataset.hash, split: split.name }
        await writeDemonstrations(out, steps, { overwrite, origin })
        const description = describeDemonstrations(steps)
        terminal.report({ out, origin, ...description }, `${out}: ${formatDemonstrations(description)}`)
      }),
    )
}
