// A client of a Tributary server over HTTP: types from the server's OpenAPI document, and `fetch`. It imports nothing else, so that it
// runs wherever `fetch` is. Not exported here: the table of operations that it is made of.

export type { components, operations, paths } from './api.ts'
export {
  type Answer,
  type Call,
  type Client,
  type ClientOptions,
  createClient,
  type Lines,
  type OperationId,
  RefusedError,
} from './client.ts'
