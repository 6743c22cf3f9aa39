import { resolve, sep } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { defaultSplit, openDataset, splitDataset } from '../../data/index.ts'
import { refuseForeign } from '../../files/index.ts'
import type { DemonstrateOptions as AskOptions, Demonstrated } from '../../llm/agents/index.ts'
import type { Prices } from '../../llm/client/index.ts'
import {
  believedEnvironment,
  createEnvironment,
  DEMONSTRATIONS_FOLDER,
  describeDemonstrations,
  type Environment,
  LEAVE_RULES,
  leaveRuleText,
  logDemonstrations,
  parseLeaveRule,
  trainingRows,
  trainingView,
  writeDemonstrations,
} from '../../rl/index.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { formatDemonstrations, latencyOf, latencyText, spentText } from '../terminal/demonstrations.ts'
import { collect, integerFrom, numberWithin, prices, SPLIT_BY } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface DemonstrateOptions {
  readonly out: string
  readonly from?: 'log'
  readonly llm?: string
  readonly model?: string
  readonly agent: string
  readonly worldModel?: string
  readonly inTruth?: boolean
  readonly leave?: readonly string[]
  readonly maxLength: number
  readonly episodes?: number
  readonly budget?: readonly string[]
  readonly prices?: Prices
  readonly keyEnv?: string
  readonly embeddings?: string
  readonly prompts?: string
  readonly request?: Readonly<Record<string, unknown>>
  readonly concurrency: number
  readonly batch: number
  readonly temperature: number
  readonly maxTokens: number
  readonly discount: number
  readonly timeout: number
  readonly attempts: number
  readonly seed: number
  readonly answers?: string
  readonly resume?: boolean
  readonly splitBy?: string
  readonly overwrite?: boolean
}

/** As many as the users that BiLLP's model recommended to. */
const EPISODES = 100

export function demonstrateCommand(): Command {
  return createCommand('demonstrate', 'write episodes that somebody else played, for a policy to learn from', [
    'demonstrate datasets/coat --from log --out demonstrations/coat',
    'demonstrate datasets/coat --llm https://api.example.com/v1 --model gpt-4o-mini --world-model runs/world --budget 5000calls --out demonstrations/coat',
    'demonstrate datasets/coat --llm http://127.0.0.1:8790 --model scripted-demonstrator-v1/strong --world-model runs/world --out demonstrations/coat',
  ])
    .argument('<dataset>', 'a folder made by `tributary import`')
    .addOption(new Option('--from <what>', 'log: what users did, from the rows that train').choices(['log']))
    .option('--llm <url>', 'a language model: the address of an OpenAI-compatible API')
    .option('--model <name>', 'how that API calls the model')
    .option('--agent <name>', 'how it is asked: act-only, react, reflexion or billp', 'billp')
    .requiredOption('--out <folder>', 'the folder of demonstrations to write')
    .option('--world-model <run>', 'whom it recommends to: the users as a run of world-model believes them to be')
    .option('--in-truth', "or the users of the dataset's truth, which no policy that is judged there may learn from")
    .option('--leave <rule>', `when a user leaves: ${LEAVE_RULES}; repeatable (default: at the end only)`, collect)
    .option('--max-length <n>', 'turns after which an episode ends in any case', integerFrom(1), 50)
    .option(
      '--episodes <n>',
      `episodes at most; of a log, those of the first users (default: all of a log, else ${EPISODES})`,
      integerFrom(1),
    )
    .option('--budget <limit>', 'what may be spent in all: 500calls, 200000tokens or 2.50usd; repeatable', collect)
    .option(
      '--prices <prompt,answer>',
      'US dollars a million tokens of prompts and of answers, such as 0.15,0.60',
      prices,
    )
    .option(
      '--key-env <name>',
      'the environment variable that holds the key of the API (default: OPENAI_API_KEY, if it is set)',
    )
    .option(
      '--embeddings <model>',
      'a model of the API for vectors of titles (default: hashed sequences of letters, without any)',
    )
    .option('--prompts <folder>', "texts that replace those of the package's folder prompts, by their names")
    .option(
      '--request <json>',
      'fields of each request for an answer, in place of ours or beside them; null leaves one out: {"max_tokens": null, "max_completion_tokens": 256}',
      requestFields,
    )
    .option('--concurrency <n>', 'questions in flight at a time; it changes no answer', integerFrom(1), 4)
    .option('--batch <n>', 'episodes side by side, which learn from those before', integerFrom(1), 10)
    .option('--temperature <number>', 'of the answers', numberWithin(0, 2), 0.5)
    .option('--max-tokens <n>', 'of one answer', integerFrom(1), 256)
    .option('--discount <number>', 'of billp: of what later turns pay', numberWithin(0, 1), 0.5)
    .option('--timeout <seconds>', 'for one answer', numberWithin(0, 86_400), 120)
    .option('--attempts <n>', 'how often a question is asked until it is answered', integerFrom(1), 6)
    .option('--seed <n>', 'of who comes first and of whatever is drawn', integerFrom(0), 1)
    .option('--answers <folder>', "where answers are kept as they come (default: --out with '.answers' behind it)")
    .option('--resume', 'go on with the answers that are there: no question is asked twice')
    .option(...SPLIT_BY)
    .option('--overwrite', 'replace demonstrations that are there already; anything else is kept')
    .action(
      withTerminal<[string, DemonstrateOptions]>(async (terminal, folder, options) => {
        const { from, llm } = options
        if ((from === undefined) === (llm === undefined))
          throw new TributaryError(
            'bad-argument',
            `who demonstrates is ${from === undefined ? 'not said' : 'said twice'}; give --from log, or --llm URL with --model NAME`,
          )
        await refuseForeign(options.out, {
          replaces: options.overwrite || options.resume ? DEMONSTRATIONS_FOLDER : undefined,
        })
        if (llm === undefined) await fromLog(terminal, folder, options)
        else await fromModel(terminal, folder, llm, options)
      }),
    )
}

