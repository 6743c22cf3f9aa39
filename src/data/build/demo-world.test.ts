import { describe, expect, it } from 'vitest'
import { buildDataset } from './build.ts'
import { demoWorld } from './demo-world.ts'

// Only the rule itself is tested here; that models are helped and harmed by it is measured by the quickstart.
const world = demoWorld(1)
const number = (item: string) => Number(item.split('-')[1]) - 1
/** Rows of each user, in order. */
const users = [...new Set(world.user)].map((name) =>
  world.item.flatMap((item, row) => (world.user[row] === name ? [{ item, domain: world.domain[row] }] : [])),
)

describe('demoWorld', () => {
  it('is fixed by its seed', () => {
    const hash = (seed: number) => buildDataset('demo', demoWorld(seed)).hash
    expect(hash(1)).toBe(hash(1))
    expect(hash(2)).not.toBe(hash(1))
  })

  it('has the documented size', () => {
    expect(users).toHaveLength(1500)
    const lengths = users.map((rows) => rows.length)
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([15, 35])
    expect(new Set(world.item).size).toBe(800)
    for (let row = 1; row < world.user.length; row++) {
      if (world.user[row] === world.user[row - 1])
        expect(world.timestamp![row]).toBeGreaterThan(world.timestamp![row - 1])
    }
  })

  it('sends travelers to the place of the last film, and listeners to the next track', () => {
    let places = 0
    let trips = 0
    let successors = 0
    let tracks = 0
    for (const rows of users) {
      let film: number | undefined
      let track: number | undefined
      for (const { item, domain } of rows) {
        const n = number(item)
        if (domain === 'Travel' && film !== undefined) {
          trips++
          if (n === film) places++
        }
        if (domain === 'Music' && track !== undefined) {
          tracks++
          if (n === track - (track % 8) + ((track + 1) % 8)) successors++
        }
        if (domain === 'Video') film = n
        if (domain === 'Music') track = n
      }
    }
    // The noise hits the right one now and then.
    expect(places / trips).toBeGreaterThan(0.88)
    expect(places / trips).toBeLessThan(0.94)
    expect(successors / tracks).toBeGreaterThan(0.83)
    expect(successors / tracks).toBeLessThan(0.88)
  })
})
