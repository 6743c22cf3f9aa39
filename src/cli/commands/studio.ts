import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { Workbench } from '../../workbench/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { integerFrom } from '../terminal/options.ts'
import { compareBeside } from './compare-beside.ts'
import { closedBySignal } from './serve.ts'
import { trainBeside } from './train-beside.ts'

interface StudioOptions {
  readonly port: number
  readonly host: string
  readonly allowNoKeys?: boolean
}

/** Where runs lie as a rule; those that are there are looked at when no folder is named. */
const USUAL = ['runs', '.tributary']
/** What is trained from there. */
const DATASETS = 'datasets'

export function studioCommand(): Command {
  return createCommand('studio', 'look at runs in the browser: curves, comparisons, verdicts; start trainings', [
    'studio',
    'studio runs /data/other-runs --port 9000',
  ])
    .argument(
      '[folders...]',
      'folders that runs and datasets lie in or anywhere below; new runs come into the first (default: runs, .tributary and datasets, where they are)',
    )
    .option('--port <n>', 'the port; 0 takes a free one', integerFrom(0), 8080)
    .option('--host <address>', 'the address; 0.0.0.0 for every network, which needs --allow-no-keys', '127.0.0.1')
    .option('--allow-no-keys', 'let everybody who reaches the address look at everything and start trainings')
    .action(
      withTerminal<[string[], StudioOptions]>(async (terminal, asked, { port, host, allowNoKeys = false }) => {
        const missing = asked.find((folder) => !existsSync(folder))
        if (missing !== undefined) throw new TributaryError('file-missing', `there is no folder ${missing}`)
        const folders = asked.length > 0 ? asked : [...USUAL, DATASETS].filter((folder) => existsSync(folder))
        const { createServer, isStudioBuilt, isThisMachine, listen } = await import('../../server/index.ts')
        if (!isThisMachine(host) && !allowNoKeys)
          throw new TributaryError(
            'no-access',
            `others reach ${host}, and the studio asks nobody for a key: they could read everything and start trainings; put it behind a gateway and say --allow-no-keys, or let tributary serve show it, which has keys`,
          )
        if (!isStudioBuilt())
          throw new TributaryError(
            'file-missing',
            'the pages of the studio are not built; build them with: npm run build:web',
          )
        const workbench = new Workbench({ folders })
        const trainer = trainBeside(
          workbench,
          folders.filter((folder) => folder !== DATASETS || asked.length > 0),
        )
        const comparer = compareBeside()
        const app = createServer({ models: [], workbench, trainer, comparer })
        const listening = await listen(app, { port, host, closeOnSignal: false })
        const url = `${listening.url}/studio`
        const where =
          folders.length > 0 ? `runs below ${folders.join(', ')}` : 'no runs yet: neither runs nor .tributary is here'
        terminal.report({ url, folders }, `the studio is at ${url} (${where}); Ctrl-C ends it`)
        await closedBySignal(listening, terminal.signal)
        await trainer.end()
        await comparer.end()
      }),
    )
}
