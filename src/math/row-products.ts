/**
 * Products of the rows of two tables, a bᵀ: [A, width] · [B, width]ᵀ → [A, B]. Each sum runs over the width in order, eight side by side, so
 * that each number that is read serves several and no sum waits for its own last addition.
 */
export function rowProducts(a: Float64Array, b: Float64Array, width: number, out: Float64Array): void {
  const [rows, columns] = [a.length / width, b.length / width]
  const [evenRows, wholeColumns] = [rows - (rows % 2), columns - (columns % 4)]
  const one = (i: number, j: number) => {
    let sum = 0
    for (let f = 0; f < width; f++) sum += a[i * width + f] * b[j * width + f]
    out[i * columns + j] = sum
  }
  for (let i = 0; i < evenRows; i += 2) {
    for (let j = 0; j < wholeColumns; j += 4) {
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      let t0 = 0
      let t1 = 0
      let t2 = 0
      let t3 = 0
      const [a0, b0] = [i * width, j * width]
      for (let f = 0; f < width; f++) {
        const x = a[a0 + f]
        const y = a[a0 + width + f]
        const p = b[b0 + f]
        const q = b[b0 + width + f]
        const r = b[b0 + 2 * width + f]
        const s = b[b0 + 3 * width + f]
        s0 += x * p
        s1 += x * q
        s2 += x * r
        s3 += x * s
        t0 += y * p
        t1 += y * q
        t2 += y * r
        t3 += y * s
      }
      out.set([s0, s1, s2, s3], i * columns + j)
      out.set([t0, t1, t2, t3], (i + 1) * columns + j)
    }
    for (let j = wholeColumns; j < columns; j++) for (const own of [i, i + 1]) one(own, j)
  }
  for (let i = evenRows; i < rows; i++) for (let j = 0; j < columns; j++) one(i, j)
}
