import { lstat } from 'node:fs/promises'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { openDataset, writeItemVectors } from '../../data/index.ts'
import type { Prices } from '../../llm/client/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { latencyOf, spentText } from '../terminal/demonstrations.ts'
import { collect, integerFrom, numberWithin, prices } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'

interface VectorsOptions {
  readonly llm: string
  readonly model: string
  readonly out: string
  readonly budget?: readonly string[]
  readonly prices?: Prices
  readonly keyEnv?: string
  readonly concurrency: number
  readonly timeout: number
  readonly attempts: number
  readonly answers?: string
  readonly resume?: boolean
  readonly overwrite?: boolean
}

export function vectorsCommand(): Command {
  return createCommand('vectors', 'ask a language model for vectors of the items, for a policy to learn with', [
    'vectors datasets/movies --llm https://api.example.com/v1 --model text-embedding-3-small --out vectors/movies.parquet',
    'vectors datasets/movies --llm http://127.0.0.1:8790 --model hashed --out vectors/movies.parquet',
  ])
    .argument('<dataset>', 'a folder made by `tributary import`: the titles of its items are sent, and their genres')
    .requiredOption('--llm <url>', 'the address of an OpenAI-compatible API')
    .requiredOption('--model <name>', 'how that API calls the model that makes vectors of texts')
    .requiredOption('--out <file>', 'the .parquet file to write, with the columns item and vector')
    .option('--budget <limit>', 'what may be spent in all: 500calls, 200000tokens or 2.50usd; repeatable', collect)
    .option('--prices <prompt,answer>', 'US dollars a million tokens, such as 0.02,0', prices)
    .option(
      '--key-env <name>',
      'the environment variable that holds the key of the API (default: OPENAI_API_KEY, if it is set)',
    )
    .option('--concurrency <n>', 'questions in flight at a time; it changes no answer', integerFrom(1), 4)
    .option('--timeout <seconds>', 'for one answer', numberWithin(0, 86_400), 120)
    .option('--attempts <n>', 'how often a question is asked until it is answered', integerFrom(1), 6)
    .option('--answers <folder>', "where answers are kept as they come (default: --out with '.answers' behind it)")
    .option('--resume', 'go on with the answers that are there: no question is asked twice')
    .option('--overwrite', 'replace a file that is there already')
    .action(
      withTerminal<[string, VectorsOptions]>(async (terminal, folder, options) => {
        const { out, llm, model, overwrite, resume, timeout, keyEnv, budget = [] } = options
        if (!/\.parquet$/i.test(out))
          throw new TributaryError('bad-argument', `--out ${out} must end in .parquet, which is what is written`)
        if (!overwrite && (await lstat(out).catch(() => undefined)) !== undefined)
          throw new TributaryError('file-exists', `${out} is there already; replace it with --overwrite`)
        // Only here and in `demonstrate` is a language model ever asked.
        const [{ vectorsOfItems }, { parseBudget, costOf }] = await Promise.all([
          import('../../llm/agents/index.ts'),
          import('../../llm/client/index.ts'),
        ])
        const dataset = await openDataset(folder)
        const progress = terminal.progress(`vectors of ${model}`, 'items')
        const { names, vectors, usage } = await vectorsOfItems({
          ...options,
          ...{ dataset, url: llm, model, keyName: keyEnv, timeoutSeconds: timeout, budget: parseBudget(budget) },
          answers: options.answers ?? `${out}.answers`,
          resume: resume === true,
          signal: terminal.signal,
          onWait: (sentence) => terminal.note(sentence),
          onProgress: (done, all) => progress.update(done, all),
        }).finally(() => progress.end())
        await writeItemVectors(out, names, vectors)
        const usd = options.prices && costOf(usage.spent, options.prices)
        const width = vectors[0]?.length ?? 0
        terminal.report(
          {
            ...{ out, dataset: dataset.name, hash: dataset.hash, model, items: names.length, width },
            spent: { ...usage.spent, ...(usd !== undefined && { usd }) },
            replayed: usage.replayed,
            seconds: latencyOf(usage.latencies),
          },
          [
            `${out}: ${formatCount(names.length)} vectors of ${formatCount(width)} numbers`,
            `${spentText(usage.spent, usd)}; ${formatCount(usage.replayed)} questions were answered before`,
            `next: train il-rec with --set features=vectors --set itemVectors=${out}`,
          ].join('\n'),
        )
      }),
    )
}
