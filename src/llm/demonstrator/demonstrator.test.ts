import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { historyLine, turnLines } from '../agents/script.ts'
import { createDemonstrator } from './app.ts'
import { readTitles } from './knowledge.ts'
import { recordedAnswers } from './recorded.ts'
import { type Level, scriptedAnswers } from './scripted.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-demonstrator-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const GENRES = ['war', 'love', 'space', 'crime']
const titles = Array.from({ length: 40 }, (_, i) => ({
  title: `The ${GENRES[i % 4]} of ${i}`,
  genres: [GENRES[i % 4]],
  popularity: i < 4 ? 1000 : 1,
}))
const knows = (level: Level, outsideShare = 0) => scriptedAnswers({ titles }, { level, outsideShare })
const war = historyLine(
  titles
    .filter(({ genres }) => genres[0] === 'war')
    .slice(3, 7)
    .map(({ title }) => title),
)
const turn = (item: number, reward: number, n: number) =>
  turnLines({ requested: titles[item].title, shown: titles[item].title, reward, left: false }, n).join('\n')
const asked = (answer: (prompt: string, seed: number) => string, prompt: string, times = 200) =>
  Array.from({ length: times }, (_, seed) => /^recommend\[(.*)\]$/.exec(answer(prompt, seed))?.[1] ?? '')
const genreOf = (title: string) => titles.find((known) => known.title === title)?.genres[0]

test('the same model, prompt and seed give the same answer; another level, prompt or seed others', () => {
  const prompt = `${war}\nAction 1:`
  const all = asked(knows('medium'), prompt)
  expect(asked(knows('medium'), prompt)).toEqual(all)
  expect(new Set(all).size).toBeGreaterThan(5)
  expect(asked(knows('strong'), prompt)).not.toEqual(all)
  expect(asked(knows('medium'), `${prompt} `)).not.toEqual(all)
})

test('weak takes any genre, medium one that was liked, strong the popular titles of it', () => {
  const genres = (level: Level, prompt: string) => new Set(asked(knows(level), prompt).map(genreOf))
  expect(genres('weak', `${war}\nAction 1:`)).toEqual(new Set(GENRES))
  expect(genres('medium', `${war}\nAction 1:`)).toEqual(new Set(['war']))
  const popular = asked(knows('strong'), `${war}\nAction 1:`).filter((title) => title === titles[0].title)
  expect(popular.length).toBeGreaterThan(150)
  // Rewards outweigh the titles before: war was met with 1 and love with 5.
  const turns = [0, 4, 8, 12, 16].map((item, n) => turn(item, 1, n + 1)).concat(turn(1, 5, 6), turn(2, 3, 7))
  expect(genres('medium', `${war}\n${turns.join('\n')}\nAction 8:`)).toEqual(new Set(['love']))
})

test('it changes between genres that are liked, and shows none of the last four titles', () => {
  const both = historyLine([titles[20].title, titles[21].title])
  const last = turn(0, 5, 1)
  expect(new Set(asked(knows('medium'), `${both}\n${last}\nAction 2:`).map(genreOf))).toEqual(new Set(['love']))
  const few = scriptedAnswers({ titles: titles.slice(0, 20) }, { level: 'medium', outsideShare: 0 })
  const shown = [0, 4, 8, 12].map((item, n) => turn(item, 5, n + 1)).join('\n')
  expect(new Set(asked(few, `History: nothing\n${shown}\nAction 5:`))).toEqual(new Set([titles[16].title]))
})

test.each([0, 0.5, 0.8])('a share of %d of its titles is in no catalogue', (share) => {
  const outside = asked(knows('medium', share), `${war}\nAction 1:`, 1000).filter(
    (title) => genreOf(title) === undefined,
  )
  expect(Math.abs(outside.length / 1000 - share)).toBeLessThan(0.05)
})

test('thoughts name what is liked, values follow rewards, lessons say how it ended', () => {
  const answer = knows('medium')
  expect(answer(`${war}\nThought 1:`, 1)).toMatch(/seems to like war/)
  const valued = (reward: number, items: number[]) =>
    Number(answer(`${war}\n${items.map((item, n) => turn(item, reward, n + 1)).join('\n')}\nValue:`, 1))
  expect(valued(5, [0, 1, 2, 3])).toBe(5)
  expect(valued(1, [0, 4, 8, 12])).toBe(-5)
  expect(valued(3, [0, 1, 2, 3])).toBeGreaterThan(valued(3, [0, 4, 8, 12]))
  const left = turnLines({ requested: titles[1].title, shown: titles[1].title, reward: 1, left: true }, 1).join('\n')
  expect(answer(`${war}\n${left}\nLesson:`, 1)).toMatch(/left at one more of love/)
})

