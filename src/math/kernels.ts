import { KERNELS_BASE64 } from './kernels.wasm.ts'

// WebAssembly is in every Node, but its types come with the browser's library, which the rest of the project must not see.
interface Memory {
  readonly buffer: ArrayBuffer
}
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Memory: new (size: { initial: number; maximum: number }) => Memory
  readonly Instance: new (module: object, imports: { env: Record<string, unknown> }) => { readonly exports: unknown }
}

/** The functions of wasm/kernels.ts, with addresses in bytes. */
interface Exports {
  add(target: number, source: number, count: number): void
  addRows(table: number, ids: number, source: number, count: number, width: number): void
  adam(
    weights: number,
    gradient: number,
    mean: number,
    square: number,
    count: number,
    rate: number,
    squareScale: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    decay: number,
  ): void
  bernoulli(target: number, count: number, threshold: number, state: number): void
}

/** Floats that go through the kernels at once: four arrays of them fit in a core's cache. */
const CHUNK = 16_384
const PAGE = 65_536

let compiled: object | undefined

/** An instance over `bytes` of memory of its own. The memory never grows, so views of it stay valid. */
function instantiate(bytes: number): { exports: Exports; buffer: ArrayBuffer } {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'))
  const pages = Math.ceil(bytes / PAGE)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const abort = () => {
    throw new Error('a kernel aborted')
  }
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory, abort } })
  return { exports: exports as Exports, buffer: memory.buffer }
}

/** What works on the arrays of a memory without copying them, and a chunk of it for what stands elsewhere. */
interface Home {
  readonly exports: Exports
  readonly scratch: Float32Array
  readonly arena: Arena
}

const homes = new WeakMap<ArrayBufferLike, Home>()

/** Memory of fixed size that the kernels work on in place. Pages that nobody touches cost nothing. */
export interface Arena {
  /** The next `count` floats, zeros at first; a plain array when the arena is full or there is none. */
  floats(count: number): Float32Array
}

/** The most that one WebAssembly memory can hold, in bytes. */
const MOST_BYTES = 65_536 * PAGE

/**
 * An arena for arrays of `counts` floats each. Beyond four gigabytes, or where the system grants no more WebAssembly memory,
 * its arrays are plain ones, which kernels copy in and out.
 */
export function createArena(counts: readonly number[]): Arena {
  const total = counts.map(bytesOfFloats).reduce((sum, size) => sum + size, 0)
  const plain: Arena = { floats: (count) => new Float32Array(count) }
  if (total + 4 * CHUNK > MOST_BYTES) return plain
  let instance: ReturnType<typeof instantiate>
  try {
    instance = instantiate(total + 4 * CHUNK)
  } catch (error) {
    // Every memory reserves gigabytes of address space, of which a process may have too little.
    if (error instanceof RangeError) return plain
    throw error
  }
  const { exports, buffer } = instance
  let next = 0
  const arena: Arena = {
    floats(count) {
      const size = bytesOfFloats(count)
      if (next + size > total) return new Float32Array(count)
      next += size
      return new Float32Array(buffer, next - size, count)
    },
  }
  homes.set(buffer, { exports, scratch: new Float32Array(buffer, total, CHUNK), arena })
  return arena
}

/** The next floats of the arena that an array stands in; plain arrays where it stands in none. */
export function floatsBeside({ buffer }: Float32Array): Arena['floats'] {
  return homes.get(buffer)?.arena.floats ?? ((count) => new Float32Array(count))
}

/** Bytes of `count` floats, rounded up to whole vectors; counts may exceed 32 bits. */
function bytesOfFloats(count: number): number {
  return Math.ceil(count / 4) * 16
}

let scratch: { exports: Exports; floats: Float32Array; bytes: Uint8Array; words: Uint32Array } | undefined

/** One instance for work that is copied in and out. */
function shared() {
  if (scratch === undefined) {
    const { exports, buffer } = instantiate(5 * CHUNK * 4)
    scratch = {
      exports,
      floats: new Float32Array(buffer),
      bytes: new Uint8Array(buffer),
      words: new Uint32Array(buffer),
    }
  }
  return scratch
}

