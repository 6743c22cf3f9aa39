import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { parseAssignments, TributaryError } from '../../core/index.ts'
import { accountOfSplit, type SplitAccount } from '../../data/index.ts'
import type { Division } from '../../rounds/index.ts'
import type { Run } from '../../runs/run.ts'
import type { TrainRunOptions } from '../../runs/train.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { ENGINES, engineName } from '../terminal/engine.ts'
import { modelHelp } from '../terminal/model-help.ts'
import {
  collect,
  epochSimulation,
  integerFrom,
  SIMULATE_EPISODES,
  SIMULATE_EVERY,
  SIMULATE_LEAVE,
  type SimulationOptions,
  SPLIT_BY,
  THREADS,
} from '../terminal/options.ts'
import { formatDuration } from '../terminal/progress.ts'
import { trainVisibly } from '../terminal/training.ts'
import { LOG_TO, loggedTo } from './log-to.ts'
import { gateByEpisodes } from './ope-episodes.ts'
import { divisionOf, type ShardsOptions, trainShardsVisibly } from './train-shards.ts'

interface TrainOptions extends SimulationOptions, ShardsOptions {
  readonly out: string
  readonly set?: readonly string[]
  readonly splitBy?: string
  readonly seed: number
  readonly threads: number
  readonly checkpointSeconds: number
  readonly resume?: boolean
  readonly resumePrevious?: boolean
  readonly overwrite?: boolean
  readonly warmStart?: string
  readonly logTo?: readonly string[]
  readonly gate?: 'ope'
  readonly gateLog?: string
}

