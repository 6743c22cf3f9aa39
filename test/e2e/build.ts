import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Builds what users install, once before the suite: the tests then run exactly that, and each process starts faster. */
export default function build(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  // A file that no source makes any more must not go on being tested.
  rmSync(`${root}/dist`, { recursive: true, force: true })
  execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
}
