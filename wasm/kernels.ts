// The inner loops of training that onnxruntime does not run, in AssemblyScript with 128-bit vectors. Addresses are bytes, counts
// are elements; every float count is a multiple of 4 (callers pad). `npm run build:kernels` compiles this file into
// src/math/kernels.wasm.ts, which is committed with the hash of this source; a test holds the two together.

/** target[i] += source[i] for `count` floats. */
export function add(target: usize, source: usize, count: i32): void {
  const end = source + ((<usize>count) << 2)
  while (source < end) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)))
    target += 16
    source += 16
  }
}

/** Adds row i of `source` [count, width] to row ids[i] of `table` [n, width], in order; id 0 is padding and skipped. */
export function addRows(table: usize, ids: usize, source: usize, count: i32, width: i32): void {
  const bytes = (<usize>width) << 2
  for (let i: i32 = 0; i < count; i++) {
    const id = load<u32>(ids + ((<usize>i) << 2))
    if (id > 0) add(table + <usize>id * bytes, source, width)
    source += bytes
  }
}

/**
 * Adam on `count` weights: mean ← β1·mean + (1 − β1)·g, square ← β2·square + (1 − β2)·g², weight ← weight − rate·mean /
 * (√square·squareScale + ε). A mean below 1e-30 becomes 0: it would soon be denormal, which is slow, and moves nothing.
 */
export function adam(
  weights: usize,
  gradient: usize,
  mean: usize,
  square: usize,
  count: i32,
  rate: f32,
  squareScale: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  decay: f32,
): void {
  const b1 = f32x4.splat(beta1)
  const b2 = f32x4.splat(beta2)
  const c1 = f32x4.splat(<f32>1 - beta1)
  const c2 = f32x4.splat(<f32>1 - beta2)
  const r = f32x4.splat(rate)
  const s = f32x4.splat(squareScale)
  const e = f32x4.splat(epsilon)
  const l2 = f32x4.splat(decay)
  const tiny = f32x4.splat(1e-30)
  const bytes = (<usize>count) << 2
  for (let i: usize = 0; i < bytes; i += 16) {
    const w = v128.load(weights + i)
    const g = f32x4.add(v128.load(gradient + i), f32x4.mul(l2, w))
    let m = f32x4.add(f32x4.mul(b1, v128.load(mean + i)), f32x4.mul(c1, g))
    m = v128.and(m, f32x4.ge(f32x4.abs(m), tiny))
    const v = f32x4.add(f32x4.mul(b2, v128.load(square + i)), f32x4.mul(f32x4.mul(c2, g), g))
    v128.store(mean + i, m)
    v128.store(square + i, v)
    const size = f32x4.add(f32x4.mul(f32x4.sqrt(v), s), e)
    v128.store(weights + i, f32x4.sub(w, f32x4.div(f32x4.mul(r, m), size)))
  }
}

/**
 * Fills `count` words (a multiple of 16) with four independent xoshiro128** streams side by side, and turns each byte into 1
 * where it is at least `threshold`, else 0. `state` holds 4 vectors of 4 words, and is left advanced.
 */
export function bernoulli(target: usize, count: i32, threshold: i32, state: usize): void {
  let a = v128.load(state)
  let b = v128.load(state + 16)
  let c = v128.load(state + 32)
  let d = v128.load(state + 48)
  const limit = i8x16.splat(<i8>threshold)
  const one = i8x16.splat(1)
  const end = target + ((<usize>count) << 2)
  while (target < end) {
    const product = i32x4.add(b, i32x4.shl(b, 2)) // 5 b
    const turned = v128.or(i32x4.shl(product, 7), i32x4.shr_u(product, 25))
    const word = i32x4.add(turned, i32x4.shl(turned, 3)) // 9 · rotation
    const t = i32x4.shl(b, 9)
    c = v128.xor(c, a)
    d = v128.xor(d, b)
    b = v128.xor(b, c)
    a = v128.xor(a, d)
    c = v128.xor(c, t)
    d = v128.or(i32x4.shl(d, 11), i32x4.shr_u(d, 21))
    v128.store(target, v128.and(i8x16.ge_u(word, limit), one))
    target += 16
  }
  v128.store(state, a)
  v128.store(state + 16, b)
  v128.store(state + 32, c)
  v128.store(state + 48, d)
}
