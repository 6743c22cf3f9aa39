// Worlds of people's ratings, in which a program plays the language model that demonstrates: it is asked as one would be, over HTTP.
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

/** Worlds of which people's ratings are published. */
export const TWINS = ['movielens', 'coat'] as const
export type Twin = (typeof TWINS)[number]

const MAKERS: Readonly<Record<Twin, () => Promise<TwoSimulators>>> = { movielens: movieLens, coat: coats }

/** Completing one takes minutes, and all levels play in the same. */
const completed = new Map<Twin, Promise<TwoSimulators>>()

/** Half of the users make the world to learn in, the others the judge. Demonstrations are played in the world to learn in. */
export async function twinOf(twin: Twin, level: Level, folder: string): Promise<World> {
  const found = completed.get(twin) ?? MAKERS[twin]()
  completed.set(twin, found)
  const two = await found
  const rules = { leave: LEAVE.map(parseLeaveRule), maxLength: MAX_LENGTH }
  const answers = join(folder, 'answers', `${twin}-${level}`)
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

function linesOf(file: string): string[] {
  const bytes = readFileSync(dataFile(file))
  const text = file.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return text.toString().trim().split('\n')
}

/** MovieLens (latest-small): users whose last ratings are older make the world to learn in, those whose are newer the judge. */
async function movieLens(): Promise<TwoSimulators> {
  const lines = (name: string) => linesOf(`ml-latest-small/${name}.csv.gz`).slice(1)
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

/**
 * Coat: every second user makes the world to learn in, the others the judge, each by all of their ratings, of coats that they chose and of those
 * drawn for them. Coats have no titles, so that what is known of one makes its.
 */
async function coats(): Promise<TwoSimulators> {
  const seen = new Set<string>()
  const rows = ['train', 'test'].flatMap((name) =>
    linesOf(`coat/${name}.csv.gz`)
      .slice(1)
      .flatMap((line): PaidRow[] => {
        const [user, item, value] = line.split(',')
        const isSecond = seen.has(`${user} ${item}`)
        seen.add(`${user} ${item}`)
        return isSecond ? [] : [{ user, item, value: Number(value), part: Number(user) % 2 === 0 ? 'train' : 'test' }]
      }),
  )
  const [header, ...bits] = linesOf('coat/item_features.csv').map((line) => line.split(','))
  const known = bits.map((row) => header.filter((_, column) => row[column] === '1'))
  const said = (features: readonly string[], name: string) =>
    features.find((feature) => feature.startsWith(`${name}:`))?.slice(name.length + 1) ?? ''
  const title = (features: readonly string[], item: number) =>
    `${said(features, 'color')} ${said(features, 'jackettype')} for ${said(features, 'gender')}, no. ${item}`
  const kinds = (features: readonly string[]) => [said(features, 'jackettype'), said(features, 'color')]
  return twoSimulators('Coat twin', rows, [
    { name: 'title', kind: 'labels', of: new Map(known.map((one, item) => [String(item), [title(one, item)]])) },
    { name: 'category', kind: 'labels', of: new Map(known.map((one, item) => [String(item), kinds(one)])) },
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