test('recordings answer on the recorded path, and nothing off it', async () => {
  const steps = (...requested: string[]) =>
    requested.map((title, t) => ({ t, thought: `about ${title}`, requested: title, item: 'x', reward: 5 }))
  const episodes = [
    { userid: 1, history: ['A "quoted" one', 'B'], steps: steps('C', 'D [remix]') },
    { userid: 1, history: ['A "quoted" one', 'B'], steps: steps('C', 'E') },
    { userid: 2, history: ['B'], steps: steps('F') },
  ]
  const lines = `${episodes.map((episode) => JSON.stringify(episode)).join('\n')}\n`
  await writeFile(join(folder, 'episodes.jsonl.gz'), gzipSync(lines))
  const answer = await recordedAnswers(folder)
  const history = historyLine(['A "quoted" one', 'B'])
  expect(answer(`${history}\nThought 1:`, 0)).toBe('about C')
  expect(answer(`${history}\nThought 1: about C\nAction 1:`, 5)).toBe('recommend[C]')
  const first = turnLines({ requested: 'C', shown: 'something else', reward: 4, left: false }, 1).join('\n')
  expect([0, 1].map((seed) => answer(`${history}\n${first}\nAction 2:`, seed))).toEqual([
    'recommend[D [remix]]',
    'recommend[E]',
  ])
  // The action goes with the thought that was given.
  expect([0, 1].map((seed) => answer(`${history}\n${first}\nThought 2: about E\nAction 2:`, seed))).toEqual([
    'recommend[E]',
    'recommend[E]',
  ])
  for (const off of [
    `${historyLine(['C'])}\nThought 1:`,
    `${history}\n${turn(0, 4, 1)}\nThought 2:`,
    `${historyLine(['B'])}\n${turnLines({ requested: 'F', shown: 'F', reward: 4, left: false }, 1).join('\n')}\nThought 2:`,
    `${history}\nValue:`,
  ])
    expect(answer(off, 0)).toBeUndefined()
  await expect(recordedAnswers(join(folder, 'none'))).rejects.toMatchObject({ code: 'file-missing' })
  await writeFile(join(folder, 'episodes.jsonl.gz'), gzipSync('{"history": 5}\n'))
  await expect(recordedAnswers(folder)).rejects.toMatchObject({ code: 'file-damaged' })
})

test('it answers as an API does, refusals too', async () => {
  const app = createDemonstrator({
    models: new Map([['m', (prompt: string) => (prompt === 'off' ? undefined : prompt.toUpperCase())]]),
  })
  const post = (path: string, body: unknown) =>
    app.request(`/v1/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const chat = (model: string, content: string) =>
    post('chat/completions', { model, messages: [{ role: 'user', content }] })
  expect(await (await chat('m', 'well, then')).json()).toMatchObject({
    model: 'm',
    choices: [{ message: { role: 'assistant', content: 'WELL, THEN' } }],
    usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
  })
  expect((await chat('m', 'off')).status).toBe(409)
  expect((await chat('other', 'x')).status).toBe(404)
  expect((await post('chat/completions', '{')).status).toBe(400)
  expect((await post('embeddings', { model: 'e' })).status).toBe(400)
  const { data } = (await (await post('embeddings', { model: 'e', input: ['Alien', 'alien', 'Titanic'] })).json()) as {
    data: { embedding: number[] }[]
  }
  expect(data[0].embedding).toEqual(data[1].embedding)
  expect(data[2].embedding).not.toEqual(data[1].embedding)
})

test('titles come from a table', async () => {
  const path = join(folder, 'titles.tsv')
  await writeFile(path, 'item\tname\tgenres\tpopularity\r\n1\tAlien\tspace|war\t7\r\n2\t\twar\t1\r\n')
  expect(await readTitles(path)).toEqual({ titles: [{ title: 'Alien', genres: ['space', 'war'], popularity: 7 }] })
  await writeFile(path, 'item\tname\n')
  await expect(readTitles(path)).rejects.toMatchObject({ code: 'bad-column' })
})
