import { createHash } from 'node:crypto'
import { createRng, type Rng } from '../../math/index.ts'
import { parseScript, plain, type Script } from '../agents/script.ts'
import type { Knowledge, KnownTitle } from './knowledge.ts'

/** How good it is: any genre; a genre that the person liked; and of that the titles that many have met. */
export const LEVELS = ['weak', 'medium', 'strong'] as const
export type Level = (typeof LEVELS)[number]

export interface ScriptedOptions {
  readonly level: Level
  /** Share of the titles that no catalogue has. */
  readonly outsideShare: number
}

export type Answer = (prompt: string, seed: number) => string

export function scriptedModel(level: Level): string {
  return `scripted-demonstrator-v1/${level}`
}

/** Titles that are not recommended again so soon. */
const LAST_TURNS = 4
/** Genres between which it changes. */
const LIKED = 3

/**
 * Plays a language model by rule: it sees the text of the prompt, and of titles what is public. The same model, prompt and seed give the
 * same answer.
 */
export function scriptedAnswers(knowledge: Knowledge, { level, outsideShare }: ScriptedOptions): Answer {
  const known = new Map(knowledge.titles.map((title) => [plain(title.title), title]))
  const ofGenre = new Map<string, KnownTitle[]>()
  for (const title of knowledge.titles)
    for (const genre of title.genres) ofGenre.set(genre, [...(ofGenre.get(genre) ?? []), title])
  const genres = [...ofGenre.keys()].sort()
  const genresOf = (title = '') => known.get(title)?.genres ?? []

  /** Genres by how much the person seems to like them, the most first. */
  const liked = ({ history, turns }: Script, range: RewardRange): string[] => {
    const points = new Map<string, number>()
    const add = (title: string | undefined, n: number) => {
      for (const genre of genresOf(title)) points.set(genre, (points.get(genre) ?? 0) + n)
    }
    for (const title of history) add(title, 1)
    for (const { shown, reward = 0 } of turns) add(shown, 2 * shareOf(reward, range) - 1)
    return genres
      .filter((genre) => (points.get(genre) ?? 0) > 0)
      .sort((a, b) => (points.get(b) ?? 0) - (points.get(a) ?? 0))
  }

  const genreFor = (script: Script, range: RewardRange, rng: Rng): string | undefined => {
    const favorites = level === 'weak' ? [] : liked(script, range).slice(0, LIKED)
    const last = genresOf(script.turns.at(-1)?.shown)
    const fresh = favorites.filter((genre) => !last.includes(genre))
    const choices = [fresh, favorites, genres].find((some) => some.length > 0) ?? []
    return choices[rng.below(Math.max(1, choices.length))]
  }

  const titleFor = (script: Script, range: RewardRange, rng: Rng): string => {
    const genre = genreFor(script, range, rng)
    const recent = new Set(script.turns.slice(-LAST_TURNS).map(({ shown }) => shown))
    const all = genre === undefined ? knowledge.titles : (ofGenre.get(genre) ?? [])
    const open = all.filter(({ title }) => !recent.has(plain(title)))
    const choices = open.length > 0 ? open : all
    const chosen = choices[level === 'strong' ? drawn(choices, rng) : rng.below(choices.length)]
    const inside = plain(chosen.title)
    if (rng.float() >= outsideShare) return inside
    const other = plain(choices[rng.below(choices.length)].title)
    return outside(inside, other, known)
  }

  return (prompt, seed) => {
    const script = parseScript(prompt)
    const range = rangeIn(prompt)
    const digest = createHash('sha256')
      .update(`${scriptedModel(level)}\n${outsideShare}\n${prompt}`)
      .digest()
    const rng = createRng(digest.readUInt32LE()).split('answer', seed)
    const cue = prompt.trimEnd().split('\n').at(-1) ?? ''
    if (/^Thought \d+:$/.test(cue)) {
      const [first = 'anything', second = 'a change'] = level === 'weak' ? [] : liked(script, range)
      return `The person seems to like ${first} and ${second}; the next should be of one of them, and unlike the last.`
    }
    if (/^Action \d+:$/.test(cue)) return `recommend[${titleFor(script, range, rng)}]`
    if (cue === 'Value:') return String(valueOfEpisode(script, range, genresOf))
    const { left = false, shown = '' } = script.turns.at(-1) ?? {}
    const [genre = 'that kind'] = genresOf(shown)
    return left
      ? `The person left at one more of ${genre}; change sooner.`
      : `The person stayed; going on between kinds such as ${genre} is right.`
  }
}

interface RewardRange {
  readonly least: number
  readonly most: number
}

function rangeIn(prompt: string): RewardRange {
  const [, least, most] = /reward from (-?[\d.]+) to (-?[\d.]+\d)/.exec(prompt) ?? []
  return least === undefined ? { least: 1, most: 5 } : { least: Number(least), most: Number(most) }
}

function shareOf(reward: number, { least, most }: RewardRange): number {
  return most > least && Number.isFinite(reward) ? (reward - least) / (most - least) : 0.5
}

/** From rewards of late and how many kinds were among them. */
function valueOfEpisode(
  { turns }: Script,
  range: RewardRange,
  genresOf: (title?: string) => readonly string[],
): number {
  const late = turns.slice(-LAST_TURNS)
  if (late.length === 0) return 1
  const mean = late.reduce((sum, { reward = 0 }) => sum + shareOf(reward, range), 0) / late.length
  const kinds = new Set(late.map(({ shown }) => genresOf(shown)[0])).size
  return Math.max(-5, Math.min(5, Math.round(8 * (mean - 0.5)) + (kinds === late.length ? 1 : kinds === 1 ? -1 : 0)))
}

/** By popularity, each title with a vote of its own. */
function drawn(titles: readonly KnownTitle[], rng: Rng): number {
  const sum = titles.reduce((total, { popularity }) => total + 1 + popularity, 0)
  let point = rng.float() * sum
  for (const [place, { popularity }] of titles.entries()) {
    point -= 1 + popularity
    if (point < 0) return place
  }
  return titles.length - 1
}

/** The beginning of one title and the end of another, which sounds like both and is neither. */
function outside(one: string, other: string, known: ReadonlyMap<string, unknown>): string {
  const [first, last] = [one.split(' '), other.split(' ')]
  const blend = [...first.slice(0, Math.ceil(first.length / 2)), ...last.slice(Math.floor(last.length / 2))].join(' ')
  return known.has(blend) ? `${blend}: The Untold Story` : blend
}
