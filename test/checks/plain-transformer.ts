import { erf } from '../../src/tensor/executors/reference/elementwise.ts'
import { dot, type plainWeights, plus, through, times, type Vector } from './plain-algebra.ts'

type Weights = ReturnType<typeof plainWeights>

/** (x − mean) / √(variance + ε) */
export function normalized(x: Vector, epsilon = 1e-5): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length
  const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / x.length
  return x.map((xi) => (xi - mean) / Math.sqrt(variance + epsilon))
}

/** The layer normalization of that name. */
export function plainNorm({ vector }: Weights, name: string, x: Vector): number[] {
  const [gain, bias] = [vector(`${name}/gain`), vector(`${name}/bias`)]
  return normalized(x).map((value, i) => value * gain[i] + bias[i])
}

/** The dense layer of that name. */
export function plainLinear({ vector, matrix }: Weights, name: string, x: Vector): number[] {
  return plus(through(x, matrix(`${name}/weight`)), vector(`${name}/bias`))
}

export function softmaxOf(logits: Vector): number[] {
  const largest = Math.max(...logits)
  const exps = logits.map((x) => Math.exp(x - largest))
  const total = exps.reduce((sum, e) => sum + e, 0)
  return exps.map((e) => e / total)
}

/** What each query finds among the keys that it sees, head by head; `bias` is added to what they have in common. */
export function plainAttention(
  [queries, keys, values]: readonly (readonly Vector[])[],
  heads: number,
  sees: (query: number, key: number) => boolean,
  bias: (head: number, query: number, key: number) => number = () => 0,
): number[][] {
  const width = queries[0].length / heads
  return queries.map((query, q) =>
    Array.from({ length: heads }, (_, head) => {
      const of = (v: Vector) => v.slice(head * width, (head + 1) * width)
      const seen = [...keys.keys()].filter((k) => sees(q, k))
      const shares = softmaxOf(seen.map((k) => dot(of(query), of(keys[k])) / Math.sqrt(width) + bias(head, q, k)))
      return plus(...seen.map((k, i) => times(shares[i], of(values[k]))))
    }).flat(),
  )
}

const gelu = (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2

/** The pre-norm Transformer of that name, with GELU. */
export function plainTransformer(
  weights: Weights,
  name: string,
  x: readonly Vector[],
  { layers, heads }: { readonly layers: number; readonly heads: number },
  sees: (query: number, key: number) => boolean,
): number[][] {
  const prefix = name === '' ? '' : `${name}/`
  let h = x
  for (let i = 0; i < layers; i++) {
    const block = `${prefix}block${i}`
    const entered = h.map((row) => plainNorm(weights, `${block}/norm1`, row))
    const parts = ['query', 'key', 'value'].map((part) =>
      entered.map((row) => plainLinear(weights, `${block}/${part}`, row)),
    )
    const mixed = plainAttention(parts, heads, sees)
    h = h.map((row, t) => plus(row, plainLinear(weights, `${block}/output`, mixed[t])))
    h = h.map((row) => {
      const inner = plainLinear(weights, `${block}/inner`, plainNorm(weights, `${block}/norm2`, row)).map(gelu)
      return plus(row, plainLinear(weights, `${block}/outer`, inner))
    })
  }
  return h.map((row) => plainNorm(weights, `${prefix}norm`, row))
}
