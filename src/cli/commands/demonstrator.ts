import { type Command, InvalidArgumentError, Option } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { openDataset } from '../../data/index.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { integerFrom } from '../terminal/options.ts'
import { closedBySignal } from './serve.ts'

interface DemonstratorOptions {
  readonly port: number
  readonly host: string
  readonly level?: 'weak' | 'medium' | 'strong'
  readonly outsideShare: number
  readonly titles?: string
  readonly recordings?: string
}

export function demonstratorCommand(): Command {
  return createCommand(
    'demonstrator',
    'answer as a language model would, by rule or from recordings, to try things without one',
    [
      'demonstrator datasets/coat --port 8790',
      'demonstrator --titles games.tsv --level weak --outside-share 0.8',
      'demonstrator --recordings recordings',
    ],
  )
    .argument(
      '[dataset]',
      'whose titles, genres and popularity the scripted demonstrator knows; it looks at nothing else of it',
    )
    .option(
      '--titles <file>',
      'or a .tsv or .tsv.gz file with the columns title, genres (| between) and, at will, popularity',
    )
    .option('--port <n>', 'the port; 0 takes a free one', integerFrom(0), 8790)
    .option('--host <address>', 'the address; 0.0.0.0 for every network', '127.0.0.1')
    .addOption(
      new Option(
        '--level <which>',
        'how good it is: any genre, genres that were liked, and popular titles of those (default: all three, by name)',
      ).choices(['weak', 'medium', 'strong']),
    )
    .option('--outside-share <share>', 'of its titles, how many no catalogue has', share, 0.5)
    .option(
      '--recordings <folder>',
      'also answer as a model did that was recorded there: episodes.jsonl or episodes.jsonl.gz',
    )
    .action(
      withTerminal<[string | undefined, DemonstratorOptions]>(async (terminal, folder, options) => {
        const { port, host, level, outsideShare, titles, recordings } = options
        const {
          createDemonstrator,
          knowledgeOf,
          LEVELS,
          RECORDED_MODEL,
          readTitles,
          recordedAnswers,
          scriptedAnswers,
          scriptedModel,
        } = await import('../../llm/demonstrator/index.ts')
        if (folder !== undefined && titles !== undefined)
          throw new TributaryError('bad-argument', 'titles come from a dataset or from --titles; give one of them')
        const models = new Map<string, (prompt: string, seed: number) => string | undefined>()
        const knowledge =
          folder !== undefined
            ? knowledgeOf(await openDataset(folder))
            : titles !== undefined
              ? await readTitles(titles)
              : undefined
        if (knowledge !== undefined)
          for (const one of level === undefined ? LEVELS : [level])
            models.set(scriptedModel(one), scriptedAnswers(knowledge, { level: one, outsideShare }))
        if (recordings !== undefined) models.set(RECORDED_MODEL, await recordedAnswers(recordings))
        if (models.size === 0)
          throw new TributaryError(
            'bad-argument',
            'there is nothing to answer from; give a dataset, --titles FILE or --recordings FOLDER',
          )
        const { listen } = await import('../../server/listen.ts')
        const listening = await listen(createDemonstrator({ models }), { port, host, closeOnSignal: false })
        const names = [...models.keys()]
        terminal.report(
          { url: listening.url, models: names },
          [
            `${names.join(', ')} at ${listening.url}; programs, no language model; Ctrl-C ends it`,
            `  ${commandLine('demonstrate', folder ?? 'DATASET', '--llm', listening.url, '--model', names[0], '--world-model', 'RUN', '--out', 'FOLDER')}`,
          ].join('\n'),
        )
        await closedBySignal(listening, terminal.signal)
      }),
    )
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return value
}
