import { TributaryError } from '../core/index.ts'
import { derivatives } from './derivatives.ts'
import { addDims, type Dim, formatShape } from './dims.ts'
import { add, concat, isAbsorbed } from './ops.ts'
import { expandTo } from './rewrite/uniform.ts'
import { constant, input, is, type PrimitiveName, type Sym, withOriginOf } from './sym.ts'

/**
 * The gradients of a scalar by `wrt`, as more graph: each has the shape of its node, and may be differentiated again. `wrt` may be
 * any nodes. Nothing is built for what does not depend on `wrt` or lies behind stopGradient; a gradient that nothing reaches is
 * a constant 0. Throws `bad-shape` where the loss is no scalar.
 */
export function grad(loss: Sym, wrt: readonly Sym[]): Sym[] {
  if (loss.shape.length !== 0)
    throw new TributaryError(
      'bad-shape',
      `the gradient of a loss needs a scalar (shape []), but the loss made at ${loss.origin} has shape ${formatShape(loss.shape)}`,
    )
  return vjp([loss], [constant(1)], wrt)
}

/**
 * Σ_k cotangents[k] · ∂outputs[k]/∂wrt[j] for each j, of the shape of wrt[j]. Cotangents broadcast to their outputs and are
 * held fixed, even where they depend on `wrt`. Throws `bad-argument` for a layer normalization that `linear` has absorbed.
 */
export function vjp(outputs: readonly Sym[], cotangents: readonly Sym[], wrt: readonly Sym[]): Sym[] {
  pairUp('cotangent', cotangents, 'output', outputs)
  for (const node of wrt)
    if (isAbsorbed(node))
      throw new TributaryError(
        'bad-argument',
        `the gradient by the ${node.primitive} made at ${node.origin} is incomplete, because linear() took this gain and shift into its weight; give linear() reshape(x, x.shape) and differentiate by that`,
      )
  const order = topologicalOrder(outputs)
  const isActive = dependents(order, wrt)
  const contributions = new Map<Sym, Sym[]>()
  const accumulate = (node: Sym, gradient: Sym) => {
    const earlier = contributions.get(node)
    if (earlier === undefined) contributions.set(node, [gradient])
    else earlier.push(gradient)
  }
  const gradients = new Map<Sym, Sym>()
  outputs.forEach((output, k) => {
    if (isActive.has(output)) withOriginOf(output, () => accumulate(output, expandTo(cotangents[k], output.shape)))
  })
  for (const node of order.toReversed()) {
    const received = contributions.get(node)
    if (received === undefined) continue
    withOriginOf(node, () => {
      const gradient = total(received)
      gradients.set(node, gradient)
      const parts = derivativeOf(node, gradient)
      node.inputs.forEach((x, i) => {
        const part = parts[i]
        if (part && isActive.has(x)) accumulate(x, part())
      })
    })
  }
  return wrt.map((x) => gradients.get(x) ?? withOriginOf(x, () => expandTo(constant(0), x.shape)))
}

/**
 * The sum of what the consumers of a node pass back. Where they are slices that tile an axis, as the steps of a recurrence are,
 * that is one concat; sums of padded slices would cost the square of their number.
 */
function total(gradients: readonly Sym[]): Sym {
  return tiled(gradients) ?? gradients.reduce((sum, gradient) => add(sum, gradient))
}

function tiled(gradients: readonly Sym[]): Sym | undefined {
  const pads = gradients.filter((gradient) => is(gradient, 'pad'))
  const axis = pads[0]?.attributes.axis
  if (axis === undefined || pads.length < 2 || pads.length < gradients.length) return undefined
  const starts = new Map(pads.filter((pad) => pad.attributes.axis === axis).map((pad) => [pad.attributes.before, pad]))
  const tiles: Sym[] = []
  let end: Dim = 0
  for (let pad = starts.get(end); pad !== undefined && tiles.length < pads.length; pad = starts.get(end)) {
    const tile = pad.inputs[0]
    tiles.push(tile)
    end = addDims(end, tile.shape[axis])
  }
  return tiles.length === pads.length && end === pads[0].shape[axis] ? concat(tiles, axis) : undefined
}

/**
 * Σ_j ∂outputs[k]/∂wrt[j] · tangents[j] for each k, of the shape of outputs[k]. vjp is linear in its cotangents, so its own vjp
 * by them is the forward derivative (Townsend, 2017: "A new trick for calculating Jacobian vector products").
 */
export function jvp(outputs: readonly Sym[], wrt: readonly Sym[], tangents: readonly Sym[]): Sym[] {
  // Placeholders that the result does not depend on, precisely because vjp is linear in them.
  const cotangents = outputs.map((output) => input('jvp cotangent', output.shape))
  return vjp(vjp(outputs, cotangents, wrt), tangents, cotangents)
}

/** The Hessian of a scalar by all of `wrt` together, times `vectors` (held fixed): one Sym for each of `wrt`. */
export function hvp(loss: Sym, wrt: readonly Sym[], vectors: readonly Sym[]): Sym[] {
  return vjp(grad(loss, wrt), vectors, wrt)
}

function derivativeOf<P extends PrimitiveName>(node: Sym<P>, gradient: Sym): readonly ((() => Sym) | null)[] {
  return derivatives[node.primitive](node, gradient)
}

/** All nodes that `outputs` need, each after its inputs. Iterative: graphs are deeper than the stack allows. */
export function topologicalOrder(outputs: Iterable<Sym>): Sym[] {
  const seen = new Set<Sym>(outputs)
  const pending = [...seen]
  for (let node = pending.pop(); node !== undefined; node = pending.pop())
    for (const x of node.inputs)
      if (!seen.has(x)) {
        seen.add(x)
        pending.push(x)
      }
  return [...seen].sort((a, b) => a.id - b.id) // inputs are older than what is made of them
}

/** The nodes through which a gradient flows to `wrt`. */
function dependents(order: readonly Sym[], wrt: readonly Sym[]): Set<Sym> {
  const active = new Set<Sym>(wrt)
  for (const node of order) {
    if (node.dtype !== 'float32' || active.has(node)) continue
    // The derivative says which inputs let a gradient through; it builds nothing until a part is called.
    const parts = derivativeOf(node, node)
    if (node.inputs.some((x, i) => parts[i] && active.has(x))) active.add(node)
  }
  return active
}

function pairUp(kind: string, vectors: readonly Sym[], ofKind: string, nodes: readonly Sym[]): void {
  if (vectors.length !== nodes.length)
    throw new TributaryError(
      'bad-argument',
      `each ${ofKind} needs one ${kind}, but there are ${vectors.length} for ${nodes.length}`,
    )
}
