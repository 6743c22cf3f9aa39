import { parseAssignments } from '../../core/index.ts'
import type { EvaluateOptions } from '../../evaluation/measures/index.ts'
import { type Entry, entryOf, refuseUnalike } from '../../experiments/entry.ts'

/**
 * Reads `sasrec,sasrec:sequences=single,popularity`. Everything is checked here, before hours of training.
 * @throws TributaryError `unknown-name`, `bad-config`, and `bad-argument` for a model given twice or models
 * that are not measured alike
 */
export function parseEntries(
  text: string,
  asked?: Pick<EvaluateOptions, 'episodes' | 'ranked' | 'positiveAbove'>,
): readonly Entry[] {
  const entries = text.split(',').map((part) => {
    const label = part.trim()
    const [name = '', ...settings] = label.split(':')
    return entryOf(name, parseAssignments(settings), label)
  })
  refuseUnalike(entries, asked)
  return entries
}
