import { Comparer } from '../../workbench/index.ts'
import { pluginsIn } from '../terminal/command.ts'

/** Compares what a person picks in the studio, each time by `tributary compare --runs` in a process of its own. */
export function compareBeside(): Comparer {
  const [main] = process.argv.slice(1)
  return new Comparer({
    command: [process.execPath, ...process.execArgv, main],
    last: pluginsIn(process.argv).flatMap((file) => ['--plugin', file]),
  })
}
