import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listed, TributaryError } from '../../core/index.ts'
import { systemCode } from '../../files/index.ts'

/** What each prompt may have put into it, as `{{name}}`, and what it must have. */
const PROMPTS = {
  task: { may: ['domain', 'least', 'most', 'turns'], must: [] },
  example: { may: [], must: [] },
  thought: { may: ['example', 'lessons', 'history', 'episode', 'cue'], must: ['history', 'episode', 'cue'] },
  action: { may: ['example', 'lessons', 'history', 'episode', 'hints', 'cue'], must: ['history', 'episode', 'cue'] },
  value: { may: ['history', 'episode', 'hints', 'cue'], must: ['history', 'episode', 'cue'] },
  lesson: { may: ['history', 'episode', 'cue'], must: ['history', 'episode', 'cue'] },
} as const

export type PromptName = keyof typeof PROMPTS

export interface Prompts {
  /** The text of a prompt with `values` in it. A line that only holds something empty goes. */
  fill(name: PromptName, values: Readonly<Record<string, string>>): string
  /** Of all their texts. */
  readonly hash: string
}

/** Those of the package, for users to copy and change. */
export const OWN_PROMPTS = fileURLToPath(new URL('../../../prompts', import.meta.url))

const PLACE = /\{\{(\w+)\}\}/g

/**
 * @param folder of texts that replace those of the package: `task.txt`, `example.txt`, `thought.txt` and so on, as many as there are
 * @throws TributaryError `file-missing` where there is no such folder, or none of the texts in it; `bad-argument` for a text that asks for
 *   what is not put into it, or leaves out what must be
 */
export async function readPrompts(folder?: string): Promise<Prompts> {
  const texts = new Map<PromptName, string>()
  const names = Object.keys(PROMPTS) as PromptName[]
  let own = 0
  for (const name of names) {
    const changed = folder === undefined ? undefined : await textOf(folder, name)
    if (changed !== undefined) own++
    texts.set(name, changed ?? (await readFile(join(OWN_PROMPTS, `${name}.txt`), 'utf8')))
  }
  if (folder !== undefined && own === 0) {
    const there = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    )
    const what = there ? `${folder} has none of the prompts` : `there is no folder ${folder} of prompts`
    throw new TributaryError('file-missing', `${what}; it may hold ${names.map((name) => `${name}.txt`).join(', ')}`)
  }
  const hash = createHash('sha256')
  for (const [name, text] of texts) hash.update(`${name}\n${text}\n`)
  return {
    hash: hash.digest('hex'),
    fill(name, values) {
      const text = texts.get(name) ?? ''
      const lines = text.trimEnd().split('\n')
      // In one pass, so that data with braces in it stays data.
      return lines
        .filter((line) => !/^\{\{\w+\}\}$/.test(line.trim()) || values[line.trim().slice(2, -2)] !== '')
        .map((line) => line.replace(PLACE, (_, place: string) => values[place] ?? ''))
        .join('\n')
    },
  }
}

async function textOf(folder: string, name: PromptName): Promise<string | undefined> {
  const path = join(folder, `${name}.txt`)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw new TributaryError('file-missing', `cannot read ${path}: ${(error as Error).message}`, { cause: error })
  })
  if (text === undefined) return undefined
  const { may, must }: { readonly may: readonly string[]; readonly must: readonly string[] } = PROMPTS[name]
  const asked = Array.from(text.matchAll(PLACE), ([, place]) => place)
  const known = may.length === 0 ? 'nothing' : listed(may.map((place) => `{{${place}}}`))
  const stranger = asked.find((place) => !may.includes(place))
  if (stranger !== undefined)
    throw new TributaryError('bad-argument', `${path} asks for {{${stranger}}}; ${known} may be put into it`)
  const missing = must.find((place) => !asked.includes(place))
  if (missing !== undefined)
    throw new TributaryError(
      'bad-argument',
      `${path} leaves out {{${missing}}}, without which the model does not know what is asked`,
    )
  return text
}
