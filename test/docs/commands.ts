import { parse } from 'shell-quote'
import type { Code } from './pages.ts'

/** Lines of a shell script with their commands as words; continued lines are one. */
export function commandsIn({ place, text }: Code): { readonly place: string; readonly words: readonly string[] }[] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => {
      const commands: string[][] = [[]]
      for (const token of parse(line, (name) => `$${name}`)) {
        if (typeof token === 'string') commands.at(-1)!.push(token)
        else if ('comment' in token) break
        else if (token.op === 'glob') commands.at(-1)!.push(token.pattern)
        else commands.push([])
      }
      return commands.filter(([first]) => first !== undefined).map((words) => ({ place: `${place} ${line}`, words }))
    })
}

/** What follows `tributary`, however it is started, or undefined where another program is. */
export function tributaryArguments(words: readonly string[]): readonly string[] | undefined {
  const line = words.join('\0')
  const started = /^(npx\0tributary|npm\0run\0(--silent\0)?tributary\0--|tributary)(?=\0|$)/.exec(line)
  return started === null ? undefined : words.slice(started[0].split('\0').length)
}
