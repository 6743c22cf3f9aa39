import type { Command } from 'commander'
import { averageRound, trainShard } from '../../rounds/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { integerFrom, THREADS } from '../terminal/options.ts'

interface RoundOptions {
  readonly number: number
  readonly shard?: number
  readonly threads: number
}

export function roundCommand(): Command {
  return createCommand('round', 'do a part of a training in shards, as `train --shards` has it done', [
    'round runs/sasrec --number 0 --shard 2',
    'round runs/sasrec --number 0',
  ])
    .argument('<run>', 'what train --shards has begun')
    .requiredOption('--number <n>', 'which round, from 0', integerFrom(0))
    .option('--shard <n>', 'train this shard of the users, from 0 (default: average the shards)', integerFrom(0))
    .option(...THREADS)
    .action(
      withTerminal<[string, RoundOptions]>(async (terminal, run, { number, shard, threads }) => {
        const options = { threads, signal: terminal.signal }
        if (shard === undefined) await averageRound(run, number, options)
        else await trainShard(run, number, shard, options)
        const what = shard === undefined ? 'averaged' : `shard ${shard} trained`
        terminal.report({ run, number, ...(shard !== undefined && { shard }) }, `${run}: round ${number}, ${what}`)
      }),
    )
}
