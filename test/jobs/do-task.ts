// `tributary worker --job FILE`, but for the program that it begins: that of the tests of engines.
import { doTask } from '../../src/jobs/slurm/task.ts'
import { PROGRAM } from './program.ts'

const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
try {
  await doTask(process.argv.at(-1)!, { program: PROGRAM, version: 'x', signal: stop.signal })
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