async function fromLog(terminal: Terminal, folder: string, options: DemonstrateOptions): Promise<void> {
  const { out, from, episodes, splitBy, overwrite } = options
  const dataset = await openDataset(folder)
  const split = splitDataset(dataset, splitBy ?? defaultSplit(dataset))
  const steps = logDemonstrations(dataset, { rows: trainingRows(trainingView(dataset, split)), episodes })
  const origin = { from, dataset: dataset.name, hash: dataset.hash, split: split.name }
  await writeDemonstrations(out, steps, { overwrite, origin })
  const description = describeDemonstrations(steps)
  terminal.report({ out, origin, ...description }, `${out}: ${formatDemonstrations(description)}`)
}

async function fromModel(terminal: Terminal, folder: string, url: string, options: DemonstrateOptions): Promise<void> {
  const {
    out,
    model,
    episodes = EPISODES,
    prices,
    budget = [],
    temperature,
    maxTokens,
    batch,
    discount,
    seed,
  } = options
  if (model === undefined)
    throw new TributaryError(
      'bad-argument',
      'the model to be asked is not named; give --model NAME, as the API calls it',
    )
  // Only here is a language model ever asked: whoever runs anything else loads nothing of it.
  const [{ demonstrate, findAgent }, { parseBudget, costOf }] = await Promise.all([
    import('../../llm/agents/index.ts'),
    import('../../llm/client/index.ts'),
  ])
  const agent = findAgent(options.agent)
  const { environment, split } = await simulated(folder, options)
  const answers = options.answers ?? `${out.replace(/[\\/]+$/, '')}.answers`
  if (`${resolve(answers)}${sep}`.startsWith(`${resolve(out)}${sep}`))
    throw new TributaryError(
      'bad-argument',
      `the answers cannot be kept in ${out}, which is written whole at the end; give another folder as --answers`,
    )
  const progress = terminal.progress(`demonstrate ${model}`, 'episodes')
  const asked: AskOptions = {
    environment,
    url,
    model,
    agent,
    embeddings: options.embeddings,
    keyName: options.keyEnv,
    fields: options.request,
    answers,
    resume: options.resume === true,
    budget: parseBudget(budget),
    prices,
    concurrency: options.concurrency,
    attempts: options.attempts,
    timeoutSeconds: options.timeout,
    prompts: options.prompts,
    episodes,
    batch,
    temperature,
    maxTokens,
    discount,
    seed,
    signal: terminal.signal,
    onWait: (sentence) => terminal.note(sentence),
    onProgress: (done, total, { spent }) =>
      progress.update(done, total, spentText(spent, prices && costOf(spent, prices))),
  }
  const demonstrated = await demonstrate(asked).finally(() => progress.end())
  const { dataset, leave, maxLength } = environment
  const { steps, episodes: played, outside, unread, refused, promptsHash, embedder, usage, stopped } = demonstrated
  const origin = {
    from: 'llm',
    endpoint: url,
    model,
    agent: agent.name,
    dataset: dataset.name,
    hash: dataset.hash,
    split,
    simulator: options.worldModel === undefined ? 'truth' : { worldModel: options.worldModel },
    leave: leave.map(leaveRuleText),
    maxLength,
    episodes: played,
    outsideCatalogue: outside,
    unread,
    refused,
    ...{ temperature, maxTokens, batch, discount, seed },
    grounding: embedder,
    prompts: promptsHash,
    ...(options.request && { request: options.request }),
    ...(stopped && { stopped: stopped.code }),
  }
  await writeDemonstrations(out, steps, { overwrite: options.overwrite || options.resume, origin })
  const description = describeDemonstrations(steps)
  const usd = prices && costOf(usage.spent, prices)
  terminal.report(
    {
      out,
      origin,
      ...description,
      spent: { ...usage.spent, ...(usd !== undefined && { usd }) },
      replayed: usage.replayed,
      seconds: latencyOf(usage.latencies),
      ...(stopped && { stopped: stopped.message }),
    },
    [
      `${out}: ${formatDemonstrations(description)}`,
      '',
      ...demonstrationNotes(demonstrated),
      `${spentText(usage.spent, usd)} in all; ${formatCount(usage.replayed)} questions were answered before${latencyText(usage.latencies)}`,
      ...(stopped === undefined
        ? []
        : [`${formatCount(played)} of ${formatCount(episodes)} episodes: ${stopped.message}`]),
      `next: ${commandLine('describe', out)}`,
    ].join('\n'),
  )
}

