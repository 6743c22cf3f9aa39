import { closest, elementCount, type Tensor, TributaryError } from '../core/index.ts'
import { type Dim, type DimBindings, evaluateDim, formatShape, solveDim, subtractDims, symbolsOf } from './dims.ts'
import { dtypeOf, is, type Sym } from './sym.ts'

/**
 * The value of every symbol, read off the shapes of the feeds. Throws `bad-argument` for feeds that are missing, unknown or of the
 * wrong dtype, `bad-shape` where a shape contradicts the input's or another feed's.
 */
export function bindFeeds(
  inputs: ReadonlyMap<string, Sym<'input'>>,
  feeds: Readonly<Record<string, Tensor>>,
): DimBindings {
  for (const name of Object.keys(feeds))
    if (!inputs.has(name)) {
      const suggestion = closest(name, [...inputs.keys()])
      throw new TributaryError(
        'bad-argument',
        `the program has no input '${name}'; ${suggestion === undefined ? `its inputs are ${[...inputs.keys()].join(', ')}` : `did you mean '${suggestion}'?`}`,
      )
    }
  const bindings = new Map<string, number>()
  const givenBy = new Map<string, string>()
  const composite: [string, readonly Dim[], Dim, number][] = []
  for (const [name, node] of inputs) {
    const tensor = feeds[name]
    if (tensor === undefined)
      throw new TributaryError('bad-argument', `input '${name}' of shape ${formatShape(node.shape)} was not fed`)
    checkTensor(name, node, tensor)
    node.shape.forEach((dim, axis) => {
      const extent = tensor.shape[axis]
      if (typeof dim === 'number') {
        if (dim !== extent) throw contradiction(name, node, tensor, `axis ${axis} must be ${dim}`)
      } else if (symbolsOf(dim)[0] !== dim) composite.push([name, tensor.shape, dim, extent])
      else if (!bindings.has(dim)) {
        bindings.set(dim, extent)
        givenBy.set(dim, name)
      } else if (bindings.get(dim) !== extent)
        throw contradiction(name, node, tensor, `${dim} is ${bindings.get(dim)} in input '${givenBy.get(dim)}'`)
    })
  }
  bindComposite(composite, inputs, bindings)
  return bindings
}

/** Extents such as 'T+1' give a symbol that no input has by itself, and must agree with those that one has. */
function bindComposite(
  composite: readonly [string, readonly Dim[], Dim, number][],
  inputs: ReadonlyMap<string, Sym<'input'>>,
  bindings: Map<string, number>,
): void {
  for (let progress = true; progress; ) {
    progress = false
    for (const [, , dim, extent] of composite) {
      const solved = solveDim(dim, extent, bindings)
      if (solved === undefined) continue
      bindings.set(solved.symbol, solved.value)
      progress = true
    }
  }
  for (const [name, shape, dim, extent] of composite) {
    const isBound = symbolsOf(dim).every((symbol) => bindings.has(symbol))
    if (!isBound || evaluateDim(dim, bindings) !== extent)
      throw new TributaryError(
        'bad-shape',
        `input '${name}' of shape ${formatShape(inputs.get(name)!.shape)} was fed ${formatShape(shape)}: ` +
          (isBound ? `${dim} is ${evaluateDim(dim, bindings)}` : `${dim} = ${extent} has no solution`),
      )
  }
}

function checkTensor(name: string, node: Sym, tensor: Tensor): void {
  const dtype = dtypeOf(tensor)
  if (dtype !== node.dtype)
    throw new TributaryError('bad-argument', `input '${name}' must be ${node.dtype}, but a ${dtype} tensor was fed`)
  if (tensor.shape.length !== node.shape.length)
    throw contradiction(name, node, tensor, `rank ${node.shape.length} is needed`)
  if (elementCount(tensor.shape) !== tensor.data.length)
    throw contradiction(name, node, tensor, `the data has ${tensor.data.length} elements`)
}

function contradiction(name: string, node: Sym, tensor: Tensor, reason: string): TributaryError {
  return new TributaryError(
    'bad-shape',
    `input '${name}' of shape ${formatShape(node.shape)} was fed ${formatShape(tensor.shape)}: ${reason}`,
  )
}

/** A symbolic extent that must not be negative when bound, and the node that needs it. */
export interface Requirement {
  readonly dim: Dim
  readonly node: Sym
}

/** What shape rules could not check before the symbols have values: that symbolic slices and pads lie inside their axes. */
export function requirementsOf(nodes: readonly Sym[]): Requirement[] {
  const found = new Map<Dim, Sym>()
  for (const node of nodes) {
    const dims: Dim[] = [...node.shape]
    if (is(node, 'slice')) {
      const { axis, start, end } = node.attributes
      dims.push(start, subtractDims(node.inputs[0].shape[axis], end))
    }
    if (is(node, 'pad')) dims.push(node.attributes.before, node.attributes.after)
    for (const dim of dims) if (typeof dim === 'string' && dim.includes('-') && !found.has(dim)) found.set(dim, node)
  }
  return [...found].map(([dim, node]) => ({ dim, node }))
}

/** Throws `bad-shape` naming the line where an extent came out negative. */
export function checkRequirements(requirements: readonly Requirement[], dims: DimBindings): void {
  for (const { dim, node } of requirements)
    if (evaluateDim(dim, dims) < 0) {
      const values = symbolsOf(dim).map((symbol) => `${symbol} = ${dims.get(symbol)}`)
      throw new TributaryError(
        'bad-shape',
        `${node.primitive} at ${node.origin}: the extent ${dim} is negative with ${values.join(', ')}`,
      )
    }
}
