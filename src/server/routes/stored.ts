import { z } from '@hono/zod-openapi'
import { quoted, TributaryError } from '../../core/index.ts'
import { FieldError } from '../../serving/field-error.ts'
import { expecting, name, UNKEEPABLE } from '../../serving/fields.ts'
import type { Page, Store } from '../../serving/store/store.ts'
import type { ServerContext } from '../context.ts'
import { RequestError } from '../failure.ts'

const MOST_ROWS = 1000
/** Of a page that does not say it. */
export const DEFAULT_ROWS = 100

const pageLength = expecting(`a whole number from 1 to ${MOST_ROWS}`)

/** The query of whatever is read page by page. */
export const paging = {
  limit: z.coerce
    .number(pageLength)
    .int(pageLength)
    .min(1, pageLength)
    .max(MOST_ROWS, pageLength)
    .optional()
    .openapi({
      description: `Rows of a page. Not given: ${DEFAULT_ROWS}`,
    }),
  cursor: name('a cursor: the `next` of an earlier page')
    .optional()
    .openapi({ description: '`next` of the page before' }),
}

const searchText = expecting('text of at most 200 characters, whole ones')

/** The query of whatever is searched. */
export function searched(by: string, more: string) {
  return z
    .string(searchText)
    .max(200, searchText)
    .refine((text) => !UNKEEPABLE.test(text), searchText)
    .optional()
    .openapi({
      description: `Those whose ${by} has all of its words, whatever their case; the best are first. ${more}`,
    })
}

/** A page of rows as an answer. */
export function pageOf<S extends z.ZodType>(row: S) {
  return z.object({
    items: z.array(row),
    next: z
      .string()
      .optional()
      .openapi({ description: 'Send it as `cursor` for the next page; absent after the last' }),
  })
}

/**
 * Reads a page of a store as a request asks for it.
 * @throws FieldError for a cursor that no page gave
 */
export async function readPage<T>(
  { limit = DEFAULT_ROWS, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  read: (page: { readonly limit: number; readonly after: string | undefined }) => Promise<Page<T>>,
): Promise<Page<T>> {
  return read({ limit, after: cursor }).catch((error: unknown) => {
    if (cursor !== undefined && error instanceof TributaryError && error.code === 'bad-argument')
      throw new FieldError(
        'bad-request',
        'cursor',
        `'cursor' must be the 'next' of an earlier page of the same question`,
      )
    throw error
  })
}

/** @throws RequestError 404 where the server was started without a store */
export function storeOf({ store }: ServerContext): Store {
  if (store === undefined)
    throw new RequestError(404, 'this server keeps no events, users or items; start it with --store sqlite:FILE')
  return store
}

/** Of an item that a served model or the store knows. */
export async function domainOfItem(item: string, context: ServerContext): Promise<string | undefined> {
  return context.models.domainOf(item) ?? (await storeOf(context).item(item))?.domain
}

/** The 404 of what is asked for by its name and not there. */
export function missing(kind: 'user' | 'item', name: string): RequestError {
  return new RequestError(404, `there is no ${kind} ${quoted(name)}`, { field: kind })
}
