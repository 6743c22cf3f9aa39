import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseCostly } from './body.ts'
import { Debts } from './debts.ts'

const look = (json: string) => refuseCostly(Buffer.from(json))
const repeated = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('a look at a body before it is parsed', () => {
  it('lets the largest valid request pass', () => {
    const largest = {
      domain: 'a,b:c[d]{e}"\\',
      user: '[[[[[[[[[[[[',
      history: repeated(1000, { item: '{"a":', domain: ',,' }),
      values: repeated(1000, 1.5),
      k: 5,
      exclude: repeated(10_000, 'a:"b\\'),
      maskSeen: true,
      model: 'm',
      ignoreUnknown: true,
    }
    look(JSON.stringify(largest))
    look(JSON.stringify(largest, undefined, 1))
  })

  it.each([
    ['lists', '['.repeat(25)],
    ['objects', '{"a":'.repeat(25)],
    ['both, in what is no JSON', '[{'.repeat(13)],
    ['what follows a string', `["a\\"",${'['.repeat(25)}`],
  ])('refuses %s nested too deep', (_, json) => {
    expect(() => look(json)).toThrow('nests deeper than 24 levels')
  })

  it('counts levels that are open, not all there were', () => {
    look(`[${'[],'.repeat(100)}[]]`)
  })

  it('refuses too many names and too many entries', () => {
    expect(() => look(`{${repeated(2900, '"a":1').join()}}`)).toThrow('more than 2850 names of fields')
    expect(() => look(`[${repeated(22_000, 1).join()}]`)).toThrow('more than 19050 entries')
  })

  it('never refuses small JSON, and never fails on other bytes', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 4 }), (json) => look(json)))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          refuseCostly(bytes)
        } catch (error) {
          expect(error).toMatchObject({ status: 400 })
        }
      }),
    )
  })
})

describe('debts for large bodies that were refused', () => {
  it('stop the client that has them, and its large bodies alone', async () => {
    const debts = new Debts()
    for (let body = 0; body < 6; body++) debts.add('1.2.3.4', 1_000_000)
    await expect(debts.wait('1.2.3.4', 20_000)).rejects.toMatchObject({ status: 429, code: 'overloaded' })
    await debts.wait('1.2.3.4', 5_000)
    await debts.wait('1.2.3.5', 1_000_000)
    await debts.wait(undefined, 1_000_000)
  })

  it('are not made by small bodies, and are paid by waiting', async () => {
    const debts = new Debts()
    for (let body = 0; body < 10_000; body++) debts.add('1.2.3.4', 10_000)
    await debts.wait('1.2.3.4', 1_000_000)
    debts.add('1.2.3.4', 50_000)
    await debts.wait('1.2.3.4', 100_000)
  })

  it('are not made by large bodies that were fine, which wait at most once', async () => {
    const debts = new Debts()
    debts.add('1.2.3.4', 20_000)
    expect(await debts.wait('1.2.3.4', 2_000_000)).toBe(2_000_000)
    debts.add('1.2.3.4', -2_000_000)
    for (let body = 0; body < 4; body++) debts.add('1.2.3.4', -(await debts.wait('1.2.3.4', 2_000_000)))
  })
})
