import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Listening } from '../server/index.ts'
import { openTrainedRun, type TrainedRun } from '../train.ts'
import { createCommand, withTerminal } from './command.ts'
import { defaultThreads, integerFrom } from './options.ts'

interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly threads: number
  readonly dataset?: string
}

export function serveCommand(): Command {
  return createCommand('serve', 'answer POST /recommendations from trained models', [
    'serve runs/sasrec',
    'serve runs/sasrec runs/item-knn --port 9000 --host 0.0.0.0',
  ])
    .argument('<runs...>', 'run directories; the first answers requests that name no model')
    .option('--port <n>', 'the port; 0 takes a free one', integerFrom(0), 8080)
    .option('--host <address>', 'the address; 0.0.0.0 for every network', '127.0.0.1')
    .option('--threads <n>', 'threads of the executor', integerFrom(1), defaultThreads())
    .option('--dataset <folder>', 'where the dataset is, if it has moved since the training')
    .action(
      withTerminal<[string[], ServeOptions]>(async (terminal, folders, { port, host, threads, dataset }) => {
        const runs: TrainedRun[] = []
        for (const folder of folders)
          runs.push(await openTrainedRun(folder, { threads, ...(dataset && { datasetFolder: dataset }) }))
        const names = servedNames(folders)
        const served = runs.map((run, i) => ({ name: names[i]!, model: run.model, dataset: run.dataset }))
        const { createServer, listen } = await import('../server/index.ts')
        const listening = await listen(createServer({ models: served }), { port, host, closeOnSignal: false })
        const { url } = listening
        const domain = runs[0]!.dataset.domains[0]!
        terminal.report(
          { url, models: names },
          [
            `serving ${names.join(', ')} at ${url}; Ctrl-C ends it`,
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
