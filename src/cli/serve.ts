import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { type ByName, TributaryError } from '../core/index.ts'
import { openFallback } from '../fallback.ts'
import type { Listening } from '../server/index.ts'
import { openTrainedRun, type TrainedRun } from '../train.ts'
import { createCommand, withTerminal } from './command.ts'
import { DATASET, FALLBACK, integerFrom, THREADS } from './options.ts'

interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly threads: number
  readonly dataset?: string
  readonly fallback: string
}

export function serveCommand(): Command {
  return createCommand('serve', 'answer POST /recommendations from trained models', [
    'serve runs/sasrec',
    'serve runs/sasrec runs/item-knn --port 9000 --host 0.0.0.0',
    'serve runs/syncrec --fallback auto',
  ])
    .argument('<runs...>', 'run directories; the first answers requests that name no model')
    .option('--port <n>', 'the port; 0 takes a free one', integerFrom(0), 8080)
    .option('--host <address>', 'the address; 0.0.0.0 for every network', '127.0.0.1')
    .option(...THREADS)
    .option(...DATASET)
    .option(...FALLBACK)
    .action(
      withTerminal<[string[], ServeOptions]>(async (terminal, folders, options) => {
        const { port, host, threads, dataset, fallback } = options
        if (fallback !== 'none' && folders.length > 1)
          throw new TributaryError(
            'bad-argument',
            `--fallback is for one run, not ${folders.length}; serve the others from another process`,
          )
        const runs: TrainedRun[] = []
        for (const folder of folders)
          runs.push(await openTrainedRun(folder, { threads, ...(dataset && { datasetFolder: dataset }) }))
        const names = servedNames(folders)
        const { scorer, domains: fallbacks } = await openFallback(runs[0]!, fallback, threads)
        const served = runs.map((run, i) => ({
          name: names[i]!,
          dataset: run.dataset,
          ...(i === 0 ? { model: scorer, fallbacks } : { model: run.model }),
        }))
        const { createServer, listen } = await import('../server/index.ts')
        const listening = await listen(createServer({ models: served }), { port, host, closeOnSignal: false })
        const { url } = listening
        const domain = runs[0]!.dataset.domains[0]!
        terminal.report(
          { url, models: names, ...(fallback !== 'none' && { fallback: fallbacks }) },
          [
            `serving ${names.join(', ')} at ${url}; Ctrl-C ends it`,
            ...(fallback === 'none' ? [] : fallbackLines(fallbacks)),
            `  ${curlCommand(url, { user: runs[0]!.dataset.users.name(0), domain, k: 5 })}`,
            `  also ${url}/health, /ready, /metrics, /domains, /openapi.json`,
          ].join('\n'),
        )
        await closedBySignal(listening, terminal.signal)
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

/** A request to paste into a shell. */
export function curlCommand(url: string, body: object): string {
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''")
  return `curl -s ${url}/recommendations -H 'Content-Type: application/json' -d '${quoted}'`
}

/** The folders' own names, or as they were given where two share one. */
function servedNames(folders: readonly string[]): readonly string[] {
  const names = folders.map((folder) => basename(resolve(folder)))
  return new Set(names).size === names.length ? names : folders
}
