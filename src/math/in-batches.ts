/** `order` cut into batches of `batchSize`, the last as short as what is left: views, no copies. */
export function inBatches(order: Int32Array, batchSize: number): Int32Array[] {
  const count = Math.ceil(order.length / batchSize)
  return Array.from({ length: count }, (_, b) => order.subarray(b * batchSize, (b + 1) * batchSize))
}
