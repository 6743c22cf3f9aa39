import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TributaryError } from '../../core/index.ts'
import { acquireLock, makeFolder, systemCode } from '../../files/index.ts'
import type { Spent, Tokens } from './budget.ts'

const FILE = 'answers.jsonl'

const tokensSchema = z.object({ prompt: z.number(), answer: z.number() })
const lineSchema = z.union([
  z.object({ key: z.string(), answer: z.unknown(), tokens: tokensSchema }),
  /** Written before a request is sent: one that was never answered may have been paid for. */
  z.object({ asked: z.string(), most: tokensSchema }),
  z.object({ failed: z.string(), tokens: tokensSchema }),
])
type Line = z.output<typeof lineSchema>

/** All that was asked and answered, in a file that grows by a line at a time. One process writes it. */
export interface Answers {
  /** What was spent before it was opened. */
  readonly spent: Spent
  get(key: string): unknown
  /** A request is about to be sent. @param most tokens that it may cost */
  asked(key: string, most: Tokens): Promise<void>
  /** Resolves when the answer is safe on disk. */
  answered(key: string, answer: unknown, tokens: Tokens): Promise<void>
  failed(key: string, tokens: Tokens): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the answers in a folder, which is made where it is missing.
 * @param resume go on with those that are there
 * @throws TributaryError `file-exists` where there are some and they are not to be gone on with; `file-damaged`, `in-use`, `disk-full`
 */
export async function openAnswers(folder: string, resume: boolean): Promise<Answers> {
  const path = join(folder, FILE)
  await makeFolder(folder)
  const lock = await acquireLock(folder)
  let file: FileHandle | undefined
  try {
    const { lines, bytes } = await readLines(path)
    if (lines.length > 0 && !resume)
      throw new TributaryError(
        'file-exists',
        `${folder} holds the answers of an earlier run; go on with --resume, which asks nothing twice, or choose another folder`,
      )
    file = await open(path, 'a')
    // Half a line is what a killed process was writing; its question will be asked again.
    await file.truncate(bytes)
    const { answers, spent } = sumOf(lines)
    const handle = file
    let last: Promise<void> = Promise.resolve()
    const append = (line: Line): Promise<void> => {
      last = last.then(async () => {
        await handle.appendFile(`${JSON.stringify(line)}\n`)
        if ('key' in line) await handle.datasync()
      })
      return last
    }
    return {
      spent,
      get: (key) => answers.get(key),
      asked: (key, most) => append({ asked: key, most }),
      answered: async (key, answer, tokens) => {
        await append({ key, answer, tokens })
        answers.set(key, answer)
      },
      failed: (key, tokens) => append({ failed: key, tokens }),
      async close() {
        await last.catch(() => undefined)
        await handle.close()
        await lock.release()
      },
    }
  } catch (error) {
    await file?.close()
    await lock.release()
    throw error
  }
}

async function readLines(path: string): Promise<{ readonly lines: readonly Line[]; readonly bytes: number }> {
  const content = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const bytes = content.lastIndexOf(10) + 1
  const texts = content.toString('utf8', 0, Math.max(0, bytes - 1)).split('\n')
  const lines = bytes === 0 ? [] : texts.map((text, line) => parseLine(text, `${path}, line ${line + 1}`))
  return { lines, bytes }
}

function parseLine(text: string, place: string): Line {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch (error) {
    const message = `${place} is no answer that was kept; remove that line, whose question will be asked again`
    throw new TributaryError('file-damaged', message, { cause: error })
  }
}

/** Requests that were never heard of again count as what they may have cost. */
function sumOf(lines: readonly Line[]): { readonly answers: Map<string, unknown>; readonly spent: Spent } {
  const answers = new Map<string, unknown>()
  const open = new Map<string, Tokens>()
  let [calls, prompt, answer] = [0, 0, 0]
  const add = (tokens: Tokens) => {
    prompt += tokens.prompt
    answer += tokens.answer
  }
  for (const line of lines) {
    if ('asked' in line) {
      calls++
      const unheard = open.get(line.asked)
      if (unheard !== undefined) add(unheard)
      open.set(line.asked, line.most)
      continue
    }
    add(line.tokens)
    if ('failed' in line) open.delete(line.failed)
    else {
      open.delete(line.key)
      answers.set(line.key, line.answer)
    }
  }
  for (const unheard of open.values()) add(unheard)
  return { answers, spent: { calls, prompt, answer } }
}
