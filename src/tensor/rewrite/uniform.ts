import type { Dim } from '../dims.ts'
import * as ops from '../ops.ts'
import { is, type Sym } from '../sym.ts'

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i])
}

export function expandTo(x: Sym, shape: readonly Dim[]): Sym {
  return sameShape(x.shape, shape) ? x : ops.expand(x, shape)
}

/** One value at every place of `like`. */
export function filled(value: number, like: Sym): Sym {
  return expandTo(ops.asSym(value, like.dtype), like.shape)
}

/** The number that every element equals, where the graph says so. */
export function constantValue(node: Sym): number | undefined {
  if (is(node, 'constant')) {
    const { value } = node.attributes
    if (typeof value === 'number') return value
    const first = value.data[0]
    return value.data.length <= 64 && value.data.every((x) => x === first) ? first : undefined
  }
  return node.primitive === 'expand' || node.primitive === 'reshape' || node.primitive === 'transpose'
    ? constantValue(node.inputs[0])
    : undefined
}

/** A scalar constant, perhaps expanded: the one form that rules expect of uniform values. */
export function isCanonicalConstant(node: Sym): boolean {
  if (is(node, 'constant')) return typeof node.attributes.value === 'number'
  return is(node, 'expand') && isCanonicalConstant(node.inputs[0]) && node.inputs[0].shape.length === 0
}

export function isValue(x: Sym, value: number): boolean {
  return is(x, 'constant') && constantValue(x) === value
}
