import type { Change } from '../changes.ts'
import type { Statement } from '../database.ts'

/** What a thread is started with. */
export interface Opening {
  readonly file: string
  /** As messages call the store. */
  readonly name: string
  readonly role: 'write' | 'read'
}

export type Question =
  | { readonly number: number; readonly kind: 'read'; readonly statements: readonly Statement[] }
  | { readonly number: number; readonly kind: 'write'; readonly changes: readonly Change[] }
  | { readonly number: number; readonly kind: 'close' }

/** Of a question, by its number; 0 says how the opening went. */
export interface Answer {
  readonly number: number
  readonly result?: unknown
  readonly failure?: { readonly message: string; readonly code: string; readonly errcode: number | undefined }
}
