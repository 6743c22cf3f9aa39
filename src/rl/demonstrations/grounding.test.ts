import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGrounder } from './grounding.ts'

const TITLES = [
  'Braid',
  'Batman™: Arkham Origins',
  "Assassin's Creed® Unity",
  'The Lord of the Rings: War in the North',
  'Mirror [2018]',
  'Café International',
  'Ведьмак 3: Дикая Охота',
  '龍が如く 極',
  'Half-Life 2',
  'Half-Life',
]

const groundedBy = createGrounder(TITLES)

test.each([
  ['Braid', 'Braid', 'exact'],
  ['braid', 'Braid', 'nearest'],
  ['  "Braid"!', 'Braid', 'nearest'],
  ['Batman: Arkham Origins', 'Batman™: Arkham Origins', 'nearest'],
  ['Assassins Creed Unity', "Assassin's Creed® Unity", 'nearest'],
  ['Lord of the Rings', 'The Lord of the Rings: War in the North', 'nearest'],
  ['recommend[Mirror [2018]]', 'Mirror [2018]', 'nearest'],
  ['cafe intrenational', 'Café International', 'nearest'],
  ['Ｃａｆｅ', 'Café International', 'nearest'],
  ['ведьмак', 'Ведьмак 3: Дикая Охота', 'nearest'],
  ['龍が如く', '龍が如く 極', 'nearest'],
  ['Half-Life', 'Half-Life', 'exact'],
  ['half life', 'Half-Life', 'nearest'],
])('%j is %j', async (requested, title, how) => {
  const [grounded] = await groundedBy.ground([requested])
  expect([TITLES[grounded.place], grounded.how]).toEqual([title, how])
})

test('what says nothing is told; what is very long or of signs alone is grounded like anything else', async () => {
  const grounded = await createGrounder([...TITLES, '???']).ground([
    '',
    '  \n',
    '???',
    '??? ',
    'Braid '.repeat(100_000),
  ])
  expect(grounded.map(({ place, how }) => [place, how])).toEqual([
    [0, 'none'],
    [0, 'none'],
    [TITLES.length, 'exact'],
    [TITLES.length, 'nearest'],
    [0, 'nearest'],
  ])
})

test('the first of equally near titles is taken, and the share of strange titles told', async () => {
  const grounder = createGrounder(['x', 'Braid', 'BRAID', 'Braid'])
  expect((await grounder.ground(['braid', 'Braid', 'BRAID'])).map(({ place }) => place)).toEqual([1, 1, 2])
  await grounder.ground(['x', 'y'])
  expect(grounder.report).toEqual({ requested: 5, outsideCatalogue: 2 })
})

test('any embedder will do, and is asked for the catalogue once and only when it must be', async () => {
  const asked: (readonly string[])[] = []
  const embedder = {
    name: 'lengths',
    async embed(texts: readonly string[]) {
      asked.push(texts)
      return texts.map((text) => Float32Array.of(5 * text.length, 5 * (10 - text.length)))
    },
  }
  const grounder = createGrounder(['a', 'bbbbb'], embedder)
  await grounder.ground(['a'])
  expect(asked).toEqual([])
  const grounded = await grounder.ground(['cccc', 'dd'])
  expect(grounded.map(({ place }) => place)).toEqual([1, 0])
  expect(grounded[0].similarity).toBeLessThanOrEqual(1 + 1e-6)
  await grounder.ground(['eeee'])
  expect(asked.filter((texts) => texts.includes('bbbbb'))).toHaveLength(1)
})

test('whatever is asked for, the same title comes, and each title is its own', async () => {
  const title = fc.string({ unit: 'grapheme', maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(title, { minLength: 1, maxLength: 8 }),
      fc.array(title),
      async (titles, strange) => {
        const together = await createGrounder(titles).ground([...titles, ...strange])
        expect(together.slice(0, titles.length).map(({ place }) => place)).toEqual([...titles.keys()])
        for (const [i, one] of strange.entries()) {
          const [alone] = await createGrounder(titles).ground([one])
          expect(alone).toEqual(together[titles.length + i])
          expect(alone.similarity).toBeLessThan(1.00001)
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('a catalogue without titles and vectors that do not fit are refused', async () => {
  expect(() => createGrounder([])).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  const broken = {
    name: 'broken',
    embed: async (texts: readonly string[]) => texts.slice(1).map(() => new Float32Array(2)),
  }
  await expect(createGrounder(['a'], broken).ground(['b'])).rejects.toMatchObject({ code: 'bad-shape' })
})
