import type { SparseMatrix } from '../../core/index.ts'
import { add, divide, type Sym, sparseProduct, sqrt, square, sum } from '../../tensor/index.ts'

/** Vectors of the nodes of users [N, d] and of items [V, d]. */
export interface NodeVectors {
  readonly users: Sym
  readonly items: Sym
}

/** What each node hears of its neighbors along the edges of a matrix [N, V]: users of items, items of users. */
export function heard(adjacency: SparseMatrix, { users, items }: NodeVectors): NodeVectors {
  return { users: sparseProduct(adjacency, items), items: sparseProduct(adjacency, users, { transposed: true }) }
}

/** The same of both sides. */
export function onBoth(change: (x: Sym, side: keyof NodeVectors) => Sym, { users, items }: NodeVectors): NodeVectors {
  return { users: change(users, 'users'), items: change(items, 'items') }
}

/** Rows of length 1; a row of zeros stays one. */
export function unitLength(x: Sym): Sym {
  return divide(x, sqrt(add(sum(square(x), 1, { keepDims: true }), 1e-12)))
}
