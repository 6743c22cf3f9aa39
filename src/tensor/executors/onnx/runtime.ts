import { existsSync } from 'node:fs'
import type { InferenceSession, InferenceSessionFactory, TensorConstructor } from 'onnxruntime-common'
import { TributaryError, unknownName } from '../../../core/index.ts'

/** onnxruntime in one of its two builds. Both compute the same graphs; their results differ in the last bits. */
export interface OnnxRuntime {
  readonly engine: Engine
  /** Of onnxruntime: `1.30.0`. */
  readonly version: string
  readonly InferenceSession: InferenceSessionFactory
  readonly Tensor: TensorConstructor
  /** The options of a session that computes with at most `threads` threads, which spin or sleep while they wait. */
  sessionOptions(threads: number, spin: boolean): InferenceSession.SessionOptions
}

/** `native` needs onnxruntime-node and its binaries; `wasm` runs wherever Node does, on one thread. */
export type Engine = 'native' | 'wasm'

const ENGINES: readonly Engine[] = ['native', 'wasm']
const ENVIRONMENT_VARIABLE = 'TRIBUTARY_ENGINE'

// Subnormal numbers are taken for 0: the softmax of a masked row is full of them, and they make it ten times slower.
// Rules for quantized models would repeat the dequantization of a mask for each of its readers.
const SESSION_ENTRIES = { set_denormal_as_zero: '1', disable_quant_qdq: '1' }

/** What both builds are given. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'disabled', // our lowering leaves nothing to gain; the rules only cost time
  logSeverityLevel: 4, // what goes wrong is thrown, not printed
  extra: { session: SESSION_ENTRIES },
}

let native: Promise<OnnxRuntime> | undefined
let wasm: Promise<OnnxRuntime> | undefined
let chosen: Promise<OnnxRuntime> | undefined

/**
 * The engine that `TRIBUTARY_ENGINE` names; where it names none the native one, or WebAssembly where that does not load, which
 * is said once.
 * @throws TributaryError `unknown-name` for another name, `bad-argument` where the native engine was named and does not load
 */
export function chosenRuntime(environment: NodeJS.ProcessEnv = process.env): Promise<OnnxRuntime> {
  const named = environment[ENVIRONMENT_VARIABLE] ?? ''
  if (named === 'wasm') return wasmRuntime()
  if (named !== '' && named !== 'native') throw unknownName(`engine in ${ENVIRONMENT_VARIABLE}`, named, ENGINES)
  native ??= openNative()
  if (named === 'native')
    return native.catch((error: unknown) => {
      throw new TributaryError(
        'bad-argument',
        `${ENVIRONMENT_VARIABLE}=native, but ${whyNotNative(error)}; leave it away to compute in WebAssembly`,
        { cause: error },
      )
    })
  chosen ??= native.catch((error: unknown) => {
    process.emitWarning(
      `${whyNotNative(error)}, so WebAssembly computes, on one thread that is two to three times slower; for the fast engine run: ` +
        'ONNXRUNTIME_NODE_INSTALL=skip npm install (docs/installing.md)',
      { code: 'TRIBUTARY_SLOW_ENGINE' },
    )
    return wasmRuntime()
  })
  return chosen
}

async function openNative(): Promise<OnnxRuntime> {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-node')
  return {
    engine: 'native',
    version: env.versions.common,
    InferenceSession,
    Tensor,
    sessionOptions: (intraOpNumThreads, spin) => ({
      ...SESSION_OPTIONS,
      executionProviders: ['cpu'],
      intraOpNumThreads,
      extra: { session: { ...SESSION_ENTRIES, intra_op: { allow_spinning: spin ? '1' : '0' } } },
    }),
  }
}

function whyNotNative(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_MODULE_NOT_FOUND') return 'onnxruntime-node is not installed'
  return `onnxruntime-node does not load here (${message.split('\n')[0]})`
}

/** The WebAssembly build, whatever else is installed. */
export function wasmRuntime(): Promise<OnnxRuntime> {
  wasm ??= openWasm()
  return wasm
}

async function openWasm(): Promise<OnnxRuntime> {
  // The package brings the three files it needs: all of onnxruntime-web is ten times as large.
  const packed = new URL('../onnxruntime-web/ort.node.min.mjs', import.meta.url)
  const { env, InferenceSession, Tensor }: typeof import('onnxruntime-web') = await import(
    existsSync(packed) ? packed.href : 'onnxruntime-web'
  )
  env.logLevel = 'fatal'
  env.wasm.numThreads = 1
  return {
    engine: 'wasm',
    version: env.versions.common,
    InferenceSession,
    Tensor,
    sessionOptions: () => ({ ...SESSION_OPTIONS, executionProviders: ['wasm'] }),
  }
}
