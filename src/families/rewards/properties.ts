import type { Fields } from './fields.ts'
import type { Properties } from './least-squares.ts'

/** Labels and numbers of entities as properties, their ids apart; an entity of which nothing is known has none. */
export function propertiesOf({ sparse, numbers, numberCount }: Fields): Properties {
  const [own, ...labels] = sparse
  const first: number[] = []
  let count = 0
  for (const { rows } of labels) {
    first.push(count)
    count += rows
  }
  const entities = own.rows
  const start = new Int32Array(entities + 1)
  const ids: number[] = []
  const values: number[] = []
  const add = (id: number, value: number) => {
    if (value === 0) return
    ids.push(id)
    values.push(value)
  }
  for (let e = 0; e < entities; e++) {
    for (const [f, { most, ids, shares }] of labels.entries())
      for (let m = e * most; m < (e + 1) * most; m++) add(first[f] + ids[m], shares[m])
    for (let j = 0; j < numberCount; j++) add(count + j, numbers[e * numberCount + j])
    start[e + 1] = ids.length
  }
  return { count: count + numberCount, start, ids: Int32Array.from(ids), values: Float64Array.from(values) }
}
