import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRng } from '../../math/index.ts'
import { hashedLetters } from '../../rl/index.ts'
import type { ChatQuestion, Client } from '../client/index.ts'
import type { Memories } from './agent.ts'
import { billp } from './billp.ts'
import { createConversation } from './conversation.ts'
import { createMemory } from './memory.ts'
import { OWN_PROMPTS, readPrompts } from './prompts.ts'
import { historyLine, parseScript, plain, type Turn, titleIn, turnLines } from './script.ts'

let folder: string
let folders = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-agents-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const { embed } = hashedLetters()

test('an episode is read as it was written, whatever titles and thoughts hold', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 40 })
    .filter((drawn) => /[\p{L}\p{N}]/u.test(plain(drawn)))
  const drawn = fc.record({
    history: fc.array(text, { maxLength: 4 }),
    turns: fc.array(
      fc.record({
        thought: text,
        requested: text,
        shown: text,
        reward: fc.integer({ min: -9, max: 9 }),
        left: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  })
  fc.assert(
    fc.property(drawn, ({ history, turns }) => {
      const prompt = [
        'Observation 1: reward=9.000; the person left',
        historyLine(history),
        ...turns.flatMap((turn, t) => turnLines(turn, t + 1)),
      ].join('\n')
      const read = parseScript(prompt)
      expect(read.history).toEqual(history.map((title) => plain(title)))
      const seen = turns.map(({ reward, left, shown, requested }) => ({
        reward,
        left,
        shown: plain(shown) === plain(requested) ? (titleIn(`recommend[${plain(requested)}]`) ?? '') : plain(shown),
      }))
      expect(read.turns.map(({ reward, left, shown }) => ({ reward, left, shown }))).toEqual(seen)
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['recommend[Alien]', 'Alien'],
  ['  Recommend [ Alien ] because', 'Alien'],
  ['Action 3: recommend[Deus [Ex] (2000)]', 'Deus [Ex] (2000)'],
  ['\nrecommend["Alien"]\nAction 2: recommend[B]', 'Alien'],
  ['recommend[Амели (2001)]', 'Амели (2001)'],
  ['recommend[]', undefined],
  ['I recommend Alien', undefined],
  ['', undefined],
])('the title in %j', (answer, title) => {
  expect(titleIn(answer)).toBe(title)
})

test('what is noted in an episode is known to it at once, and to others when it is kept', async () => {
  const memory = createMemory<string>(embed)
  const [one, other] = [memory.open(), memory.open()]
  await one.add('Alien, Aliens', 'space')
  expect(await one.nearest('Alien, Aliens', 1, 0.9)).toEqual(['space'])
  expect(await other.nearest('Alien, Aliens', 1)).toEqual([])
  one.keep()
  expect(await other.nearest('Alien, Aliens', 1)).toEqual([])
  const later = memory.open()
  await later.add('Titanic', 'love')
  expect(await later.nearest('Alien', 2)).toEqual(['space', 'love'])
  expect(await later.nearest('Alien, Aliens', 2, 0.9)).toEqual(['space'])
  const beside = memory.open()
  later.keep()
  expect(await beside.nearest('Titanic', 2)).toEqual(['space'])
})

/** Answers by the last line of a prompt. */
function told(answers: (cue: string, prompt: string) => string): Client & { readonly asked: ChatQuestion[] } {
  const asked: ChatQuestion[] = []
  return {
    asked,
    async chat(question) {
      asked.push(question)
      const prompt = question.messages.at(-1)?.content ?? ''
      return answers(prompt.split('\n').at(-1) ?? '', prompt)
    },
    embed: async (texts) => [...(await embed(texts))],
    usage: { spent: { calls: 0, prompt: 0, answer: 0 }, replayed: 0, latencies: [] },
  }
}

test('billp: the critic says what a turn was worth, the actor is shown what it taught, and the reflector what an episode did', async () => {
  const values = ['2', '4', '1', 'no idea']
  const client = told((cue) =>
    cue === 'Value:'
      ? (values.shift() ?? '0')
      : cue === 'Lesson:'
        ? 'Lesson: less war.'
        : cue.startsWith('Thought')
          ? 'Thought 1: hm'
          : 'recommend[T]',
  )
  const prompts = await readPrompts()
  const [lessons, actions, known] = [
    createMemory<string>(embed),
    createMemory<{ title: string; sign: 1 | -1 }>(embed),
    createMemory<number>(embed),
  ]
  const task = { domain: 'films', least: '1', most: '5', turns: '9' }
  const conversation = createConversation({ client, prompts, task, temperature: 0, maxTokens: 9, seed: 1 }, 0, [
    'A',
    'B',
  ])
  const memories = { lessons: lessons.open(), actions: actions.open(), values: known.open() } satisfies Memories
  const player = billp.begin({
    conversation,
    memories,
    genres: ['war', 'love', 'space'],
    genresOf: (title) => (title === 'Alien' ? ['space', 'war'] : []),
    rng: createRng(1),
    share: (reward) => (reward - 1) / 4,
    discount: 0.5,
  })
  const turn = async (shown: string, reward: number, left: boolean): Promise<void> => {
    const situation = conversation.recent
    const chosen = await player.recommend()
    expect(chosen).toEqual({ thought: 'hm', requested: 'T' })
    const made: Turn = { requested: 'T', shown, reward, left }
    conversation.add(made)
    await player.observe(made)
    seen.push([
      situation,
      (await memories.actions.nearest(situation, 1, 0.99))[0],
      (await memories.values.nearest(situation, 1, 0.99))[0],
    ])
  }
  const seen: [string, unknown, number][] = []
  // r + γ v′ − v: 5·½ + ½·4 − 2 = 2.5 is better than expected; 5·¾ + ½·1 − 4 = 0.25 is, too.
  await turn('Alien', 3, false)
  await turn('Titanic', 4, false)
  // The user leaves: worse than expected, whatever it paid.
  await turn('Titanic', 5, true)
  expect(seen).toEqual([
    ['B\nA', { title: 'Alien', sign: 1 }, 4.5],
    ['Alien\nB\nA', { title: 'Titanic', sign: 1 }, 4.25],
    ['Titanic\nAlien\nB\nA', { title: 'Titanic', sign: -1 }, -5],
  ])
  await player.end()
  expect(await memories.lessons.nearest('B\nA', 1)).toEqual(['less war.'])

  const actor = (n: number) =>
    client.asked.map(({ messages }) => messages[1].content).filter((text) => text.endsWith(`Action ${n}:`))[0]
  // Two genres, of those that the last turns had none of.
  expect(parseScript(actor(1)).genres).toHaveLength(2)
  expect(parseScript(actor(2)).genres).toEqual(['love'])
  // A value that cannot be read is asked for again, with another seed each time.
  const more = told((cue) => (cue === 'Value:' ? 'none' : ''))
  const silent = createConversation({ client: more, prompts, task, temperature: 0, maxTokens: 9, seed: 1 }, 0, [])
  expect(await silent.value('')).toBe(0)
  expect(new Set(more.asked.map(({ seed }) => seed)).size).toBe(5)

  // The next episode that begins so is shown the lesson, and what did well there.
  for (const memory of [memories.lessons, memories.actions, memories.values]) memory.keep()
  const next = createConversation({ client, prompts, task, temperature: 0, maxTokens: 9, seed: 1 }, 1, ['A', 'B'])
  client.asked.length = 0
  await billp
    .begin({
      conversation: next,
      memories: { lessons: lessons.open(), actions: actions.open(), values: known.open() },
      genres: [],
      genresOf: () => [],
      rng: createRng(1),
      share: () => 0,
      discount: 0.5,
    })
    .recommend()
  expect(actor(1)).toMatch(/Lessons of earlier episodes:\n- less war\./)
  expect(actor(1)).toMatch(/did better than expected: "Alien"/)
  expect(client.asked[0].messages[1].content).toMatch(/A situation alike turned out to be worth 4\.5/)
})

test('an episode that is too long for a prompt loses its longest thoughts, and no action', async () => {
  const client = told(() => 'hm')
  const conversation = createConversation(
    { client, prompts: await readPrompts(), task: {}, temperature: 0, maxTokens: 9, seed: 1 },
    0,
    [],
  )
  for (let t = 0; t < 40; t++)
    conversation.add({
      thought: `${t} ${'long '.repeat(t * 5)}`,
      requested: `T${t}`,
      shown: `T${t}`,
      reward: 1,
      left: false,
    })
  await conversation.think([])
  const prompt = client.asked[0].messages[1].content
  expect(prompt.length).toBeLessThan(20_000)
  const { turns } = parseScript(prompt)
  expect(turns.map(({ shown }) => shown)).toEqual(Array.from({ length: 40 }, (_, t) => `T${t}`))
  expect(turns[0].thought).toBe('0')
  expect(turns[39].thought).toBeUndefined()
})

test('texts of a folder replace those of the package; what they leave out or cannot have is told', async () => {
  const own = async (files: Record<string, string>) => {
    const path = join(folder, `prompts-${folders++}`)
    await mkdir(path)
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
    return path
  }
  const packaged = await readPrompts()
  const changed = await readPrompts(await own({ 'lesson.txt': 'Why?\n{{history}}\n{{episode}}\n{{cue}}\n' }))
  const values = { history: 'History: "{{cue}}"', episode: '', cue: 'Lesson:' }
  // An empty place takes its line along, and what is put in is not looked at again.
  expect(changed.fill('lesson', values)).toBe('Why?\nHistory: "{{cue}}"\nLesson:')
  expect(changed.fill('value', values)).toBe(packaged.fill('value', values))
  expect(changed.hash).not.toBe(packaged.hash)
  expect((await readPrompts(OWN_PROMPTS)).hash).toBe(packaged.hash)
  for (const [path, code, message] of [
    [join(folder, 'nowhere'), 'file-missing', 'there is no folder'],
    [await own({ 'x.txt': '' }), 'file-missing', 'none of the prompts'],
    [await own({ 'lesson.txt': '{{history}} {{episode}} {{cue}} {{key}}' }), 'bad-argument', 'asks for {{key}}'],
    [await own({ 'action.txt': '{{history}} {{episode}}' }), 'bad-argument', 'leaves out {{cue}}'],
  ])
    await expect(readPrompts(path)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
})
