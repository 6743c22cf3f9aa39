import { domainItems, itemGenres, itemTitle, TributaryError } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import {
  createSimulator,
  type DemonstrationSource,
  type DemonstrationStep,
  type Environment,
  type Simulator,
  trainingRows,
} from '../../rl/index.ts'
import { type Client, EndpointRefused, NOTHING_TO_SAY } from '../client/index.ts'
import type { Agent, Memories, Player } from './agent.ts'
import { type Conversation, createConversation } from './conversation.ts'
import { createMemory, type Embed } from './memory.ts'
import type { Prompts } from './prompts.ts'
import { plain } from './script.ts'

/** From the title that a model asked for to an item of the environment. `outside`: the catalogue has no such title. */
export type Ground = (title: string) => Promise<{ readonly item: number; readonly outside: boolean }>

export interface PlayOptions {
  readonly environment: Environment
  readonly agent: Agent
  readonly client: Client
  readonly prompts: Prompts
  readonly ground: Ground
  /** Of texts that memories are kept under. */
  readonly embed: Embed
  readonly episodes: number
  /** Episodes played side by side, which learn from those of the batches before. */
  readonly batch: number
  readonly temperature: number
  /** Of one answer. */
  readonly maxTokens: number
  readonly discount: number
  readonly seed: number
  readonly source: DemonstrationSource
  /** The name of the language model. */
  readonly model: string
  readonly onEpisode?: ((done: number, total: number) => void) | undefined
}

export interface PlayedEpisodes {
  readonly steps: readonly DemonstrationStep[]
  /** Episodes that are over, those without a step too. */
  readonly episodes: number
  /** Of `steps`, those whose title was not in the catalogue. */
  readonly outside: number
  /** Episodes that ended since no answer could be read. */
  readonly unread: number
  /** Episodes that ended since the endpoint had nothing to say (409). */
  readonly refused: number
  /** Why not all episodes were played: a budget that is reached. */
  readonly stopped?: TributaryError | undefined
}

/** Titles that a prompt shows of what a user met before. */
const HISTORY = 15

/**
 * Lets a language model recommend to simulated users, one after the other in an order drawn from the seed, again from the first where
 * more episodes are wanted than there are users. Answers alone decide what comes out: how many are asked for at a time does not.
 * @throws TributaryError as `Client`, but for `budget-reached`, which ends the play
 */
export async function play(options: PlayOptions): Promise<PlayedEpisodes> {
  const { environment, episodes, batch, seed, embed, onEpisode } = options
  const memories = {
    lessons: createMemory<string>(embed),
    actions: createMemory<Noted>(embed),
    values: createMemory<number>(embed),
  }
  const rows = createRng(seed).split('users').shuffle(Int32Array.from(environment.rewards.users.keys()))
  const catalogue = catalogueOf(environment)
  const played: PlayedEpisode[] = []
  let stopped: TributaryError | undefined
  let done = 0
  for (let first = 0; first < episodes && stopped === undefined; first += batch) {
    const numbers = Array.from({ length: Math.min(batch, episodes - first) }, (_, i) => first + i)
    const opened = numbers.map(() => ({
      lessons: memories.lessons.open(),
      actions: memories.actions.open(),
      values: memories.values.open(),
    }))
    const settled = await Promise.allSettled(
      numbers.map(async (number, i) => {
        const episode = await playEpisode(options, catalogue, number, rows[number % rows.length], opened[i])
        onEpisode?.(++done, episodes)
        return episode
      }),
    )
    for (const [i, outcome] of settled.entries()) {
      if (outcome.status === 'fulfilled') {
        played.push(outcome.value)
        for (const memory of Object.values(opened[i])) memory.keep()
      } else if (outcome.reason instanceof TributaryError && outcome.reason.code === 'budget-reached')
        stopped ??= outcome.reason
      else throw outcome.reason
    }
  }
  const count = (counted: (episode: PlayedEpisode) => number) =>
    played.reduce((sum, episode) => sum + counted(episode), 0)
  return {
    steps: played.flatMap(({ steps }) => steps),
    episodes: played.length,
    outside: count(({ outside }) => outside),
    unread: count(({ ended }) => Number(ended === 'unread')),
    refused: count(({ ended }) => Number(ended === 'refused')),
    ...(stopped && { stopped }),
  }
}

type Noted = { readonly title: string; readonly sign: 1 | -1 }

