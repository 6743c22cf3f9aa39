import { z } from 'zod'
import { shortened, unknownName } from '../core/index.ts'
import { FieldError } from './field-error.ts'

const LONGEST_NAME = 1000

/** Half of a pair, and the character 0: no two stores keep them alike. */
export const UNKEEPABLE = /\p{Surrogate}|\0/u

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

/** The name of a user, an item, …: 1 to 1000 characters, whole ones. */
export function name(what: string): z.ZodString {
  const issue = expecting(`${what}, of 1 to ${LONGEST_NAME} characters`)
  return z
    .string(issue)
    .min(1, issue)
    .max(LONGEST_NAME, issue)
    .refine((text) => !UNKEEPABLE.test(text), issue)
}

/** True or false. */
export function flag(): z.ZodBoolean {
  return z.boolean(expecting('true or false'))
}

/** A number that a model can read: they read 32-bit floats, in which what is larger is infinite. */
export function value(): z.ZodNumber {
  const issue = expecting('a number between −3.4e38 and 3.4e38')
  return z.number(issue).refine((number) => Number.isFinite(Math.fround(number)), issue)
}

/** Before this, milliseconds are seconds that somebody forgot to multiply: as seconds it is the year 5138. */
const EARLIEST = 1e11
/** Larger ones are microseconds. */
const LATEST = 1e14

const aTime = expecting('a time: ISO 8601 with its zone, such as "2026-11-29T20:41:00Z", or milliseconds since 1970')
const isoTime = z.iso.datetime({ offset: true, ...aTime })

/** A time as people and programs write it, as milliseconds since 1970. */
export function time() {
  return z
    .union([isoTime, z.number(aTime)], aTime)
    .transform((given) => (typeof given === 'number' ? given : Date.parse(given)))
    .refine((at) => at >= EARLIEST && at < LATEST && Number.isInteger(at), aTime)
}

/** The same in a query, where all is text. */
export function queryTime(description: string) {
  const milliseconds = z.string(aTime).regex(/^\d{12,14}$/, aTime)
  return z
    .union([isoTime, milliseconds], aTime)
    .transform((given) => (/^\d+$/.test(given) ? Number(given) : Date.parse(given)))
    .optional()
    .meta({ description })
}

/** Whatever JSON can hold under names. */
export function properties() {
  const issue = expecting('an object of properties')
  return z.record(z.string().max(LONGEST_NAME), z.unknown(), issue)
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

/** The first issue of what was told, as a sentence that names the field; `whole` is what it is called where all of it is wrong. */
export function fieldErrorOf(error: z.ZodError, whole = 'it'): FieldError {
  // A misspelled field is also a missing one; the misspelling says more.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]
  if (issue.code === 'unrecognized_keys') {
    // An issue has no place for a suggestion but its text, which is that of `unknownName`.
    const suggestion = /did you mean '(.+)'\?$/.exec(issue.message)?.[1]
    return new FieldError('bad-request', pathText([...issue.path, shortened(issue.keys[0])]), issue.message, suggestion)
  }
  const field = pathText(issue.path)
  return new FieldError('bad-request', field, `${field === '' ? whole : `'${field}'`} ${issue.message}`)
}

/** `history[2].item`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
