// Makes dist/web/, the pages of the studio, which the server hands out under /studio.
// Usage: tsx scripts/build-web.ts [--if-older]
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { STUDIO_FOLDER } from '../src/server/studio.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What the pages are made of. */
const SOURCES = ['web', 'src/client', 'src/pages']

export async function buildWeb(): Promise<void> {
  await build({ configFile: `${root}web/vite.config.ts`, logLevel: 'warn' })
}

/** Whether nothing that the pages are made of has changed since. */
function isNew(): boolean {
  const built = statSync(join(STUDIO_FOLDER, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return SOURCES.every((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).every(
      (name) => statSync(join(root, folder, name)).mtimeMs < built,
    ),
  )
}

if (import.meta.filename === process.argv[1]) if (!process.argv.includes('--if-older') || !isNew()) await buildWeb()