interface PlayedEpisode {
  readonly steps: readonly DemonstrationStep[]
  readonly outside: number
  readonly ended: 'over' | 'unread' | 'refused'
}

interface Catalogue {
  readonly titles: ReadonlyMap<number, string>
  readonly columns: ReadonlyMap<number, number>
  readonly genres: readonly string[]
  readonly genresByTitle: ReadonlyMap<string, readonly string[]>
  historyOf(user: number): readonly string[]
}

function catalogueOf(environment: Environment): Catalogue {
  const { dataset, rewards } = environment
  const items = [...rewards.items]
  const genresByTitle = new Map(items.map((item) => [itemTitle(dataset, item), itemGenres(dataset, item)]))
  return {
    titles: new Map(items.map((item) => [item, itemTitle(dataset, item)])),
    columns: new Map(items.map((item, column) => [item, column])),
    genres: [...new Set([...genresByTitle.values()].flat())].sort(),
    genresByTitle,
    historyOf: historiesOf(environment),
  }
}

async function playEpisode(
  options: PlayOptions,
  catalogue: Catalogue,
  number: number,
  row: number,
  memories: Memories,
): Promise<PlayedEpisode> {
  const { environment, agent, ground, seed, source, model, discount } = options
  const { rewards, dataset, maxLength } = environment
  const { min, max } = rewards
  const domain = dataset.domains[environment.domain]
  const task = { domain: plain(domain), least: min.toFixed(1), most: max.toFixed(1), turns: String(maxLength) }
  const user = rewards.users[row]
  const conversation = createConversation({ ...options, task }, number, catalogue.historyOf(user))
  const player = agent.begin({
    conversation,
    memories,
    genres: catalogue.genres,
    genresOf: (title) => catalogue.genresByTitle.get(title) ?? [],
    rng: createRng(seed).split('agent', number),
    share: (reward) => (max > min ? (reward - min) / (max - min) : 0),
    discount,
  })
  const simulator = createSimulator(environment, { mode: 'free', slots: 1, seed, users: 'in-turn' })
  simulator.start(0, row)
  const steps: DemonstrationStep[] = []
  let outside = 0
  const end = (ended: PlayedEpisode['ended']) => ({ steps, outside, ended })
  try {
    while (simulator.active[0] === 1) {
      const chosen = await player.recommend()
      if (chosen === undefined) return end('unread')
      const { item, outside: unknown } = await ground(chosen.requested)
      simulator.step(Int32Array.of(catalogue.columns.get(item) ?? 0))
      const left = hasLeft(simulator)
      const turn = { ...chosen, shown: catalogue.titles.get(item) ?? '', reward: simulator.rewards[steps.length], left }
      if (unknown) outside++
      steps.push({
        episode: number,
        step: steps.length + 1,
        user: dataset.users.name(user),
        item: dataset.items.name(item),
        requested: unknown ? turn.requested : turn.shown,
        title: turn.shown,
        reward: turn.reward,
        terminal: left,
        source,
        model,
      })
      conversation.add(turn)
      await observed(player, conversation)
    }
    await player.end()
    return end('over')
  } catch (error) {
    if (error instanceof EndpointRefused && error.status === NOTHING_TO_SAY) return end('refused')
    throw error
  }
}

/** An episode that is over at its longest has not been left. */
function hasLeft({ active, endings }: Simulator): boolean {
  return active[0] === 0 && endings[0] >= 0
}

async function observed(player: Player, { turns }: Conversation): Promise<void> {
  const turn = turns.at(-1)
  if (turn !== undefined) await player.observe(turn)
}

/** The last titles that each user met and, where the log has values, found no worse than people find items on average. */
function historiesOf({ dataset, domain }: Environment): (user: number) => string[] {
  const { log } = dataset
  const { start, end } = domainItems(dataset, domain)
  const rows = trainingRows(dataset)
  const { value } = log
  const least = value === undefined ? 0 : rows.reduce((sum, row) => sum + value[row], 0) / rows.length
  const liked = rows.filter(
    (row) => log.item[row] >= start && log.item[row] < end && (value === undefined || value[row] >= least),
  )
  const titles = new Map<number, string[]>()
  for (const row of liked) {
    const user = log.user[row]
    titles.set(user, [...(titles.get(user) ?? []), itemTitle(dataset, log.item[row])].slice(-HISTORY))
  }
  return (user) => titles.get(user) ?? []
}
