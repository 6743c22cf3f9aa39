/** Row-major strides of `shape` as seen from `target`, to which it broadcasts: 0 along repeated axes. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = new Array<number>(target.length).fill(0)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1) strides[i + target.length - shape.length] = stride
    stride *= shape[i]
  }
  return strides
}

/**
 * Visits the rows (runs along the last axis) of `shape` in order. `visit` gets the position of the row's first element in
 * each array, where array k lies in memory by strides[k]. The array passed is reused.
 */
export function forEachRow(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (starts: readonly number[]) => void,
): void {
  if (shape.includes(0)) return
  const outer = shape.length - 1
  const index = new Array<number>(Math.max(outer, 0)).fill(0)
  const starts = strides.map(() => 0)
  for (;;) {
    visit(starts)
    let axis = outer - 1
    for (; axis >= 0; axis--) {
      index[axis]++
      if (index[axis] < shape[axis]) {
        for (let k = 0; k < strides.length; k++) starts[k] += strides[k][axis]
        break
      }
      for (let k = 0; k < strides.length; k++) starts[k] -= strides[k][axis] * (shape[axis] - 1)
      index[axis] = 0
    }
    if (axis < 0) return
  }
}

/** An array around one axis: `outer` blocks of `extent` slices of `inner` adjacent elements. */
export function aroundAxis(shape: readonly number[], axis: number): { outer: number; extent: number; inner: number } {
  const size = (part: readonly number[]) => part.reduce((product, n) => product * n, 1)
  return { outer: size(shape.slice(0, axis)), extent: shape[axis], inner: size(shape.slice(axis + 1)) }
}
