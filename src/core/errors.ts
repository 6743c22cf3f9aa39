import { distance } from 'fastest-levenshtein'

/**
 * Every way in which Tributary refuses to go on. The code is stable and documented in docs/errors.md; the message is one
 * sentence that says what failed, what was given and what would be right.
 */
export const ERROR_CODES = [
  'file-missing', // a named file or folder does not exist or cannot be read
  'file-empty', // a file without a single data row
  'file-damaged', // a file that cannot be parsed as what it should be (truncated Parquet, broken weights, bad JSON)
  'file-exists', // the destination is already there
  'in-use', // another process writes there
  'disk-full', // the write failed for lack of space or permission
  'bad-column', // a column is missing or stands twice
  'bad-row', // rows that cannot be parsed, more than allowed
  'bad-dataset', // the rows are readable but contradict one another (an item in two domains)
  'bad-config', // an unknown or invalid option of a model
  'bad-argument', // an invalid argument on the command line or of a function
  'unknown-name', // an unknown model, reader, metric, domain, user or item
  'bad-shape', // tensors whose shapes do not fit
  'not-finite', // NaN or infinity where a number is needed
  'bad-request', // an HTTP request that cannot be answered
  'no-access', // an HTTP request without a key, or with one that may not do this
  'port-in-use', // the server cannot listen
  'overloaded', // the server has more requests waiting than it can answer
  'endpoint-failed', // a language model that is asked over HTTP gave no answer that can be used
  'budget-reached', // the next question to it could cost more than was allowed
  'not-supported', // a log that does not say what was asked of it, a model that does not have it
  'mismatch', // files that do not belong together (a run and another dataset)
  'job-failed', // what was given to other processes was not done
  'store-failed', // the store of events is full, locked, damaged or cannot be reached
  'interrupted', // stopped by the user
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** The one error class. Whatever else escapes is a defect of Tributary. */
export class TributaryError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'TributaryError'
    this.code = code
  }
}

/** Text of a file or of a user for a message: what is longer than a line can bear is cut, and its length said. */
export function shortened(text: string, most = 60): string {
  const characters = [...text.slice(0, 2 * most + 2)]
  return characters.length <= most
    ? text
    : `${characters.slice(0, most - 10).join('')}… (${text.length.toLocaleString('en-US')} characters)`
}

/** A name in quotes, cut where it is long. */
export function quoted(name: string): string {
  return `'${shortened(name)}'`
}

/** Names with commas between, as many as a line can bear. */
export function listed(names: readonly string[], most = 24): string {
  let line = ''
  for (const [i, name] of names.entries()) {
    if (i === most || line.length > 160) return `${line}, … (${names.length.toLocaleString('en-US')} in all)`
    line += `${i === 0 ? '' : ', '}${shortened(name, 40)}`
  }
  return line
}

/** The known name closest to `given`, if it is close enough to be a slip of the hand. */
export function closest(given: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(given.length / 3)) + 1
  for (const name of known) {
    // The distance is at least the difference in length; most names need no more than that.
    if (Math.abs(name.length - given.length) >= bestDistance) continue
    const [typed, meant] = [given.toLowerCase(), name.toLowerCase()]
    // What shares no letter was not meant.
    if (![...typed].some((letter) => meant.includes(letter))) continue
    const d = distance(typed, meant)
    if (d < bestDistance) [best, bestDistance] = [name, d]
  }
  return best
}

/** `unknown model 'sasrek'; did you mean 'sasrec'?`, or the list of what is known when nothing is close. */
export function unknownName(kind: string, given: string, known: readonly string[]): TributaryError {
  const suggestion = closest(given, known)
  return new TributaryError(
    'unknown-name',
    suggestion === undefined
      ? `unknown ${kind} ${quoted(given)}; ${known.length === 0 ? 'there is none' : `known: ${listed(known, 12)}`}`
      : `unknown ${kind} ${quoted(given)}; did you mean ${quoted(suggestion)}?`,
  )
}
