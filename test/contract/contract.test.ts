import { expect, it } from 'vitest'
import { holdToContract } from '../../src/contract/index.ts'
import { MODELS } from '../../src/registry.ts'
import { EXPECTATIONS } from './expectations.ts'

// Each process that runs this file holds its share of all models, as vitest.config.ts says.
const [share, shares] = (process.env.CONTRACT_SHARE ?? '0/1').split('/').map(Number)

it('every model and policy has a .contract.ts beside it', () => {
  const held = new Set(EXPECTATIONS.map(({ spec }) => spec.name))
  expect(MODELS.filter(({ name }) => !held.has(name)).map(({ name }) => name)).toEqual([])
})

for (const [place, { spec, expectation }] of EXPECTATIONS.entries())
  if (place % shares === share) holdToContract(spec, expectation)
