import { expect, it } from 'vitest'
import { MODELS } from '../../src/registry.ts'
import { holdPoliciesToContract } from './policies.ts'
import { POLICY_EXPECTATIONS } from './policy-expectations.ts'

it('every registered policy has a line in policy-expectations.ts, and every line a policy', () => {
  const registered = MODELS.filter(({ task }) => task === 'policy').map(({ name }) => name)
  const lines = POLICY_EXPECTATIONS.map(({ policy }) => policy)
  const without = registered.filter((name) => !lines.includes(name))
  expect(without, 'policies without a line').toEqual([])
  const unknown = lines.filter((name) => !registered.includes(name))
  expect(unknown, 'lines without a policy').toEqual([])
})

holdPoliciesToContract(0)
