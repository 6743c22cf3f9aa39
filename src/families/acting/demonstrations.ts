import { z } from 'zod'
import { type Demonstrations, Part, type TrainContext, TributaryError } from '../../core/index.ts'
import type { ActionSpace } from '../../rl/index.ts'

/** What `demonstrations` is set to for the training rows of the log. */
export const LOG = 'log'

/**
 * The option of a policy that learns from what others recommended. Its folder is recorded with the hash of its rows, and a resume refuses it
 * once it holds others.
 * @param fallback `log`, or '' where the policy learns nothing from demonstrations unless a folder is named
 */
export function demonstrationOptions(fallback: typeof LOG | '') {
  return {
    demonstrations: z
      .string()
      .default(fallback)
      .meta({ reads: 'folder' })
      .describe(
        `the folder of the demonstrations that it learns from (tributary demonstrate, tributary import billp); ${LOG}: the training rows of each user as one episode`,
      ),
  }
}

/**
 * The demonstrations that an option names, without those of items that the policy may not recommend.
 * @param named a folder, or `log`
 * @throws TributaryError `bad-config` where none is named, `mismatch` where nothing is left, and as `TrainContext.openDemonstrations`
 */
export async function takeDemonstrations(
  named: string,
  { items }: Pick<ActionSpace, 'items'>,
  context: Pick<TrainContext, 'dataset' | 'split' | 'openDemonstrations'>,
): Promise<Demonstrations> {
  if (named === '' || (named !== LOG && context.openDemonstrations === undefined))
    throw new TributaryError(
      'bad-config',
      `this policy learns from demonstrations; make a folder of them (tributary demonstrate, tributary import billp) and set demonstrations to it, or to ${LOG} for the training rows`,
    )
  const all = named === LOG ? logDemonstrations(context) : await context.openDemonstrations!(named)
  const open = new Set(items)
  const kept = selected(all, (row) => open.has(all.items[row]))
  if (kept.length > 0) return kept
  throw new TributaryError(
    'mismatch',
    `none of the ${all.length} demonstrations of ${named === LOG ? 'the log' : named} is of an item that this policy may recommend; check domain`,
  )
}

/** The training rows of each user as one episode, in the order of the log. A row pays its value; unknown where the log has none. */
export function logDemonstrations({ dataset, split }: Pick<TrainContext, 'dataset' | 'split'>): Demonstrations {
  const { log } = dataset
  const rows = Int32Array.from({ length: log.length }, (_, row) => row).filter((row) => split.part[row] === Part.train)
  const places = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++)
    places[i] = i > 0 && log.user[rows[i]] === log.user[rows[i - 1]] ? places[i - 1] + 1 : 1
  return {
    length: rows.length,
    episodes: rows.map((row) => log.user[row]),
    steps: places,
    users: rows.map((row) => log.user[row]),
    items: rows.map((row) => log.item[row]),
    rewards: Float32Array.from(rows, (row) => log.value?.[row] ?? Number.NaN),
    terminal: new Uint8Array(rows.length),
    model: new Int32Array(rows.length),
    models: [LOG],
    rows,
    dropped: { steps: 0, users: [], items: [] },
  }
}

function selected(all: Demonstrations, wanted: (row: number) => boolean): Demonstrations {
  const kept = Int32Array.from({ length: all.length }, (_, row) => row).filter(wanted)
  if (kept.length === all.length) return all
  const ints = (values: Int32Array) => kept.map((row) => values[row])
  const { dropped } = all
  return {
    ...all,
    length: kept.length,
    episodes: ints(all.episodes),
    steps: ints(all.steps),
    users: ints(all.users),
    items: ints(all.items),
    rewards: Float32Array.from(kept, (row) => all.rewards[row]),
    terminal: Uint8Array.from(kept, (row) => all.terminal[row]),
    model: ints(all.model),
    rows: ints(all.rows),
    dropped: { ...dropped, steps: dropped.steps + all.length - kept.length },
  }
}
