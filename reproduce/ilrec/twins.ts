// A world of people's ratings, in which a program plays the language model that demonstrates: it is asked as one would be, over HTTP.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { demonstrate, findAgent } from '../../src/llm/agents/index.ts'
import {
  createDemonstrator,
  knowledgeOf,
  type Level,
  scriptedAnswers,
  scriptedModel,
} from '../../src/llm/demonstrator/index.ts'
import { believedEnvironment, createEnvironment, type Environment, parseLeaveRule } from '../../src/rl/index.ts'
import { listen } from '../../src/server/listen.ts'
import { dataFile } from '../../test/folders/data-folder.ts'
import { type PaidRow, type TwoSimulators, twoSimulators, type World } from './worlds.ts'

/** Ratings that an item must have. */
const LEAST = 50
/** Ratings that a user must have of these items. */
const LEAST_OF_USER = 20
/** Turns that items drawn at random end. */
const HAZARD = '6.5%'
const LEAVE = ['low-reward:2', `distance:4:${HAZARD}`]
/** Of the titles that the demonstrator asks for, how many no catalogue has: as of GPT-3.5 in the recordings. */
const OUTSIDE = 0.5
const EPISODES = 100
const MAX_LENGTH = 50

export const LEVELS: readonly Level[] = ['weak', 'medium', 'strong']

/** Completing it takes minutes, and all levels play in the same. */
let completed: Promise<TwoSimulators> | undefined

/**
 * MovieLens (latest-small): users whose last ratings are older make the world to learn in, those whose are newer the judge. Demonstrations are
 * played in the world to learn in.
 */
export async function movieLensTwin(level: Level, folder: string): Promise<World> {
  completed ??= movieLens()
  const two = await completed
  const rules = { leave: LEAVE.map(parseLeaveRule), maxLength: MAX_LENGTH }
  const answers = join(folder, 'answers', `movielens-${level}`)
  const believed = believedEnvironment(two.dataset, two.believed, rules)
  const truth = createEnvironment({ ...two.dataset, truth: two.truth }, rules)
  return {
    ...two,
    believedLeave: LEAVE,
    leave: LEAVE,
    demonstrations: await scripted(believed, level, EPISODES, answers),
    // Each of all users once.
    demonstrator: () => scripted(truth, level, two.truth.users.length, `${answers}-truth`),
  }
}

async function movieLens(): Promise<TwoSimulators> {
  const lines = (name: string) =>
    gunzipSync(readFileSync(dataFile(`ml-latest-small/${name}.csv.gz`)))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
  const ratings = lines('ratings').map((line) => {
    const [user, movie, value, time] = line.split(',')
    return { user, movie, value: Number(value), time: Number(time) }
  })
  const counts = new Map<string, number>()
  for (const { movie } of ratings) counts.set(movie, (counts.get(movie) ?? 0) + 1)
  const byUser = new Map<string, typeof ratings>()
  for (const row of ratings)
    if (counts.get(row.movie)! >= LEAST) byUser.set(row.user, [...(byUser.get(row.user) ?? []), row])
  const histories = [...byUser.values()]
    .filter((rows) => rows.length >= LEAST_OF_USER)
    .map((rows) => rows.sort((a, b) => a.time - b.time))
    .sort((a, b) => a.at(-1)!.time - b.at(-1)!.time)
  const rows = histories.flatMap((rows, place) => {
    const part = place < histories.length / 2 ? ('train' as const) : ('test' as const)
    return rows.map(({ user, movie, value }): PaidRow => ({ user, item: movie, value, part }))
  })
  const movies = lines('movies').map((line) => {
    const [, movie = '', title = '', genres = ''] = /^(\d+),(.*),([^,]*)$/.exec(line) ?? []
    return { movie, title: title.replaceAll(/^"|"$/g, '').replaceAll('""', '"'), genres: genres.split('|') }
  })
  return twoSimulators('MovieLens twin', rows, [
    { name: 'title', kind: 'labels', of: new Map(movies.map(({ movie, title }) => [movie, [title]])) },
    { name: 'category', kind: 'labels', of: new Map(movies.map(({ movie, genres }) => [movie, genres])) },
  ])
}

async function scripted(environment: Environment, level: Level, episodes: number, answers: string) {
  const knowledge = knowledgeOf(environment.dataset)
  const model = scriptedModel(level)
  const models = new Map([[model, scriptedAnswers(knowledge, { level, outsideShare: OUTSIDE })]])
  const listening = await listen(createDemonstrator({ models }), { port: 0, closeOnSignal: false })
  try {
    const { steps } = await demonstrate({
      ...{ environment, model, episodes, answers, url: listening.url, agent: findAgent('react'), resume: true },
      ...{ budget: {}, concurrency: 4, attempts: 3, timeoutSeconds: 60, batch: 10 },
      ...{ temperature: 0.5, maxTokens: 256, discount: 0.5, seed: 1 },
    })
    return [...steps]
  } finally {
    await listening.close()
  }
}
