import { z } from 'zod'
import { unknownName } from '../core/index.ts'

const LONGEST_NAME = 1000

/** The message of every issue of a field: what it must be and what came instead. */
export function expecting(what: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) =>
      input === undefined ? `is missing: it must be ${what}` : `must be ${what}, not ${shown(input)}`,
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  if (Array.isArray(value) && text.length > 60) return `a list of ${value.length}`
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** The name of a user, an item, …: any text of 1 to 1000 characters. */
export function name(what: string): z.ZodString {
  const issue = expecting(`${what}, of 1 to ${LONGEST_NAME} characters`)
  return z.string(issue).min(1, issue).max(LONGEST_NAME, issue)
}

/** True or false. */
export function flag(): z.ZodBoolean {
  return z.boolean(expecting('true or false'))
}

/** An object with these fields and no others; whoever misspells one is told which was probably meant. */
export function fields<S extends z.ZodRawShape>(shape: S, what = 'a JSON object') {
  const { error } = expecting(what)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? unknownName('field', issue.keys[0], Object.keys(shape)).message
        : error(issue),
  })
}
