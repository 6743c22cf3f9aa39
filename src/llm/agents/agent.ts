import type { Rng } from '../../math/index.ts'
import type { Conversation } from './conversation.ts'
import type { Notes } from './memory.ts'
import type { Turn } from './script.ts'

/** A way of asking a language model what to recommend. Adding one is one file here and one line in the list. */
export interface Agent {
  readonly name: string
  readonly summary: string
  begin(stage: Stage): Player
}

/** What an agent has in one episode. */
export interface Stage {
  readonly conversation: Conversation
  /** What it and others have noted in episodes that are over. */
  readonly memories: Memories
  /** All genres of the catalogue, and those of an item by its title. */
  readonly genres: readonly string[]
  genresOf(title: string): readonly string[]
  readonly rng: Rng
  /** A reward as a share of the way from the least to the most that is paid. */
  share(reward: number): number
  /** Of later rewards. */
  readonly discount: number
}

export interface Memories {
  /** What was to be learned of an episode, under the titles before it. */
  readonly lessons: Notes<string>
  /** A title that turned out better (1) or worse (−1) than was expected, under the titles before it. */
  readonly actions: Notes<{ readonly title: string; readonly sign: 1 | -1 }>
  /** What a situation turned out to be worth, under its titles. */
  readonly values: Notes<number>
}

/** An agent in an episode. */
export interface Player {
  /** The title for the next turn, with the thought behind it; undefined where the model gave none that can be read. */
  recommend(): Promise<Pick<Turn, 'thought' | 'requested'> | undefined>
  /** What came of it; the conversation has the turn already. */
  observe(turn: Turn): Promise<void>
  /** The episode is over. */
  end(): Promise<void>
}
