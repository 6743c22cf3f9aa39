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
  'port-in-use', // the server cannot listen
  'overloaded', // the server has more requests waiting than it can answer
  'mismatch', // files that do not belong together (a run and another dataset)
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

/** The known name closest to `given`, if it is close enough to be a slip of the hand. */
export function closest(given: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(given.length / 3)) + 1
  for (const name of known) {
    // The distance is at least the difference in length; most names need no more than that.
    if (Math.abs(name.length - given.length) >= bestDistance) continue
    const d = distance(given.toLowerCase(), name.toLowerCase())
    if (d < bestDistance) [best, bestDistance] = [name, d]
  }
  return best
}

/** `unknown model 'sasrek'; did you mean 'sasrec'?`, or the list of what is known when nothing is close. */
export function unknownName(kind: string, given: string, known: readonly string[]): TributaryError {
  const suggestion = closest(given, known)
  const listed = known.length > 12 ? `${known.slice(0, 12).join(', ')}, … (${known.length} in all)` : known.join(', ')
  return new TributaryError(
    'unknown-name',
    suggestion === undefined
      ? `unknown ${kind} '${given}'; known: ${listed}`
      : `unknown ${kind} '${given}'; did you mean '${suggestion}'?`,
  )
}
