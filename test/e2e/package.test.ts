import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, writeText } from './tributary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = createFolder()
let packed: { readonly filename: string; readonly files: readonly { readonly path: string }[] }

beforeAll(() => {
  const json = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  packed = JSON.parse(json)[0]
})

test('the package holds the command and the WebAssembly engine, and no tests but an example', () => {
  const paths = packed.files.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['dist/cli/main.js', 'dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE']),
  )
  expect(paths).toContain('dist/tensor/executors/onnxruntime-web/ort-wasm-simd-threaded.wasm')
  // Read at run time, by demonstrate.
  expect(paths).toContain('prompts/task.txt')
  expect(paths.filter((path) => !path.startsWith('examples/') && /\.(test|contract)\.|^test\//.test(path))).toEqual([])
})

/** Runs npm in an empty project, install scripts allowed: none of this repository's settings reach it. */
function npm(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return spawnSync('npm', [...args, '--ignore-scripts=false', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
}

function tenLines() {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['ten-lines.mjs'], { cwd: folder, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  for (const line of stdout.trim().split('\n').slice(-5)) expect(line).toMatch(/^music-\d+ -?\d+\.\d{3}$/)
  const { versions } = JSON.parse(readFileSync(join(folder, 'runs/sasrec/manifest.json'), 'utf8'))
  return { stderr, onnxruntime: versions.onnxruntime as string }
}

// Only there does onnxruntime-node's install script ask a second host, for GPU libraries that are never used.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('in an empty folder on Linux x64', () => {
  const notice = /TRIBUTARY_SLOW_ENGINE.*onnxruntime-node is not installed/

  it('installs from the npm registry alone and runs the ten lines, then on the fast engine once that is there', (context) => {
    writeText(folder, 'package.json', '{ "private": true }')
    writeText(folder, 'shop.csv', shopCsv({ users: 20 }))
    writeText(folder, 'ten-lines.mjs', readFileSync(join(root, 'examples/ten-lines.mjs'), 'utf8'))
    if (npm(['view', 'onnxruntime-common', 'version']).status !== 0) context.skip('the npm registry cannot be reached')

    // A proxy that refuses stands for the host that cannot be reached; npm itself does not read this variable.
    const unreachable = { GLOBAL_AGENT_HTTPS_PROXY: 'http://127.0.0.1:9' }
    const installed = npm(['install', packed.filename], unreachable)
    expect(installed.status, installed.stderr).toBe(0)
    const slow = tenLines()
    expect(slow.onnxruntime).toMatch(/ wasm$/)
    expect(slow.stderr.match(new RegExp(notice, 'g'))).toHaveLength(1)

    // What the notice says to do.
    const repaired = npm(['install'], { ...unreachable, ONNXRUNTIME_NODE_INSTALL: 'skip' })
    expect(repaired.status, repaired.stderr).toBe(0)
    for (const path of ['datasets', 'runs']) execFileSync('rm', ['-r', join(folder, path)])
    const fast = tenLines()
    expect(fast.onnxruntime).toMatch(/^[\d.]+$/)
    expect(fast.stderr).toBe('')
  }, 600_000)
})
