import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { literal, withDatabase } from '../data/tables/duckdb.ts'
import type { Decision } from './decision.ts'
import { asTold } from './events.ts'
import { asDescribed } from './items.ts'
import type { JsonObject, Page, Store } from './store/store.ts'

const ROWS_A_READ = 1000

/** What of a store can be exported. */
export const EXPORTS = ['events', 'recommendations', 'items'] as const
export type Exported = (typeof EXPORTS)[number]

/** Milliseconds since 1970: from `since`, before `until`. Items have no time. */
export interface ExportSpan {
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** Columns of a Parquet file, in the order of the fields; lists and objects are JSON in it. */
const COLUMNS: Readonly<Record<Exported, Readonly<Record<string, string>>>> = {
  events: {
    ...{ sequence: 'BIGINT', source: 'VARCHAR', id: 'VARCHAR', type: 'VARCHAR', user: 'VARCHAR', item: 'VARCHAR' },
    ...{ domain: 'VARCHAR', timestamp: 'TIMESTAMP', received: 'TIMESTAMP', value: 'DOUBLE', session: 'VARCHAR' },
    ...{ recommendation: 'VARCHAR', rank: 'BIGINT', shown: 'JSON', properties: 'JSON' },
  },
  recommendations: {
    ...{ id: 'VARCHAR', at: 'TIMESTAMP', user: 'VARCHAR', session: 'VARCHAR', domain: 'VARCHAR', placement: 'VARCHAR' },
    ...{ model: 'VARCHAR', weights: 'VARCHAR', policy: 'JSON', asked: 'JSON', candidatesHash: 'VARCHAR' },
    ...{ historySequence: 'BIGINT', history: 'JSON', values: 'JSON', experiment: 'JSON', items: 'JSON' },
    took: 'DOUBLE',
  },
  items: {
    ...{
      item: 'VARCHAR',
      domain: 'VARCHAR',
      hidden: 'BOOLEAN',
      availableFrom: 'TIMESTAMP',
      availableUntil: 'TIMESTAMP',
    },
    ...{ categories: 'JSON', title: 'VARCHAR', properties: 'JSON' },
  },
}

/** The rows as lines of JSON, some at a time. What comes in while they are read may be among them. */
export async function* exportLines(what: Exported, store: Store, span: ExportSpan = {}): AsyncGenerator<string> {
  let after: string | undefined
  do {
    const { rows, next } = await readRows(what, store, { ...span, after, limit: ROWS_A_READ })
    if (rows.length > 0) yield `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`
    after = next
  } while (after !== undefined)
}

/**
 * The same as a Parquet file, which is written to a temporary folder first and gone when it was read.
 * @throws TributaryError `store-failed`, `disk-full`
 */
export async function exportParquet(
  what: Exported,
  store: Store,
  span: ExportSpan = {},
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-export-'))
  const clear = () => rm(folder, { recursive: true, force: true })
  try {
    const [lines, parquet] = [join(folder, 'rows.jsonl'), join(folder, 'rows.parquet')]
    const file = await open(lines, 'w')
    try {
      for await (const some of exportLines(what, store, span)) {
        signal?.throwIfAborted()
        await file.write(some)
      }
    } finally {
      await file.close()
    }
    const columns = Object.entries(COLUMNS[what]).map(([name, type]) => `${literal(name)}: ${literal(type)}`)
    const rows = `read_json(${literal(lines)}, format='newline_delimited', columns={${columns.join(', ')}}, maximum_object_size=100000000)`
    const write = `COPY (SELECT * FROM ${rows}) TO ${literal(parquet)} (FORMAT parquet)`
    await withDatabase(join(folder, 'rows.duckdb'), (connection) => connection.run(write), { signal })
    return readThenClear(parquet, clear)
  } catch (error) {
    await clear()
    throw error
  }
}

async function* readThenClear(path: string, clear: () => Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>
  } finally {
    await clear()
  }
}

async function readRows(
  what: Exported,
  store: Store,
  page: ExportSpan & { readonly after: string | undefined; readonly limit: number },
): Promise<Page<JsonObject>> {
  switch (what) {
    case 'events':
      return mapRows(await store.events(page), asTold)
    case 'recommendations':
      return mapRows(await store.decisions(page), asRecorded)
    case 'items':
      return mapRows(await store.items(page), asDescribed)
  }
}

function mapRows<T>({ rows, next }: Page<T>, told: (row: T) => JsonObject): Page<JsonObject> {
  return { rows: rows.map(told), next }
}

/** A decision as JSON has it. */
function asRecorded({ at, historySequence, ...decision }: Decision): JsonObject {
  return {
    ...decision,
    at: new Date(at).toISOString(),
    ...(historySequence !== undefined && { historySequence: String(historySequence) }),
  }
}
