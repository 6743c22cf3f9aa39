// Writes src/client/api.ts from the server's OpenAPI document: types by openapi-typescript, and where each operation is.
// Usage: tsx scripts/build-client.ts
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildDataset } from '../src/data/index.ts'
import { createServer } from '../src/server/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const FILE = `${root}src/client/api.ts`

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
}

/** The text of src/client/api.ts as the server of today makes it, formatted. */
export async function clientSource(): Promise<string> {
  const dataset = buildDataset('shop', { user: ['ann'], item: ['a'], domain: ['books'] })
  const model = { score: async () => new Float32Array(1) }
  const app = createServer({ models: [{ name: 'm', model, dataset }] })
  const document = (await (await app.request('/openapi.json')).json()) as Document
  // It needs TypeScript 5, which lives in a workspace of its own.
  const generator = createRequire(`${root}test/client/package.json`).resolve('openapi-typescript')
  const { default: types, astToString } = (await import(pathToFileURL(generator).href)) as Generator
  // TypeDoc has the description of a comment without a tag.
  const text = astToString(await types(document as object)).replaceAll('@description ', '')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, [method.toUpperCase(), path]] as const),
  )
  const table = JSON.stringify(Object.fromEntries(operations.sort(([a], [b]) => (a < b ? -1 : 1))))
  const source = `// Written by scripts/build-client.ts from the server's OpenAPI document; npm run build:client writes it anew.\n${text}\n/** Method and path of each operation. */\nexport const OPERATIONS = ${table} as const\n`
  return execFileSync(
    process.execPath,
    [`${root}node_modules/@biomejs/biome/bin/biome`, 'format', `--stdin-file-path=${FILE}`],
    {
      cwd: root,
      input: source,
      encoding: 'utf8',
    },
  )
}

interface Generator {
  readonly default: (document: object) => Promise<object>
  readonly astToString: (nodes: object) => string
}

if (import.meta.filename === process.argv[1]) writeFileSync(FILE, await clientSource())
