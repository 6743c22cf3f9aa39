import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRunsByDomain } from './runs-by-domain.ts'

describe('parseRunsByDomain', () => {
  it.each([
    ['TV=HD=runs/a', ['TV=HD'], { 'TV=HD': 'runs/a' }],
    ['TV=runs/seed=1', ['TV'], { TV: 'runs/seed=1' }],
    ['TV=HD=runs/a', ['TV', 'TV=HD'], { 'TV=HD': 'runs/a' }],
    [
      'Paris, Texas=runs/a,b=c=d,x=runs/e,f',
      ['Paris, Texas', 'b=c', 'x'],
      { 'Paris, Texas': 'runs/a', 'b=c': 'd', x: 'runs/e,f' },
    ],
    ['10=r,2=s', ['10', '2'], { 10: 'r', 2: 's' }],
    ['constructor=r', ['a', 'constructor'], { constructor: 'r' }],
  ])('%s among %j', (text, domains, expected) => {
    expect(Object.fromEntries(parseRunsByDomain(text, domains, '--fallback'))).toEqual(expected)
  })

  it('reads back what any domains and any folders make', () => {
    const names = fc.uniqueArray(
      fc.oneof(fc.constantFrom('TV', 'TV=HD', '__proto__', 'all'), fc.stringMatching(/^[a-c=,\n]{1,6}$/)),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    fc.assert(
      fc.property(names, fc.stringMatching(/^\/[a-c]{1,4}$/), (domains, folder) => {
        // Names that begin like another name and its folder cannot be told from it.
        fc.pre(
          domains.every((one) => domains.every((other) => !other.includes(`${one}=`) && !other.includes(`,${one}`))),
        )
        const text = domains.map((domain) => `${domain}=${folder}`).join(',')
        expect([...parseRunsByDomain(text, domains, '--fallback')]).toEqual(domains.map((domain) => [domain, folder]))
      }),
    )
  })

  it('refuses names that no domain has, and a domain twice', () => {
    expect(() => parseRunsByDomain('copy=a,cpoy=b', ['copy', 'source'], '--new-users')).toThrow("did you mean 'copy'")
    expect(() => parseRunsByDomain('toString=a', ['copy'], '--new-users')).toThrow("'toString'")
    expect(() => parseRunsByDomain('copy=a,copy=b', ['copy'], '--new-users')).toThrow(
      "--new-users names the domain 'copy' twice",
    )
  })
})
