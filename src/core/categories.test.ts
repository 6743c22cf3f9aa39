import { describe, expect, it } from 'vitest'
import { itemCategories } from './categories.ts'

const vocabulary = (size: number) => ({ size, name: String, id: Number })

/** Two items in domain a, three in domain b. */
const world = { domains: ['a', 'b'], domainStart: Int32Array.of(1, 3, 6), items: vocabulary(6) }

describe('itemCategories', () => {
  it('gives every item `others` of its domain where the log has no categories', () => {
    const { names, ofItem, ofDomain } = itemCategories(world)
    expect(names).toEqual(['', 'others', 'others'])
    expect([...ofItem]).toEqual([0, 1, 1, 2, 2, 2])
    expect([...ofDomain]).toEqual([-1, 0, 1])
  })

  it('keeps the given ones, ids of a domain together, and takes a given `others` for the same', () => {
    const categories = {
      names: ['', 'rock', 'others', 'rock'],
      ofItem: Int32Array.of(0, 0, 1, 3, 2, 0),
    }
    const { names, ofItem, ofDomain } = itemCategories({ ...world, categories })
    expect(names).toEqual(['', 'rock', 'others', 'others', 'rock'])
    expect([...ofItem]).toEqual([0, 2, 1, 4, 3, 3])
    expect([...ofDomain]).toEqual([-1, 0, 0, 1, 1])
  })
})
