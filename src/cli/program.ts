import { Command } from 'commander'
import { SUPERVISED } from '../jobs/index.ts'
import { loadPlugin } from '../runs/plugin.ts'
import { compareCommand } from './commands/compare.ts'
import { dataCommand } from './commands/data.ts'
import { decisionsCommand } from './commands/decisions.ts'
import { demonstrateCommand } from './commands/demonstrate.ts'
import { demonstratorCommand } from './commands/demonstrator.ts'
import { describeCommand } from './commands/describe.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { experimentCommand } from './commands/experiment.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { helpCommand } from './commands/help.ts'
import { importCommand } from './commands/import.ts'
import { jobsCommand } from './commands/jobs.ts'
import { keysCommand } from './commands/keys.ts'
import { modelsCommand } from './commands/models.ts'
import { opeCommand } from './commands/ope.ts'
import { quickstartCommand } from './commands/quickstart.ts'
import { recommendCommand } from './commands/recommend.ts'
import { reportCommand } from './commands/report.ts'
import { retrainCommand } from './commands/retrain.ts'
import { roundCommand } from './commands/round.ts'
import { serveCommand } from './commands/serve.ts'
import { simulateCommand } from './commands/simulate.ts'
import { storeCommand } from './commands/store.ts'
import { studioCommand } from './commands/studio.ts'
import { trainCommand } from './commands/train.ts'
import { transferCommand } from './commands/transfer.ts'
import { tuneCommand } from './commands/tune.ts'
import { vectorsCommand } from './commands/vectors.ts'
import { workerCommand } from './commands/worker.ts'
import { pluginsIn, prepare } from './terminal/command.ts'
import { withConfig } from './terminal/config.ts'
import { describeFailure } from './terminal/failure.ts'
import { createStyle, stop, write } from './terminal/terminal.ts'

/** The whole command line, ready to parse; `version` is what `--version` prints. */
export function createProgram(version: string): Command {
  const program = prepare(new Command('tributary'))
    .description(
      'One recommender from the logs of all your services, and for each service a verdict whether the others help it.',
    )
    .version(version)
    .helpCommand(false)
    .showSuggestionAfterError()
  for (const command of [
    quickstartCommand(),
    importCommand(),
    describeCommand(),
    dataCommand(),
    modelsCommand(),
    trainCommand(),
    evaluateCommand(),
    compareCommand(),
    transferCommand(),
    tuneCommand(),
    explainCommand(),
    simulateCommand(),
    demonstrateCommand(),
    demonstratorCommand(),
    vectorsCommand(),
    reportCommand(),
    recommendCommand(),
    exportCommand(),
    serveCommand(),
    studioCommand(),
    decisionsCommand(),
    opeCommand(),
    retrainCommand(),
    experimentCommand(),
    keysCommand(),
    storeCommand(),
    jobsCommand(),
    workerCommand(),
    roundCommand(),
    helpCommand(program),
  ])
    program.addCommand(command)
  return program
}

/** Shells report a process that SIGPIPE ended as 128 + 13. */
const UNREAD = 141

/** A terminal, a cluster and the process that watches over this one may all ask it to stop: that is one wish. */
const ONE_WISH_MILLISECONDS = 500

/** Does what the process was asked to do, and ends it. */
export async function runProgram(version: string): Promise<void> {
  // The first Ctrl-C asks the work to stop where it can be resumed; the second is for whoever cannot wait.
  let asked = Number.POSITIVE_INFINITY
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (performance.now() - asked > ONE_WISH_MILLISECONDS) process.exit(130)
      asked = Math.min(asked, performance.now())
      stop.abort()
    })
  // Killed, whoever watches over this process cannot end it any more; another may be given its work.
  if (process.env[SUPERVISED] !== undefined) {
    delete process.env[SUPERVISED]
    process.stdin.once('close', () => stop.abort()).resume()
  }
  // A reader that has seen enough (`tributary train … 2>&1 | head -1`) asks the work to stop, too.
  let unread = false
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') process.exit(1)
      unread = true
      stop.abort()
    })
  // Once both streams are written: idle threads of executors would keep the process alive.
  const exit = (code: number) =>
    process.stdout.write('', () => process.stderr.write('', () => process.exit(unread ? UNREAD : code)))

  try {
    for (const file of pluginsIn(process.argv.slice(2))) await loadPlugin(file)
    const words = await withConfig(createProgram(version), process.argv.slice(2))
    await createProgram(version).parseAsync([...words], { from: 'user' })
    exit(0)
  } catch (error) {
    const { text, exitCode } = describeFailure(error, process.argv.includes('--debug'))
    if (text !== '') write(process.stderr, `${text.replace(/^error:/, createStyle(process.stderr).red('error:'))}\n`)
    exit(exitCode)
  }
}
