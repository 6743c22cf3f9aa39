import { expect, it } from 'vitest'
import { type Tensor, tensorsBelow, tensorsUnder } from './tensor.ts'

it('what stands under a prefix is found below it, and nothing else', () => {
  const tensor = (value: number): Tensor => ({ shape: [1], data: Float32Array.of(value) })
  const own = new Map([
    ['a/b', tensor(1)],
    ['c', tensor(2)],
  ])
  const all = new Map([...tensorsUnder(own, 'x/'), ...tensorsUnder(own, 'y/')])
  expect([...all.keys()]).toEqual(['x/a/b', 'x/c', 'y/a/b', 'y/c'])
  expect(tensorsBelow(all, 'x/')).toEqual(own)
  expect(tensorsBelow(all, 'z/').size).toBe(0)
})
