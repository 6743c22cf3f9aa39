import { Comparer } from '../../workbench/index.ts'
import { sharedWords, thisProgram } from '../terminal/engine.ts'

/** Compares what a person picks in the studio, each time by `tributary compare --runs` in a process of its own. */
export function compareBeside(): Comparer {
  return new Comparer({ command: thisProgram(), last: sharedWords() })
}
