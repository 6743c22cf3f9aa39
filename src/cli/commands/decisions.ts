import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { parseBlend } from '../../evaluation/blend.ts'
import { type Checked, checkDecisions } from '../../serving/check-decisions.ts'
import { openModel, servedModel } from '../../serving/open-model.ts'
import { openStore } from '../../serving/store/open.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { BLEND, DATASET, FALLBACK, NEW_USERS, STORE, timeFrom } from '../terminal/options.ts'

interface DecisionsOptions {
  readonly store: string
  readonly since?: number
  readonly until?: number
  readonly dataset?: string
  readonly fallback: string
  readonly newUsers: string
  readonly blend: string
}

export function decisionsCommand(): Command {
  return createCommand('decisions', 'make the lists that a server has records of again, and compare them bit for bit', [
    'decisions runs/sasrec --store sqlite:tributary.db',
    'decisions runs/sasrec --store sqlite:tributary.db --since 2026-11-29T00:00:00Z',
  ])
    .argument('<run>', 'the run that answered; lists of other weights are counted and left out')
    .requiredOption(...STORE)
    .option('--since <time>', 'lists from this time on, such as 2026-11-29T20:41:00Z', timeFrom)
    .option('--until <time>', 'lists before this time', timeFrom)
    .option(...DATASET)
    .option(...FALLBACK)
    .option(...NEW_USERS)
    .option(...BLEND)
    .action(
      withTerminal<[string, DecisionsOptions]>(async (terminal, folder, options) => {
        const { since, until, fallback, newUsers, dataset } = options
        const as = { fallback, newUsers, blend: parseBlend(options.blend), threads: 1 }
        const store = await openStore(options.store)
        try {
          const opened = await openModel(folder, { ...as, datasetFolder: dataset })
          const model = servedModel(opened.run.spec.name, opened)
          const checked = await checkDecisions(store, model, { since, until, signal: terminal.signal })
          await model.dispose?.()
          terminal.report(checked, text(checked))
          if (checked.different > 0) throw differs(checked)
        } finally {
          await store.close()
        }
      }),
    )
}

const REASONS: Readonly<Record<keyof Checked['leftOut'], string>> = {
  'other-weights': 'made by other weights than those of this run',
  interleaved: 'put together by two models in turn',
  'not-kept': 'drawn of more items than a record keeps, by a catalogue that may have changed since',
}

function text({ decisions, same, different, leftOut, examples }: Checked): string {
  const others = Object.entries(leftOut).map(
    ([reason, count]) => `${count} left out: ${REASONS[reason as keyof Checked['leftOut']]}`,
  )
  return [
    `${decisions} lists: ${same} come out as they were recorded, ${different} do not`,
    ...others,
    ...examples.map(({ id, why }) => `  ${id}: ${why}`),
  ].join('\n')
}

function differs({ different, decisions }: Checked): TributaryError {
  const message = `${different} of ${decisions} lists do not come out as they were recorded; were they made with the same --fallback, --new-users and --blend?`
  return new TributaryError('mismatch', message)
}
