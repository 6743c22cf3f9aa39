import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { type Command, Option } from 'commander'
import { type ByName, byName, TributaryError } from '../../core/index.ts'
import { parseBlend } from '../../evaluation/blend.ts'
import type { Listening } from '../../server/index.ts'
import { parseDrawPolicy } from '../../serving/draw-policy.ts'
import { Lineup } from '../../serving/lineup.ts'
import { Models } from '../../serving/models.ts'
import { foldersOf, type OpenedModel, servedModel, servedNames } from '../../serving/open-model.ts'
import { openStore } from '../../serving/store/open.ts'
import { openInThread } from '../../serving/thread/open.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { BLEND, collect, DATASET, FALLBACK, integerFrom, NEW_USERS, STORE } from '../terminal/options.ts'
import { compareBeside } from './compare-beside.ts'
import { type AccessOptions, ALLOW_NO_KEYS, AUDIT_LOG, openAccess, RATE, REQUEST_LOG } from './serve-access.ts'
import { evaluateBeside } from './serve-evaluations.ts'
import { retrainNowAndThen } from './serve-retraining.ts'
import { trainBeside } from './train-beside.ts'

interface ServeOptions extends AccessOptions {
  readonly port: number
  readonly host: string
  readonly threads: number
  readonly allowHost?: readonly string[]
  readonly unknown?: 'answer' | 'refuse'
  readonly dataset?: string
  readonly fallback: string
  readonly newUsers: string
  readonly blend: string
  readonly store?: string
  readonly runs?: string
  readonly retrain?: string
  readonly explore: string
}

export function serveCommand(): Command {
  return createCommand('serve', 'answer POST /v1/recommendations from trained models', [
    'serve runs/sasrec',
    'serve new=runs/sasrec old=runs/item-knn --port 9000 --host 0.0.0.0',
    'serve runs/syncrec --fallback auto',
    'serve runs/sasrec --new-users runs/marco',
    'serve runs/sasrec --store sqlite:tributary.db',
  ])
    .argument(
      '<models...>',
      'run directories, or NAME=RUN to be asked for by that name; the first answers requests that name no model',
    )
    .option('--port <n>', 'the port; 0 takes a free one', integerFrom(0), 8080)
    .option('--host <address>', 'the address; 0.0.0.0 for every network', '127.0.0.1')
    .option(
      '--allow-host <name>',
      'a name that requests may have in their Host header beside localhost; repeatable (default: with --host 127.0.0.1 none, else any)',
      collect,
    )
    .addOption(
      new Option(
        '--unknown <which>',
        'what requests get that name a user or item the model has never seen: answer (without it) or refuse (default: refuse; with --store answer)',
      ).choices(['answer', 'refuse']),
    )
    .option('--threads <n>', 'threads of the executor; any number gives the same results', integerFrom(1), 1)
    .option(...DATASET)
    .option(...FALLBACK)
    .option(...NEW_USERS)
    .option(...BLEND)
    .option(...STORE)
    .option(...RATE)
    .option(...REQUEST_LOG)
    .option(...AUDIT_LOG)
    .option(...ALLOW_NO_KEYS)
    .option(
      '--explore <how>',
      'how lists are drawn, so that another policy can be judged by what comes of them: none (as the model draws), plackett-luce:TEMPERATURE[:CANDIDATES] or epsilon:SHARE[:CANDIDATES[:RANK,RANK…]]',
      'none',
    )
    .option('--runs <folder>', 'where the runs are that may be added while the server runs (default: none may)')
    .option(
      '--retrain <plan>',
      'train again on the events of the store, now and then, as `tributary retrain --plan` (default: never)',
    )
    .action(
      withTerminal<[string[], ServeOptions]>(async (terminal, args, options) => {
        const { port, host, threads, allowHost, unknown, dataset, fallback, newUsers } = options
        const blend = parseBlend(options.blend)
        const policy = parseDrawPolicy(options.explore)
        const drawn = policy && { policy }
        const forOne = fallback !== 'none' ? '--fallback' : newUsers !== 'none' ? '--new-users' : undefined
        if (forOne !== undefined && args.length > 1)
          throw new TributaryError(
            'bad-argument',
            `${forOne} is for one run, not ${args.length}; serve the others from another process`,
          )
        // First: what is wrong with it is found out before minutes of opening models.
        const store = options.store === undefined ? undefined : await openStore(options.store)
        const { close: closeLogs, lines: accessLines, ...access } = await openAccess(options, store, host, terminal)
        const added = { threads, blend, newUsers: 'none', fallback: fallback === 'auto' ? fallback : 'none' }
        const openAdded = async (name: string, folder: string) => ({
          ...servedModel(name, await openInThread(folder, added)),
          ...drawn,
        })
        const noteFailure = (error: unknown) => terminal.note(error instanceof Error ? error.message : String(error))
        const asked = args.map(namedRun)
        const opened: OpenedModel[] = []
        for (const { folder } of asked)
          opened.push(await openInThread(folder, { fallback, newUsers, blend, threads, datasetFolder: dataset }))
        const nameOf = servedNames(opened.flatMap(foldersOf))
        const names = asked.map(({ name, folder }) => name ?? nameOf(folder))
        const models = new Models(opened.map((one, i) => ({ ...servedModel(names[i], one, nameOf), ...drawn })))
        const lineup = store && new Lineup({ models, store, runs: options.runs, open: openAdded, onError: noteFailure })
        await lineup?.follow()
        const [first] = opened
        const blends = byName(opened.flatMap(({ served }) => [...served.blends]))
        const champion = `${names[0]}=${asked[0].folder}`
        const { retrain: plan, runs } = options
        const retrainer =
          plan === undefined ? undefined : retrainNowAndThen({ plan, store: options.store, runs, champion }, terminal)
        const evaluator =
          store &&
          evaluateBeside(
            {
              store,
              url: options.store as string,
              runs,
              models: asked.map(({ folder }, i) => `${names[i]}=${folder}`),
              as: ['--fallback', fallback, '--new-users', newUsers, '--blend', options.blend],
            },
            noteFailure,
          )
        const { createServer, curlCommand, isStudioBuilt, isThisMachine, listen } = await import(
          '../../server/index.ts'
        )
        const { Workbench } = await import('../../workbench/index.ts')
        // Those that answer are runs, too.
        const below = runs === undefined ? [] : [fromHere(runs)]
        const workbench = new Workbench({ folders: [...below, ...asked.map(({ folder }) => fromHere(folder))] })
        // Without keys, only this machine may use its processors so.
        const trainer = runs !== undefined && (store || isThisMachine(host)) ? trainBeside(workbench, below) : undefined
        const comparer = trainer && compareBeside()
        const app = createServer({
          models,
          workbench,
          ...(comparer && { comparer }),
          ...(trainer && { trainer }),
          ...(unknown && { unknown }),
          ...(store && { store }),
          ...(lineup && { lineup }),
          ...(retrainer && { retrainer }),
          ...(evaluator && { evaluator }),
          ...access,
        })
        const listening = await listen(app, { port, host, allowedHosts: allowHost, closeOnSignal: false }).catch(
          async (error: unknown) => {
            await models.close()
            throw error
          },
        )
        retrainer?.follow()
        const { url } = listening
        const domain = first.run.dataset.domains[0]
        terminal.report(
          {
            url,
            models: names,
            ...(fallback !== 'none' && { fallback: first.served.fallbacks }),
            ...(newUsers !== 'none' && { newUsers: first.served.newUsers }),
            ...(blend !== 0 && { blend: blends }),
          },
          [
            `serving ${names.join(', ')} at ${url}; Ctrl-C ends it`,
            ...(fallback === 'none' ? [] : fallbackLines(first.served.fallbacks)),
            ...newUsersLines(first.served.newUsers),
            ...(blend === 0 ? [] : blendLines(blends)),
            `  ${curlCommand(url, { user: first.run.dataset.users.name(0), domain, k: 5 })}`,
            ...accessLines,
            ...(isStudioBuilt() ? [`  look at it in the browser: ${url}/studio`] : []),
            `  also ${url}/health, /ready, /metrics, /v1/domains, /openapi.json`,
          ].join('\n'),
        )
        await closedBySignal(listening, terminal.signal)
        await retrainer?.end()
        await trainer?.end()
        await comparer?.end()
        await evaluator?.end()
        await lineup?.close()
        await models.close()
        await closeLogs()
        await store?.close()
      }),
    )
}

