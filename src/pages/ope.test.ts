import { expect, it } from 'vitest'
import { loggedWorld } from '../../test/worlds/logged-worlds.ts'
import { evaluate } from '../ope/index.ts'
import { renderOpe } from './ope.ts'

const NAME = '<script>alert(1)</script>'
const pageOf = (options: Parameters<typeof loggedWorld>[0]) => {
  const { logged, target } = loggedWorld({ users: 900, ...options })
  return renderOpe({ log: NAME, reward: 'reward' }, evaluate(logged, [{ ...target, name: NAME }], { samples: 100 }))
}

it('shows estimates, weights, checks and what to do next, whatever names are', () => {
  const html = pageOf({ domains: { '<b>books</b>': 0.6, games: 0.4 } })
  expect(html).not.toContain('<script')
  expect(html).not.toContain('<b>books')
  expect(html.match(/<figure/g)).toHaveLength(2)
  expect(html).toContain('What to do next')
  expect(html).toContain('snipw')
  expect(html).not.toMatch(/NaN|undefined|Infinity/)
})

it('shows why, and no number, where the log does not support one', () => {
  const html = pageOf({ flaw: 'never-shown' })
  expect(html).toContain('was never or hardly ever shown by this log')
  expect(html.match(/<figure/g)).toHaveLength(1)
  expect(html).not.toContain('snipw</th>')
  expect(html).not.toMatch(/NaN|undefined|Infinity/)
})