export function trainCommand(): Command {
  return createCommand('train', 'train a model into a run directory', [
    'train sasrec datasets/shop --out runs/sasrec',
    'train sasrec datasets/shop --out runs/bpr --set loss=bpr --set epochs=50 --seed 2',
    'train sasrec datasets/shop --out runs/sasrec --resume',
    'train sasrec datasets/shop --out runs/sasrec --resume --set epochs=400',
    'train mbpo datasets/coat --out runs/mbpo --set worldModel=runs/world --simulate-every 1',
    'train sasrec datasets/shop --out runs/sasrec --shards 4 --on local:4',
    'train sasrec --help',
  ])
    .argument('<model>', 'what to train; `tributary models` lists all, `tributary help MODEL` its options')
    .argument('<dataset>', 'a folder made by `tributary import`')
    .requiredOption('--out <run>', 'the run directory to write')
    .option('--set <key=value>', 'an option of the model; repeatable', collect)
    .option(...SPLIT_BY)
    .option('--seed <n>', 'the source of all randomness', integerFrom(0), 1)
    .option(...THREADS)
    .option('--checkpoint-seconds <n>', 'least time between two checkpoints; 0 is one every epoch', integerFrom(0), 10)
    .option(...LOG_TO)
    .option(...SIMULATE_EVERY)
    .option(...SIMULATE_EPISODES)
    .option(...SIMULATE_LEAVE)
    .option(
      '--resume',
      'go on with a run from its last checkpoint; with --set epochs=… or patience=… raised, with a finished one, too',
    )
    .option('--resume-previous', 'the same from the checkpoint before, where the last one is damaged')
    .option(
      '--warm-start <run>',
      'begin with the weights of an earlier run of the model, by the names of users and items; its log may have been shorter',
    )
    .addOption(
      new Option(
        '--gate <how>',
        'end with exit code 1 where the new run is worse: ope, than who played the episodes of --gate-log, or where they do not say',
      ).choices(['ope']),
    )
    .option('--gate-log <file>', 'episodes of tributary simulate --log')
    .option(
      '--shards <n>',
      'deal the users to so many shards, which train side by side and are averaged again and again',
      integerFrom(1),
    )
    .option('--local-epochs <n>', 'with --shards: epochs between two averages (default: 1)', integerFrom(1))
    .option('--on <engine>', `with --shards: who trains them, ${ENGINES} (default: one after the other)`, engineName)
    .option('--overwrite', 'replace a run that is there already; anything else is kept')
    .addHelpText('after', ({ command }) => modelHelp(command.args[0]))
    .action(
      withTerminal<[string, string, TrainOptions]>(async (terminal, model, datasetFolder, options) => {
        const resume = options.resumePrevious ? 'previous' : (options.resume ?? false)
        if (resume && options.overwrite)
          throw new TributaryError(
            'bad-argument',
            '--resume goes on with a run and --overwrite replaces it; give one of them',
          )
        const { out, seed, threads, checkpointSeconds, gateLog } = options
        if ((options.gate === undefined) !== (gateLog === undefined))
          throw new TributaryError('bad-argument', '--gate ope judges by the episodes of --gate-log; give both or none')
        const simulation = epochSimulation(options)
        const division = divisionOf(options, {
          '--warm-start': options.warmStart,
          '--resume-previous': options.resumePrevious,
          '--log-to': options.logTo,
          '--simulate-every': simulation,
        })
        const log = loggedTo(terminal, options.logTo ?? [], out)
        let account: SplitAccount | undefined
        const plan: TrainRunOptions = {
          model,
          overrides: parseAssignments(options.set ?? []),
          datasetFolder,
          out,
          ...(options.splitBy !== undefined && { splitName: options.splitBy }),
          seed,
          threads,
          checkpointSeconds,
          resume,
          overwrite: options.overwrite ?? false,
          ...(options.warmStart !== undefined && { warmStart: options.warmStart }),
          simulation,
          onSplit: (dataset, split) => {
            account = accountOfSplit(dataset, split)
            for (const note of account.notes) terminal.note(`split ${split.name}: ${note}`)
          },
        }
        const training =
          division === undefined
            ? trainVisibly(terminal, plan, log.tell).then((trained) => trained.run)
            : trainShardsVisibly(terminal, options, { ...plan, division })
        const run = await training.catch(async (error: unknown) => {
          await log.end(error instanceof TributaryError && error.code === 'interrupted' ? 'stopped' : 'failed')
          // Stopped before its first step, a training leaves nothing to go on with.
          const begun = (await stat(out).catch(() => undefined)) !== undefined
          if (begun && error instanceof TributaryError && error.code === 'interrupted')
            throw new TributaryError(
              'interrupted',
              `${error.message}; go on with: ${commandLine('train', model, datasetFolder, '--out', out, '--resume', ...shardsWords(division))}`,
              { cause: error },
            )
          throw error
        })
        await log.end('finished')
        const { manifest } = run
        const result = manifest.result
        const report = await writeRunReport(run)
        const gate =
          gateLog === undefined ? undefined : await gateByEpisodes(terminal, out, { log: gateLog, seed, threads })
        terminal.report(
          {
            run: out,
            model,
            dataset: manifest.dataset.name,
            split: manifest.split,
            splitRows: account?.rows,
            splitNotes: account?.notes,
            seed: manifest.seed,
            report,
            ...(gate && { gate }),
            ...result,
          },
          [
            `${terminal.style.bold(model)} is trained: ${out}`,
            result &&
              `${result.epochs === 1 ? 'one epoch' : `${result.epochs} epochs`} in ${formatDuration(result.seconds)}, ` +
                // Trained domain by domain, a model has a best epoch a domain, which the reason names.
                `${manifest.config.sequences?.value === 'single' ? '' : `the weights are those of epoch ${result.bestEpoch} `}(${result.reason})`,
            ...(result?.cautions ?? []).map((caution) => `caution: ${caution}`),
            `report: ${report}`,
            gate && `gate: ${gate.reason}`,
            `next: ${commandLine(manifest.task === 'policy' ? 'simulate' : 'evaluate', out)}`,
          ]
            .filter(Boolean)
            .join('\n'),
        )
        if (gate?.passed === false)
          throw new TributaryError('not-supported', `${out} was trained, and the gate stays shut: ${gate.reason}`)
      }),
    )
}

function shardsWords(division: Division | undefined): string[] {
  if (division === undefined) return []
  return ['--shards', String(division.shards), '--local-epochs', String(division.localEpochs)]
}

/** Writes report.html into the run: what was set and how it learned. Returns its path. */
async function writeRunReport(run: Run): Promise<string> {
  // Loaded here because the libraries that draw take longer to load than most commands to run.
  const { manifestFacts, writeReport } = await import('../../pages/report.ts')
  const path = join(run.folder, 'report.html')
  const events = await run.readMetrics()
  await writeReport(path, {
    title: `${run.manifest.model} on ${run.manifest.dataset.name}`,
    facts: manifestFacts(run.manifest),
    // A model that is trained in one pass has no curve.
    ...(events.length > 1 && { curves: [{ name: run.manifest.model, events }] }),
    ...(run.manifest.task === 'policy' && {
      policies: { policies: [{ name: run.manifest.model, runs: [events] }], simulation: run.manifest.simulation },
    }),
  })
  return path
}
