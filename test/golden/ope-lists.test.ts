import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ESTIMATORS, type Terms } from '../../src/ope/index.ts'

const { lists, ranks, columns, estimates } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'ope-lists.json'), 'utf8'),
) as {
  readonly lists: number
  readonly ranks: number
  readonly columns: Readonly<Record<string, readonly number[]>>
  readonly estimates: Readonly<Record<string, number>>
}

function estimate({ parts = 1, top, bottom }: Terms): number {
  let value = 0
  for (let part = 0; part < parts; part++) {
    const own = (_: number, index: number) => index % parts === part
    const sum = (of: Float64Array) => of.filter(own).reduce((all, one) => all + one, 0)
    value += sum(top) / (bottom === undefined ? top.length / parts : sum(bottom))
  }
  return value
}

it('estimators of lists agree with numpy', () => {
  const column = (name: string) => Float64Array.from(columns[name])
  const logged = {
    units: lists,
    users: Int32Array.from({ length: lists }, (_, list) => list),
    domains: new Int32Array(lists),
    domainNames: ['shop'],
    starts: Int32Array.from({ length: lists + 1 }, (_, list) => list * ranks),
    rewards: column('rewards'),
    propensities: column('propensities'),
    rankPropensities: column('rankPropensities'),
    predicted: column('predicted'),
  }
  const target = {
    name: 'target',
    probabilities: column('probabilities'),
    rankProbabilities: column('rankProbabilities'),
    expected: column('expected'),
  }
  const known = ESTIMATORS.filter(({ levels }) => levels.includes('ranking'))
  expect(known.map(({ name }) => name).sort()).toEqual(Object.keys(estimates).sort())
  for (const { name, terms } of known)
    expect(Math.abs(estimate(terms(logged, target)) - estimates[name]), name).toBeLessThan(1e-9)
})
