import { createRng } from '../../math/index.ts'
import type { Client } from '../client/index.ts'
import type { PromptName, Prompts } from './prompts.ts'
import { historyLine, plain, type Turn, titleIn, turnLines } from './script.ts'

/** How often an answer that cannot be read is asked for again. */
export const PATIENCE = 5

/** Longer episodes lose their longest thoughts in the prompt: about 4,000 tokens. */
const LONGEST_EPISODE = 16_000

export interface Conversation {
  /** Titles that the user has met, oldest first. */
  readonly history: readonly string[]
  readonly turns: readonly Turn[]
  /** The last ten titles, the newest first: what memories are kept under. */
  readonly recent: string
  /** A thought on what comes next, which the action then follows. */
  think(lessons: readonly string[]): Promise<string>
  /** The title to recommend; undefined where no answer could be read. */
  act(given: {
    readonly thought?: string
    readonly lessons?: readonly string[]
    readonly hints?: string
  }): Promise<string | undefined>
  /** What the situation is worth, −5 to 5; 0 where no answer could be read. */
  value(hints: string): Promise<number>
  /** What is to be learned of the episode, for others. */
  lesson(): Promise<string>
  add(turn: Turn): void
}

export interface ConversationOptions {
  readonly client: Client
  readonly prompts: Prompts
  /** What the task says: the values of `task.txt`. */
  readonly task: Readonly<Record<string, string>>
  readonly temperature: number
  readonly maxTokens: number
  readonly seed: number
}

/** @param episode its number, from which the seeds of its questions derive */
export function createConversation(
  { client, prompts, task, temperature, maxTokens, seed }: ConversationOptions,
  episode: number,
  history: readonly string[],
): Conversation {
  const turns: Turn[] = []
  const root = createRng(seed).split('question', episode)
  const system = prompts.fill('task', task)
  const example = prompts.fill('example', {})

  async function ask(name: PromptName, attempt: number, values: Readonly<Record<string, string>>): Promise<string> {
    const content = prompts.fill(name, {
      history: historyLine(history),
      episode: episodeText(turns),
      example,
      lessons: '',
      hints: '',
      ...values,
    })
    const answer = await client.chat({
      messages: [
        { role: 'system', content: system },
        { role: 'user', content },
      ],
      temperature,
      maxTokens,
      // An answer that cannot be read must not be what is found again in the cache.
      seed: root.split(name, turns.length, attempt).below(0x7fff_ffff),
    })
    return answer.split('\n').find((line) => line.trim() !== '') ?? ''
  }

  return {
    history,
    turns,
    get recent() {
      return [...history, ...turns.map(({ shown }) => shown)]
        .slice(-10)
        .reverse()
        .map((title) => plain(title))
        .join('\n')
    },
    async think(lessons) {
      const cue = `Thought ${turns.length + 1}:`
      const answer = await ask('thought', 0, { cue, lessons: lessonsText(lessons) })
      return plain(answer.trim().replace(/^Thought\s*\d*\s*:/i, ''), 2000)
    },
    async act({ thought, lessons = [], hints = '' }) {
      const n = turns.length + 1
      const cue = `${thought === undefined ? '' : `Thought ${n}: ${thought}\n`}Action ${n}:`
      // Who is not asked for thoughts is shown none.
      const shown = thought === undefined ? { example: withoutThoughts(example) } : {}
      for (let attempt = 0; attempt < PATIENCE; attempt++) {
        const title = titleIn(await ask('action', attempt, { cue, lessons: lessonsText(lessons), hints, ...shown }))
        if (title !== undefined) return title
      }
      return undefined
    },
    async value(hints) {
      for (let attempt = 0; attempt < PATIENCE; attempt++) {
        const [found] = /[-−]?\d+/.exec(await ask('value', attempt, { cue: 'Value:', hints })) ?? []
        if (found !== undefined) return Math.max(-5, Math.min(5, Number(found.replace('−', '-'))))
      }
      return 0
    },
    async lesson() {
      return plain((await ask('lesson', 0, { cue: 'Lesson:' })).trim().replace(/^Lesson\s*:/i, ''), 1000)
    },
    add: (turn) => void turns.push(turn),
  }
}

function withoutThoughts(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('Thought'))
    .join('\n')
}

function lessonsText(lessons: readonly string[]): string {
  return lessons.length === 0
    ? ''
    : ['Lessons of earlier episodes:', ...lessons.map((lesson) => `- ${plain(lesson, 1000)}`)].join('\n')
}

function episodeText(turns: readonly Turn[]): string {
  const told = turns.map(({ thought, ...turn }) => ({ ...turn, ...(thought !== undefined && { thought }) }))
  const text = () => told.flatMap((turn, t) => turnLines(turn, t + 1)).join('\n')
  for (;;) {
    const whole = text()
    const longest = told.reduce(
      (best, { thought = '' }, t) => (thought.length > (told[best].thought ?? '').length ? t : best),
      0,
    )
    if (whole.length <= LONGEST_EPISODE || told.length === 0 || told[longest].thought === undefined) return whole
    const { thought: _, ...rest } = told[longest]
    told[longest] = rest
  }
}
