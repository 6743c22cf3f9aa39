import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { TributaryError } from '../../core/index.ts'
import { parseScript, plain, titleIn } from '../agents/script.ts'

export const RECORDED_MODEL = 'recorded-gpt-3.5-turbo-16k'

/** One recorded episode a line; what else a line has is not needed here. */
const episodeSchema = z.object({
  history: z.array(z.string()),
  steps: z.array(z.object({ thought: z.string().nullish(), requested: z.string() })),
})
type Episode = z.output<typeof episodeSchema>

/** The answer that was given on this path, or undefined off every recorded path. */
export type RecordedAnswer = (prompt: string, seed: number) => string | undefined

/**
 * Answers as a language model once did: for the same titles before the episode and the same actions so far, the thought or the title that
 * was recorded. What was shown for titles that no catalogue has, and what it paid, may have been something else there; so it must not be
 * used to say how that model would do elsewhere.
 * @param folder with `.jsonl` or `.jsonl.gz` files
 * @throws TributaryError `file-missing`, `file-damaged`
 */
export async function recordedAnswers(folder: string): Promise<RecordedAnswer> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new TributaryError('file-missing', `there is no folder ${folder} of recordings`, { cause: error })
  })
  const byHistory = new Map<string, Episode[]>()
  for (const name of names.filter((name) => /^episodes.*\.jsonl(\.gz)?$/.test(name)).sort())
    for (const episode of await readEpisodes(join(folder, name))) {
      const key = keyOf(episode.history)
      byHistory.set(key, [...(byHistory.get(key) ?? []), episode])
    }
  if (byHistory.size === 0)
    throw new TributaryError(
      'file-missing',
      `${folder} has no episodes.jsonl or episodes.jsonl.gz with recorded episodes`,
    )
  return (prompt, seed) => {
    const { history, turns } = parseScript(prompt)
    const [, kind, n] = /^(Thought|Action) (\d+):$/.exec(prompt.trimEnd().split('\n').at(-1) ?? '') ?? []
    const step = Number(n) - 1
    const before = turns.slice(0, step).map(({ requested = '' }) => requested)
    const alike = (byHistory.get(keyOf(history)) ?? []).filter(
      ({ steps }) =>
        steps.length > step && before.every((title, t) => title === titleIn(`recommend[${steps[t]?.requested}]`)),
    )
    if (kind === undefined || alike.length === 0) return undefined
    const thought = turns[step]?.thought
    const thinkers =
      thought === undefined ? [] : alike.filter(({ steps }) => plain(steps[step].thought ?? '', 2000) === thought)
    const choices = thinkers.length > 0 ? thinkers : alike
    const { steps } = choices[seed % choices.length]
    return kind === 'Thought' ? plain(steps[step].thought ?? '', 2000) : `recommend[${plain(steps[step].requested)}]`
  }
}

function keyOf(history: readonly string[]): string {
  return JSON.stringify(history.map((title) => plain(title)))
}

async function readEpisodes(path: string): Promise<Episode[]> {
  const bytes = await readFile(path)
  try {
    const text = path.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8')
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => episodeSchema.parse(JSON.parse(line)))
  } catch (error) {
    throw new TributaryError(
      'file-damaged',
      `${path} is no list of recorded episodes: each line must be an object with history and steps of thought and requested`,
      { cause: error },
    )
  }
}
