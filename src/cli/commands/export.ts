import { type Command, Option } from 'commander'
import { openTrainedRun } from '../../runs/open.ts'
import { type WrittenOnnx, writeOnnx } from '../../serving/batch/onnx.ts'
import { VECTOR_FORMATS, type VectorFormat, type WrittenVectors, writeVectors } from '../../serving/batch/vectors.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { DATASET, THREADS } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'

interface ExportOptions {
  readonly format: VectorFormat | 'onnx'
  readonly out: string
  readonly overwrite?: boolean
  readonly dataset?: string
  readonly threads: number
}

export function exportCommand(): Command {
  return createCommand(
    'export',
    'write the vectors of users and items of a trained model, with their names, or all of it as an ONNX file',
    [
      'export runs/sasrec --out vectors',
      'export runs/bprmf --format npy --out vectors',
      'export runs/sasrec --format onnx --out model',
    ],
  )
    .argument('<run>', 'a run directory made by `tributary train`, of a model that ranks by products of vectors')
    .requiredOption('--out <folder>', 'a new folder for the files and a README.json that says what they are')
    .addOption(
      new Option('--format <name>', 'of the vectors, or onnx: the graph that scores')
        .choices([...VECTOR_FORMATS, 'onnx'])
        .default('parquet'),
    )
    .option('--overwrite', 'replace an export that is there already')
    .option(...DATASET)
    .option(...THREADS)
    .action(
      withTerminal<[string, ExportOptions]>(async (terminal, folder, options) => {
        const { format, out, overwrite, dataset, threads } = options
        const opened = await openTrainedRun(folder, { threads, ...(dataset && { datasetFolder: dataset }) })
        const progress = terminal.progress(`vectors of ${opened.spec.name}`, 'users')
        const how = {
          overwrite,
          signal: terminal.signal,
          onProgress: (done: number, total: number) => progress.update(done, total),
        }
        const write = async () =>
          format === 'onnx'
            ? toldOnnx(out, await writeOnnx(opened, out, how))
            : toldVectors(out, await writeVectors(opened, out, format, how))
        const { said, text } = await write().finally(async () => {
          progress.end()
          await opened.model.dispose()
        })
        terminal.report({ out, ...said }, text)
      }),
    )
}

function toldVectors(out: string, said: WrittenVectors) {
  const { items, users, width, score } = said
  const text = [
    `${out}: vectors of ${formatCount(width)} numbers, ${formatCount(items.rows)} of items and ${formatCount(users.rows)} of users${users.byDomain ? ' by domain' : ''}`,
    ...(items.leftOut > 0 ? [`${formatCount(items.leftOut)} items without training rows are left out`] : []),
    `score: ${score}`,
  ]
  return { said, text: text.join('\n') }
}

function toldOnnx(out: string, said: WrittenOnnx) {
  const put = (named: Readonly<Record<string, string>>) =>
    Object.entries(named).map(([name, what]) => `  ${name.padEnd(8)} ${what}`)
  const text = [
    `${out}/model.onnx: ${said.model}, ${formatCount(said.items.rows)} items`,
    'goes in:',
    ...put(said.inputs),
    'comes out:',
    ...put(said.outputs),
  ]
  return { said, text: text.join('\n') }
}
