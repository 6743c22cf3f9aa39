import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ESTIMATORS, type Level, type Logged, type Target, type Terms } from '../../src/ope/index.ts'

type Figures = Readonly<Record<string, number>>
type Columns = Readonly<Record<string, readonly number[]>>
const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'))

function estimate({ parts = 1, top, bottom }: Terms): number {
  let value = 0
  for (let part = 0; part < parts; part++) {
    const own = (_: number, index: number) => index % parts === part
    const sum = (of: Float64Array) => of.filter(own).reduce((all, one) => all + one, 0)
    value += sum(top) / (bottom === undefined ? top.length / parts : sum(bottom))
  }
  return value
}

function expectAll(level: Level, logged: Logged, target: Target, estimates: Figures) {
  const known = ESTIMATORS.filter(({ levels }) => levels.includes(level))
  expect(known.map(({ name }) => name).sort()).toEqual(Object.keys(estimates).sort())
  for (const { name, terms } of known)
    expect(Math.abs(estimate(terms(logged, target)) - estimates[name]), name).toBeLessThan(1e-9)
}

const startsOf = (lengths: readonly number[]) => {
  const starts = new Int32Array(lengths.length + 1)
  lengths.forEach((length, unit) => {
    starts[unit + 1] = starts[unit] + length
  })
  return starts
}

it('estimators of lists agree with numpy', () => {
  const { lists, ranks, columns, estimates } = read('ope-lists.json') as {
    readonly lists: number
    readonly ranks: number
    readonly columns: Columns
    readonly estimates: Figures
  }
  const column = (name: string) => Float64Array.from(columns[name])
  const logged = {
    units: lists,
    users: Int32Array.from({ length: lists }, (_, list) => list),
    domains: new Int32Array(lists),
    domainNames: ['shop'],
    starts: startsOf(Array.from({ length: lists }, () => ranks)),
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
  expectAll('ranking', logged, target, estimates)
})

it('estimators of episodes agree with numpy', () => {
  const { lengths, users, width, columns, estimates } = read('ope-episodes.json') as {
    readonly lengths: readonly number[]
    readonly users: readonly number[]
    readonly width: number
    readonly columns: Columns
    readonly estimates: Figures
  }
  const column = (name: string) => Float64Array.from(columns[name])
  const logged = {
    units: lengths.length,
    users: Int32Array.from(users),
    domains: new Int32Array(lengths.length),
    domainNames: ['shop'],
    starts: startsOf(lengths),
    rewards: column('rewards'),
    propensities: column('propensities'),
    states: Int32Array.from(columns.states),
    features: { width, data: column('shown') },
  }
  const target = {
    name: 'target',
    probabilities: column('probabilities'),
    features: { width, data: column('asked') },
  }
  expectAll('episode', logged, target, estimates)
})
