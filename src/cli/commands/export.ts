import { type Command, Option } from 'commander'
import { openTrainedRun } from '../../runs/open.ts'
import { VECTOR_FORMATS, type VectorFormat, writeVectors } from '../../serving/batch/vectors.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { DATASET, THREADS } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'

interface ExportOptions {
  readonly format: VectorFormat
  readonly out: string
  readonly overwrite?: boolean
  readonly dataset?: string
  readonly threads: number
}

export function exportCommand(): Command {
  return createCommand('export', 'write the vectors of users and items of a trained model, with their names', [
    'export runs/sasrec --out vectors',
    'export runs/bprmf --format npy --out vectors',
  ])
    .argument('<run>', 'a run directory made by `tributary train`, of a model that ranks by products of vectors')
    .requiredOption('--out <folder>', 'a new folder for the vectors and a README.json that says what they are')
    .addOption(new Option('--format <name>', 'of the files').choices(VECTOR_FORMATS).default('parquet'))
    .option('--overwrite', 'replace vectors that are there already')
    .option(...DATASET)
    .option(...THREADS)
    .action(
      withTerminal<[string, ExportOptions]>(async (terminal, folder, options) => {
        const { format, out, overwrite, dataset, threads } = options
        const opened = await openTrainedRun(folder, { threads, ...(dataset && { datasetFolder: dataset }) })
        const progress = terminal.progress(`vectors of ${opened.spec.name}`, 'users')
        const said = await writeVectors(opened, out, format, {
          overwrite,
          signal: terminal.signal,
          onProgress: (done, total) => progress.update(done, total),
        }).finally(() => progress.end())
        await opened.model.dispose()
        const { items, users, width, score } = said
        terminal.report(
          { out, ...said },
          [
            `${out}: vectors of ${formatCount(width)} numbers, ${formatCount(items.rows)} of items and ${formatCount(users.rows)} of users${users.byDomain ? ' by domain' : ''}`,
            ...(items.leftOut > 0 ? [`${formatCount(items.leftOut)} items without training rows are left out`] : []),
            `score: ${score}`,
          ].join('\n'),
        )
      }),
    )
}
