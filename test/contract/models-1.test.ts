import { expect, it } from 'vitest'
import { MODELS } from '../../src/registry.ts'
import { EXPECTATIONS } from './expectations.ts'
import { holdToContract } from './models.ts'

it('every registered model but policies stands in expectations.ts, and nothing else does', () => {
  const expected = new Set(EXPECTATIONS.map(({ model }) => model))
  expect([...expected].sort()).toEqual(
    MODELS.filter(({ task }) => task !== 'policy')
      .map(({ name }) => name)
      .sort(),
  )
})

holdToContract(0)