export interface AdamStep {
  /** Learning rate over 1 − β1^t. */
  readonly rate: number
  /** 1 over √(1 − β2^t). */
  readonly squareScale: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

/** One step of Adam on whole arrays of one length, in single precision; updates weights, mean and square in place. */
export function adamStep(
  weights: Float32Array,
  gradient: Float32Array,
  mean: Float32Array,
  square: Float32Array,
  step: AdamStep,
): void {
  const { rate, squareScale, beta1, beta2, epsilon, weightDecay } = step
  const arrays = [weights, gradient, mean, square]
  const home = homes.get(weights.buffer)
  const isAtHome = ({ buffer }: Float32Array) => buffer === weights.buffer
  if (home !== undefined && weights.length % 4 === 0 && isAtHome(mean) && isAtHome(square)) {
    const [w, g, m, v] = arrays.map(({ byteOffset }) => byteOffset) as [number, number, number, number]
    const update = (start: number, end: number, from: number) => {
      const at = 4 * start
      home.exports.adam(
        w + at,
        from,
        m + at,
        v + at,
        end - start,
        rate,
        squareScale,
        beta1,
        beta2,
        epsilon,
        weightDecay,
      )
    }
    if (isAtHome(gradient)) update(0, weights.length, g)
    else
      for (let start = 0; start < weights.length; start += CHUNK) {
        const end = Math.min(weights.length, start + CHUNK)
        home.scratch.set(gradient.subarray(start, end))
        update(start, end, home.scratch.byteOffset)
      }
    return
  }
  const { exports, floats } = shared()
  for (let start = 0; start < weights.length; start += CHUNK) {
    const end = Math.min(weights.length, start + CHUNK)
    for (const [i, array] of arrays.entries()) floats.set(array.subarray(start, end), i * CHUNK)
    // What lies between the end and the next multiple of 4 is stale, and never copied back.
    const count = (end - start + 3) & ~3
    const [w, g, m, v] = [0, 4 * CHUNK, 8 * CHUNK, 12 * CHUNK] as const
    exports.adam(w, g, m, v, count, rate, squareScale, beta1, beta2, epsilon, weightDecay)
    for (const [i, array] of arrays.entries())
      if (array !== gradient) array.set(floats.subarray(i * CHUNK, i * CHUNK + end - start), start)
  }
}

/** Bytes that are 0 with probability threshold / 256 and 1 otherwise, from four xoshiro128** streams of the given state. */
export function bernoulliBytes(count: number, threshold: number, state: Uint32Array): Uint8Array {
  const { exports, bytes, words } = shared()
  const result = new Uint8Array(count)
  const stateAt = 4 * 4 * CHUNK
  words.set(state, stateAt / 4)
  for (let start = 0; start < count; start += 4 * 4 * CHUNK) {
    const size = Math.min(count - start, 4 * 4 * CHUNK)
    exports.bernoulli(0, ((size + 15) & ~15) >> 2, threshold, stateAt)
    result.set(bytes.subarray(0, size), start)
  }
  return result
}

/** A gradient buffer [rows, width] that rows and blocks are added to. */
export interface RowSums {
  /** The sums, row-major. Views of one memory that never moves. */
  readonly values: Float32Array
  /** Adds row i of `rows` [n, width] to row ids[i]; id 0 is skipped; repeated ids add up in the order given. */
  addRows(ids: Int32Array, rows: Float32Array): void
  /** Adds a block [n, width] to rows `start` … `start + n − 1`. */
  addRange(start: number, block: Float32Array): void
}

/** Row sums by the kernels where rows are whole vectors (width a multiple of 4) in an arena, by plain loops otherwise. */
export function createRowSums(rows: number, width: number, arena: Arena): RowSums {
  const values = arena.floats(rows * width)
  const scratch = arena.floats(rowSumsScratch(width))
  const home = homes.get(values.buffer)
  return width % 4 === 0 && home !== undefined && scratch.buffer === values.buffer
    ? vectorRowSums(values, width, scratch, home.exports)
    : plainRowSums(values, width)
}

/** Floats that row sums need beside the sums: a chunk of rows and their ids. */
export function rowSumsScratch(width: number): number {
  const chunk = Math.max(CHUNK, width)
  return chunk + Math.floor(chunk / width)
}

/** What the kernels compute, in plain TypeScript; the oracle of their tests. */
export function plainRowSums(values: Float32Array, width: number): RowSums {
  const addAt = (at: number, added: Float32Array, from: number, count: number) => {
    for (let i = 0; i < count; i++) values[at + i] = values[at + i] + added[from + i]
  }
  return {
    values,
    addRows(ids, added) {
      for (let i = 0; i < ids.length; i++) if (ids[i] !== 0) addAt(ids[i] * width, added, i * width, width)
    },
    addRange: (first, block) => addAt(first * width, block, 0, block.length),
  }
}

function vectorRowSums(values: Float32Array, width: number, scratch: Float32Array, exports: Exports): RowSums {
  const chunk = Math.max(CHUNK, width) // floats of rows that are copied in at once
  const perChunk = Math.floor(chunk / width)
  const source = scratch.subarray(0, chunk)
  const sourceIds = new Int32Array(scratch.buffer, scratch.byteOffset + chunk * 4, perChunk)
  const [valuesAt, sourceAt, idsAt] = [values.byteOffset, source.byteOffset, sourceIds.byteOffset]
  return {
    values,
    addRows(ids, added) {
      for (let start = 0; start < ids.length; start += perChunk) {
        const end = Math.min(ids.length, start + perChunk)
        source.set(added.subarray(start * width, end * width))
        sourceIds.set(ids.subarray(start, end))
        exports.addRows(valuesAt, idsAt, sourceAt, end - start, width)
      }
    },
    addRange(first, block) {
      for (let start = 0; start < block.length; start += perChunk * width) {
        const part = block.subarray(start, start + perChunk * width)
        source.set(part)
        exports.add(valuesAt + (first * width + start) * 4, sourceAt, part.length)
      }
    },
  }
}
