import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { holdStore } from '../../../test/store/conformance.ts'
import { type PostgresServer, startPostgres } from '../../../test/store/postgres-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.end())

let schemas = 0
holdStore({
  name: 'postgres',
  worlds: 20,
  freshUrl: async () => {
    schemas++
    return `${server.url}?schema=s${schemas}`
  },
  execute: async (url, sql) => {
    const schema = new URL(url).searchParams.get('schema') as string
    const client = new pg.Client(server.url)
    await client.connect()
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path = ${schema}; ${sql}`)
    await client.end()
  },
})
