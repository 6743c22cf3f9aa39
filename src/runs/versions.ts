import { createRequire } from 'node:module'
import { z } from 'zod'
import { chosenRuntime } from '../tensor/index.ts'

/** The version of this package. */
export const TRIBUTARY_VERSION = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../../package.json')).version

/** What a run records of the programs that made it; onnxruntime with its engine: `1.30.0`, or `1.30.0 wasm`. */
export async function versions(): Promise<{ tributary: string; node: string; onnxruntime: string }> {
  const { version, engine } = await chosenRuntime()
  return {
    tributary: TRIBUTARY_VERSION,
    node: process.versions.node,
    onnxruntime: engine === 'native' ? version : `${version} ${engine}`,
  }
}
