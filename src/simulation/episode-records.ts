import { readFile } from 'node:fs/promises'
import { type Dataset, quoted, type Trajectories, TributaryError } from '../core/index.ts'
import type { Environment, Mode } from '../rl/index.ts'

const MODE_CODES: Readonly<Record<Mode, string>> = { free: 'FB', noRepeat: 'NX_0', noRepeat10: 'NX_10' }

/** One episode, in the form of IL-Rec's published roll-outs; users and items by name. */
export interface EpisodeRecord {
  readonly trajectory_id: string
  readonly userid: string
  readonly evaluation_mode: string
  /** The kind of the leave rule that ended it, or `max-length`. */
  readonly termination_reason: string
  readonly steps: readonly {
    readonly step_index: number
    readonly action_id: string
    readonly reward: number
    readonly done: boolean
    /** `continue`, and at the last step the episode's. */
    readonly reason: string
    /** The user left for a low reward. */
    readonly terminal_failure: boolean
  }[]
}

/** The episodes of one mode. */
export function episodeRecords(
  mode: Mode,
  { users, lengths, items, rewards, endings, maxLength }: Trajectories,
  { dataset, rules }: Pick<Environment, 'dataset' | 'rules'>,
): EpisodeRecord[] {
  return Array.from(lengths, (length, episode) => {
    const ending = endings[episode] === -1 ? 'max-length' : rules[endings[episode]].kind
    return {
      trajectory_id: `${mode}:${episode}`,
      userid: dataset.users.name(users[episode]),
      evaluation_mode: MODE_CODES[mode],
      termination_reason: ending,
      steps: Array.from({ length }, (_, t) => {
        const done = t + 1 === length
        return {
          step_index: t,
          action_id: dataset.items.name(items[episode * maxLength + t]),
          reward: rewards[episode * maxLength + t],
          done,
          reason: done ? ending : 'continue',
          terminal_failure: done && ending === 'low-reward',
        }
      }),
    }
  })
}

/**
 * The users that a file names, one a line or as a JSON array, in its order.
 * @throws TributaryError `file-missing`, `bad-argument` for an empty file or a name that the dataset does not have
 */
export async function namedUsers(file: string, { name, users }: Pick<Dataset, 'name' | 'users'>): Promise<Int32Array> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new TributaryError(
      'file-missing',
      `cannot read the users of ${quoted(file)}: ${error.message}; --users takes drawn, in-turn, each or a file of names`,
    )
  })
  const names = listedNames(text, file)
  if (names.length === 0) throw new TributaryError('bad-argument', `${file} names no user; give one a line`)
  return Int32Array.from(names, (user) => {
    const id = users.id(user)
    if (id !== undefined) return id
    throw new TributaryError('bad-argument', `${file} names user ${quoted(user)}, whom ${quoted(name)} does not know`)
  })
}

function listedNames(text: string, file: string): string[] {
  if (!text.trimStart().startsWith('['))
    return text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '')
  try {
    return (JSON.parse(text) as unknown[]).map(String)
  } catch (error) {
    throw new TributaryError('bad-argument', `${file} begins as a JSON array and is none: ${(error as Error).message}`)
  }
}
