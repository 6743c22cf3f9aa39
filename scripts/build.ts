// Makes dist/, what the package ships: the compiled sources, and the WebAssembly build of onnxruntime beside the executor that
// falls back to it (three files of onnxruntime-web with their license, which that package names but does not hold).
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildWeb } from './build-web.ts'

const RUNTIME = ['ort.node.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']

export async function build(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  // A file that no source makes any more must not go on being shipped.
  rmSync(`${root}dist`, { recursive: true, force: true })
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  const runtime = `${root}dist/tensor/executors/onnxruntime-web`
  for (const file of RUNTIME) cpSync(`${root}node_modules/onnxruntime-web/dist/${file}`, `${runtime}/${file}`)
  await buildWeb()
  const license = readFileSync(`${root}LICENSE`, 'utf8') // MIT, as is theirs
  writeFileSync(`${runtime}/LICENSE`, license.replace(/^Copyright.*$/m, 'Copyright (c) Microsoft Corporation'))
}

if (import.meta.filename === process.argv[1]) await build()
