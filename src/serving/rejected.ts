import type { ErrorCode } from '../core/index.ts'
import { FieldError } from './field-error.ts'

/** Why one of a batch was not taken; `index` is its place, from 0. */
export interface Rejected {
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
  readonly field?: string | undefined
}

/** @throws what is not the fault of who sent it */
export function rejectedOf(error: unknown, index: number): Rejected {
  if (!(error instanceof FieldError)) throw error
  const { code, message, field } = error
  return { index, code, message, ...(field !== '' && { field }) }
}