/** Resolves when the user has asked to stop and every request in flight is answered. */
export async function closedBySignal(listening: Listening, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => void listening.close(), { once: true })
  if (signal.aborted) void listening.close()
  await listening.closed
}

/** Who answers in place of the run, a line a domain. */
export function fallbackLines(fallbacks: ByName<string>): readonly string[] {
  const lines = [...fallbacks].map(([domain, folder]) => `  ${domain}: answered by ${folder}`)
  return lines.length > 0 ? lines : ['  no domain has a fallback: validation cases show harm in none']
}

/** Who answers for users who are new, a line a domain. */
export function newUsersLines(newUsers: ByName<string>): readonly string[] {
  return [...newUsers].map(([name, folder]) => `  users who are new in ${name}: answered by ${folder}`)
}

/** How much popularity counts, a line a run. */
export function blendLines(blends: ByName<number>): readonly string[] {
  const lines = [...blends].map(
    ([folder, weight]) => `  ${folder}: prediction + ${weight} ln(1 + training rows of an item)`,
  )
  return lines.length > 0 ? lines : ['  popularity counts in no list beside predictions']
}

/** As seen from where the server was started: what it answers does not say where that is, and commands given there can be pasted. */
function fromHere(folder: string): string {
  return relative('.', folder) || '.'
}

/** `NAME=RUN` or `RUN`. A folder that is there under all of the text is a run, since compared runs have `=` in their names. */
export function namedRun(text: string): { readonly name?: string; readonly folder: string } {
  const [, name, folder] = /^([^=/\\]+)=(.+)$/s.exec(text) ?? []
  return name === undefined || folder === undefined || existsSync(text) ? { folder: text } : { name, folder }
}
