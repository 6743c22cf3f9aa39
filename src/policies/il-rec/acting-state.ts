import type { Windows } from '../../families/acting/index.ts'
import type { Rng } from '../../math/index.ts'
import type { IlRecNetwork, NetworkConfig } from './network.ts'

/** As PyTorch's. */
const EPSILON = 1e-5

/**
 * The state of one window by plain loops, where a policy acts a turn at a time: what the graph of `IlRecNetwork` computes, up to rounding. A run of
 * that graph costs ten times as much for one window, nearly all of it for handing over its weights.
 * @param rate of dropout, rounded as the graph's
 * @returns of window `at`; `drop` draws what is dropped, absent: nothing. The array is overwritten by the next call. [d]
 */
export function actingState(
  network: IlRecNetwork,
  { width: d, window: W, layers, heads, dropout }: NetworkConfig & { readonly dropout: number },
): (windows: Windows, at: number, drop?: Rng) => Float32Array {
  const threshold = Math.round(dropout * 256)
  const scale = 256 / (256 - threshold)
  const weight = (name: string) => network.parameters.tensors.get(name)!.data
  const part = (name: string) => ({ weight: weight(`${name}/weight`), bias: weight(`${name}/bias`) })
  const norm = (name: string) => ({ gain: weight(`${name}/gain`), bias: weight(`${name}/bias`) })
  const reward = part('reward')
  const places = weight('positions')
  const blocks = Array.from({ length: layers }, (_, i) => {
    const name = `encoder/block${i}`
    const [query, key, value] = [part(`${name}/query`), part(`${name}/key`), part(`${name}/value`)]
    const [output, inner, outer] = [part(`${name}/output`), part(`${name}/inner`), part(`${name}/outer`)]
    return { query, key, value, output, inner, outer, norm1: norm(`${name}/norm1`), norm2: norm(`${name}/norm2`) }
  })
  const last = norm('state')
  const rows = () => Array.from({ length: W }, () => new Float64Array(d))
  let [x, next] = [rows(), rows()]
  const [keys, values] = [rows(), rows()]
  const [query, mixed, added, hidden] = [0, 1, 2, 3].map(() => new Float64Array(d)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const chances = new Float64Array(W)
  const state = new Float32Array(d)
  /** Units of a pass at most: chances of each head, and three rows, at each place of each layer. */
  const units = layers * W * (heads * W + 3 * d)
  let kept: Uint8Array = new Uint8Array(units).fill(1)
  let used = 0
  const dropped = (value: number) => (threshold === 0 ? value : kept[used++] === 1 ? value * scale : 0)

  const attend = (first: number, block: (typeof blocks)[number], from: Float64Array) => {
    const size = d / heads
    product(from, block.query, query)
    mixed.fill(0)
    for (let head = 0; head < heads; head++) {
      const [start, end] = [head * size, (head + 1) * size]
      let most = Number.NEGATIVE_INFINITY
      for (let w = first; w < W; w++) {
        let sum = 0
        for (let i = start; i < end; i++) sum += query[i] * keys[w][i]
        chances[w] = sum / Math.sqrt(size)
        most = Math.max(most, chances[w])
      }
      let total = 0
      for (let w = first; w < W; w++) {
        chances[w] = Math.exp(chances[w] - most)
        total += chances[w]
      }
      for (let w = first; w < W; w++) {
        const share = dropped(chances[w] / total)
        for (let i = start; i < end; i++) mixed[i] = mixed[i] + share * values[w][i]
      }
    }
    product(mixed, block.output, added)
  }

  return (windows, at, drop) => {
    const start = at * W
    let first = W
    while (first > 0 && windows.items[start + first - 1] !== 0) first--
    used = 0
    kept = drop && threshold > 0 ? drop.coins(units, threshold) : new Uint8Array(units).fill(1)
    for (let w = first; w < W; w++) {
      const item = network.items.range(windows.items[start + w], windows.items[start + w] + 1).data
      const paid = windows.rewards[start + w]
      for (let i = 0; i < d; i++)
        x[w][i] = Math.tanh(item[i] + reward.weight[i] * paid + reward.bias[i] + places[w * d + i])
    }
    for (const [b, block] of blocks.entries()) {
      for (let w = first; w < W; w++) {
        product(x[w], block.key, keys[w])
        product(x[w], block.value, values[w])
      }
      // Of the last layer the newest place alone is read.
      for (let w = b === layers - 1 ? Math.max(first, W - 1) : first; w < W; w++) {
        const own = next[w]
        attend(first, block, x[w])
        for (let i = 0; i < d; i++) own[i] = x[w][i] + dropped(added[i])
        normalize(own, block.norm1)
        product(own, block.inner, hidden)
        for (let i = 0; i < d; i++) hidden[i] = dropped(Math.max(0, hidden[i]))
        product(hidden, block.outer, added)
        for (let i = 0; i < d; i++) own[i] = own[i] + dropped(added[i])
        normalize(own, block.norm2)
      }
      ;[x, next] = [next, x]
    }
    const who = network.userVector(windows.users[at])
    for (let i = 0; i < d; i++) added[i] = (first === W ? 0 : x[W - 1][i]) + (who?.[i] ?? 0)
    normalize(added, last)
    for (let i = 0; i < d; i++) state[i] = Math.max(0, added[i])
    return state
  }
}

/** y = x W + b, W by rows of inputs. */
function product(
  x: Float64Array,
  { weight, bias }: { readonly weight: Float32Array; readonly bias: Float32Array },
  y: Float64Array,
): void {
  const width = y.length
  for (let j = 0; j < width; j++) y[j] = bias[j]
  for (let i = 0; i < x.length; i++) {
    const factor = x[i]
    const row = i * width
    for (let j = 0; j < width; j++) y[j] = y[j] + factor * weight[row + j]
  }
}

/** In place. */
function normalize(
  x: Float64Array,
  { gain, bias }: { readonly gain: Float32Array; readonly bias: Float32Array },
): void {
  let mean = 0
  for (let i = 0; i < x.length; i++) mean += x[i]
  mean /= x.length
  let variance = 0
  for (let i = 0; i < x.length; i++) variance += (x[i] - mean) ** 2
  const inverse = 1 / Math.sqrt(variance / x.length + EPSILON)
  for (let i = 0; i < x.length; i++) x[i] = (x[i] - mean) * inverse * gain[i] + bias[i]
}
