import { closest, TributaryError, unknownName } from '../core/index.ts'

/** What is wrong with something that was asked or told, and in which field of it; who answers over HTTP finds a status for the code. */
export class FieldError extends TributaryError {
  /** As the caller wrote it, such as `history[2]`. */
  readonly field: string
  /** What was probably meant. */
  readonly suggestion: string | undefined

  constructor(code: 'bad-request' | 'unknown-name', field: string, message: string, suggestion?: string) {
    super(code, message)
    this.field = field
    this.suggestion = suggestion
  }
}

/** A name that is not among the known ones, with the one that was probably meant. */
export function unknownField(kind: string, given: string, field: string, known: readonly string[]): FieldError {
  return new FieldError('unknown-name', field, unknownName(kind, given, known).message, closest(given, known))
}
