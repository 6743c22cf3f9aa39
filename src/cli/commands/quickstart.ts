import { join } from 'node:path'
import type { Command } from 'commander'
import { type Dataset, TributaryError } from '../../core/index.ts'
import { buildDataset, defaultSplit, demoWorld, openDataset, writeDataset } from '../../data/index.ts'
import { verdictsOn } from '../../experiments/compare.ts'
import type { Entry } from '../../experiments/entry.ts'
import { comparisonNotes } from '../../pages/compare-text.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { parseEntries } from '../terminal/entries.ts'
import { integerFrom } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import { compareVisibly } from './compare.ts'
import { closedBySignal } from './serve.ts'
import { BEST, meansText, verdictsText } from './verdicts.ts'

interface QuickstartOptions {
  readonly out: string
  readonly serve: boolean
  readonly port: number
  readonly threads: number
}

/** The world that docs and tests know. */
const DEMO_SEED = 1

/** Small and quick to learn, since newcomers wait; the same for the mixed model and its twin, so that they can be compared. */
const SETTINGS = 'width=32:inner=32:layers=1:heads=1:maxLength=32:dropout=0.3:learningRate=0.003:epochs=60:patience=4'

/** The single-domain twin first: everything is held against it. */
const MODELS: Readonly<Record<string, string>> = {
  'sasrec single-domain': `sasrec:${SETTINGS}:sequences=single`,
  'sasrec mixed': `sasrec:${SETTINGS}:sequences=mixed`,
  'item-knn': 'item-knn',
  popularity: 'popularity',
}

export function quickstartCommand(): Command {
  return (
    createCommand('quickstart', 'the whole way on a demo world: data, training, verdicts, a server', [
      'quickstart',
      'quickstart --no-serve --out /tmp/demo',
    ])
      .option('--out <dir>', 'where everything goes; asked again, what is there is reused', '.tributary/quickstart')
      .option('--no-serve', 'end after the verdicts')
      .option('--port <n>', 'the port to serve at; 0 takes a free one', integerFrom(0), 8080)
      // A second thread costs more than it gives on matrices as small as these.
      .option('--threads <n>', 'threads of the executor', integerFrom(1), 1)
      .action(
        withTerminal<[QuickstartOptions]>(async (terminal, { out, serve, port, threads }) => {
          const datasetFolder = join(out, 'dataset')
          const world = buildDataset('demo', demoWorld(DEMO_SEED))
          await ensureDataset(world, datasetFolder)
          terminal.note(
            `demo world of ${world.domains.length} services: ${formatCount(world.log.length)} interactions of ` +
              `${formatCount(world.users.size)} users with ${formatCount(world.items.size - 1)} items (${datasetFolder})`,
          )
          const entries = Object.entries(MODELS).flatMap(([label, text]) =>
            parseEntries(text).map((entry) => ({ ...entry, label })),
          )
          const [twin, mixed] = entries as [Entry, Entry, ...Entry[]]
          const splitName = defaultSplit(world)
          const outcome = await compareVisibly(terminal, {
            entries,
            datasetFolder,
            splitName,
            seeds: [1],
            out,
            threads,
          })
          const { comparison } = outcome
          const { writeComparison } = await import('../../pages/comparison.ts')
          const { results, report } = await writeComparison(out, 'Quickstart: five services, one model', outcome)
          const { folder: run } = outcome.runs[entries.indexOf(mixed)][0]
          const result = { out, run, report, verdicts: verdictsOn(comparison, mixed.label), ...results }
          const lines = [
            `one seed, 95 % intervals over users${BEST}`,
            meansText(comparison),
            '',
            'does one model for all services serve each of them better than a model of its own?',
            verdictsText(comparison, twin, mixed, terminal.style),
            '',
            ...comparisonNotes(comparison),
            `${comparison.described} Split: ${splitName}.`,
            `report: ${report}`,
          ]
          if (!serve) {
            lines.push(
              `next: ${commandLine('recommend', run, '--user', world.users.name(0), '--domain', world.domains[0], '-k', '5')}`,
            )
            terminal.report(result, lines.join('\n'))
            return
          }
          const { model, dataset } = await openTrainedRun(run, { threads })
          const { createServer, curlCommand, isStudioBuilt, listen } = await import('../../server/index.ts')
          const { Workbench } = await import('../../workbench/index.ts')
          const workbench = new Workbench({ folders: [out] })
          const app = createServer({ models: [{ name: 'sasrec', model, dataset }], workbench })
          const listening = await listen(app, { port, closeOnSignal: false })
          const question = { user: dataset.users.name(0), domain: dataset.domains[0], k: 5 }
          lines.push(
            '',
            `serving at ${listening.url}; Ctrl-C ends it.${isStudioBuilt() ? ` Look at it in the browser: ${listening.url}/studio` : ''}`,
            'Try:',
            `  ${curlCommand(listening.url, question)}`,
          )
          terminal.report({ ...result, url: listening.url }, lines.join('\n'))
          await closedBySignal(listening, terminal.signal)
        }),
      )
  )
}

/** @throws TributaryError `file-exists` when the folder holds something else */
async function ensureDataset(world: Dataset, folder: string): Promise<void> {
  const present = await openDataset(folder).catch((error: unknown) => {
    if (error instanceof TributaryError && error.code === 'file-missing') return undefined
    throw error
  })
  if (present === undefined) await writeDataset(world, folder)
  else if (present.hash !== world.hash)
    throw new TributaryError(
      'file-exists',
      `${folder} holds another dataset than this version's demo world; remove it or choose another --out`,
    )
}