/** Whom the model recommends to. */
async function simulated(
  folder: string,
  { worldModel, inTruth, leave = [], maxLength, splitBy }: DemonstrateOptions,
): Promise<{ readonly environment: Environment; readonly split: string }> {
  const rules = { leave: leave.map(parseLeaveRule), maxLength }
  if ((worldModel === undefined) === (inTruth !== true))
    throw new TributaryError(
      'bad-argument',
      `whom the model recommends to is ${inTruth ? 'said twice' : 'not said'}; give --world-model RUN, the users as they are believed to be, or --in-truth, those of the dataset's truth`,
    )
  if (worldModel === undefined) {
    const dataset = await openDataset(folder)
    const split = splitDataset(dataset, splitBy ?? defaultSplit(dataset))
    return { environment: createEnvironment(trainingView(dataset, split), rules), split: split.name }
  }
  const { model, dataset, split } = await openTrainedRun(worldModel, { datasetFolder: folder })
  try {
    if (model.can?.worldModel === undefined)
      throw new TributaryError(
        'bad-argument',
        `${worldModel} holds no world model; give --world-model a run of world-model`,
      )
    const { rewards } = await model.can.worldModel()
    return { environment: believedEnvironment(trainingView(dataset, split), rewards, rules), split: split.name }
  } finally {
    await model.dispose()
  }
}

function demonstrationNotes({ outside, steps, unread, refused }: Demonstrated): string[] {
  const share = (100 * outside) / Math.max(1, steps.length)
  return [
    `${formatCount(outside)} of ${formatCount(steps.length)} titles (${share.toFixed(1)} %) are not in the catalogue; the nearest one was shown instead`,
    ...(unread === 0 ? [] : [`${formatCount(unread)} episodes ended since no title could be read from the answers`]),
    ...(refused === 0 ? [] : [`${formatCount(refused)} episodes ended since the model had nothing to say there (409)`]),
  ]
}

/** What makes a request ours, and must be. */
const OUR_FIELDS = ['model', 'messages', 'stream']

function requestFields(text: string): Readonly<Record<string, unknown>> {
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch {
    // Told below.
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new InvalidArgumentError('It must be a JSON object, such as {"top_p": 0.9}.')
  const ours = OUR_FIELDS.find((name) => name in fields)
  if (ours !== undefined) throw new InvalidArgumentError(`'${ours}' is not to be changed here.`)
  return { ...fields }
}
