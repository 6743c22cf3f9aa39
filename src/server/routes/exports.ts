import { createRoute, z } from '@hono/zod-openapi'
import { EXPORTS, exportLines, exportParquet } from '../../serving/exports.ts'
import { FieldError } from '../../serving/field-error.ts'
import { expecting, fields, queryTime } from '../../serving/fields.ts'
import type { AddRoutes } from '../context.ts'
import { NDJSON } from '../ndjson.ts'
import { NO_STORE, REFUSALS } from './answers.ts'
import { storeOf } from './stored.ts'

const PARQUET = 'application/vnd.apache.parquet'

const what = z.enum(EXPORTS, expecting(`one of ${EXPORTS.join(', ')}`))
const format = z.enum(['ndjson', 'parquet'], expecting('ndjson or parquet'))

const read = createRoute({
  method: 'get',
  path: '/exports/{what}',
  operationId: 'readExport',
  summary: 'All events, recorded answers or items, or those of a time',
  request: {
    params: z.object({ what }),
    query: fields({
      format: format.optional().openapi({ description: 'A line of JSON a row, or Parquet. Not given: ndjson' }),
      since: queryTime('What happened then or later; not of items, which have no time'),
      until: queryTime('What happened earlier'),
    }),
  },
  responses: {
    200: {
      description: 'The rows',
      content: { [NDJSON]: { schema: z.string() }, [PARQUET]: { schema: z.string().openapi({ format: 'binary' }) } },
    },
    400: REFUSALS[400],
    ...NO_STORE,
  },
})

export const addExports: AddRoutes = (app, context) => {
  app.openapi(read, async (c) => {
    const { what } = c.req.valid('param')
    const { format = 'ndjson', ...span } = c.req.valid('query')
    const timed = Object.entries(span).find(([, at]) => at !== undefined)
    if (what === 'items' && timed !== undefined)
      throw new FieldError(
        'bad-request',
        timed[0],
        `'${timed[0]}' is for events and recommendations; items have no time`,
      )
    const store = storeOf(context)
    // What was answered a moment ago is among the records.
    await store.flush()
    const headers = {
      'Content-Type': format === 'parquet' ? PARQUET : NDJSON,
      'Content-Disposition': `attachment; filename="${what}.${format}"`,
    }
    const rows =
      format === 'parquet'
        ? await exportParquet(what, store, span, c.req.raw.signal)
        : encoded(exportLines(what, store, span))
    return c.body(ReadableStream.from(rows) as ReadableStream<Uint8Array<ArrayBuffer>>, 200, headers)
  })
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const some of lines) yield encoder.encode(some)
}
