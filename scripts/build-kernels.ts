// Compiles wasm/kernels.ts with AssemblyScript into src/math/kernels.wasm.ts. AssemblyScript is fetched for this alone and is no
// dependency: its compiler outweighs the rest of the project, and the result is under a kilobyte.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const source = join(root, 'wasm/kernels.ts')
const binary = join(mkdtempSync(join(tmpdir(), 'kernels-')), 'kernels.wasm')
const asc = [
  'asc',
  source,
  '--runtime',
  'stub',
  '--importMemory',
  '--enable',
  'simd',
  '-O3',
  '--noAssert',
  '--outFile',
  binary,
]
const { status } = spawnSync('npx', ['--yes', '--package', 'assemblyscript@0.28.20', ...asc], { stdio: 'inherit' })
if (status !== 0) throw new Error('wasm/kernels.ts did not compile')
const hash = createHash('sha256').update(readFileSync(source)).digest('hex')
writeFileSync(
  join(root, 'src/math/kernels.wasm.ts'),
  `// Written by scripts/build-kernels.ts from wasm/kernels.ts.
export const KERNELS_SOURCE_HASH = '${hash}'
export const KERNELS_BASE64 =
  '${readFileSync(binary).toString('base64')}'
`,
)
