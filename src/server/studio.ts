import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Context } from 'hono'
import type { ServerApp } from './context.ts'
import type { Env } from './env.ts'
import { RequestError } from './failure.ts'

/** Where `npm run build:web` puts the pages, beside the compiled sources. */
export const STUDIO_FOLDER = fileURLToPath(new URL('../../dist/web/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}

/** Everything comes from this server, and nothing in the text of a page runs. */
const POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ')

interface StudioFile {
  readonly bytes: Buffer
  readonly zipped: Buffer | undefined
  readonly type: string
}

const PAGE = 'index.html'

/**
 * The pages of the studio under `/studio`, which ask nothing but this API. The pages themselves need no key: they hold nothing of
 * anybody's; what they ask for does.
 */
export function addStudio(app: ServerApp, folder = STUDIO_FOLDER): void {
  let files: ReadonlyMap<string, StudioFile> | undefined
  const answer = (c: Context<Env>) => {
    files ??= filesIn(folder)
    if (files === undefined)
      throw new RequestError(404, 'the pages of the studio are not built; build them with: npm run build:web')
    const mounted = c.req.path.slice(0, c.req.path.indexOf('/studio'))
    const path = c.req.path.slice(mounted.length + '/studio'.length).replace(/^\//, '')
    const file = files.get(path)
    if (file === undefined && path.startsWith('assets/'))
      throw new RequestError(404, `there is nothing at ${c.req.path}`)
    c.header('Content-Security-Policy', POLICY)
    c.header('Vary', 'Accept-Encoding')
    if (file === undefined || path === PAGE) {
      // A page of any depth finds its files.
      const page = String(files.get(PAGE)?.bytes).replaceAll('"./assets/', `"${mounted}/studio/assets/`)
      c.header('Cache-Control', 'no-cache')
      return c.body(page, 200, { 'Content-Type': TYPES['.html'] })
    }
    // Their names hold the hash of what is in them.
    c.header('Cache-Control', 'public, max-age=31536000, immutable')
    const asked = file.zipped !== undefined && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    if (asked) c.header('Content-Encoding', 'gzip')
    return c.body(new Uint8Array(asked ? file.zipped! : file.bytes), 200, { 'Content-Type': file.type })
  }
  app.get('/studio', answer)
  app.get('/studio/', answer)
  app.get('/studio/:page{.+}', answer)
}

/** Whether there are pages to show. */
export function isStudioBuilt(folder = STUDIO_FOLDER): boolean {
  return statSync(join(folder, PAGE), { throwIfNoEntry: false })?.isFile() ?? false
}

function filesIn(folder: string): ReadonlyMap<string, StudioFile> | undefined {
  if (!isStudioBuilt(folder)) return undefined
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  )
  return new Map(
    names.map((name) => {
      const bytes = readFileSync(join(folder, name))
      const zipped = bytes.length > 1000 ? gzipSync(bytes, { level: 9 }) : undefined
      const type = TYPES[extname(name)] ?? 'application/octet-stream'
      return [name.replaceAll('\\', '/'), { bytes, zipped, type }]
    }),
  )
}
