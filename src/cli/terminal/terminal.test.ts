import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ESCAPE, printable, visibleWidth } from './screen-text.ts'
import { formatTable } from './table.ts'
import { createStyle, createTerminal } from './terminal.ts'

test('colors only on a terminal, and never against NO_COLOR', () => {
  expect(createStyle({ isTTY: true }, {}).red('x')).toBe(`${ESCAPE}[31mx${ESCAPE}[39m`)
  expect(createStyle({ isTTY: false }, {}).red('x')).toBe('x')
  expect(createStyle({}, {}).bold('x')).toBe('x')
  expect(createStyle({ isTTY: true }, { NO_COLOR: '1' }).red('x')).toBe('x')
  expect(createStyle({ isTTY: true }, { NO_COLOR: '' }).red('x')).toBe(`${ESCAPE}[31mx${ESCAPE}[39m`)
  expect(createStyle({ isTTY: true }, { TERM: 'dumb' }).red('x')).toBe('x')
})

test('a table aligns what is seen, not the color codes', () => {
  const red = createStyle({ isTTY: true }, {}).red
  const text = formatTable(
    [{ title: 'model' }, { title: 'hr@10', align: 'right' }],
    [
      [red('popularity'), '0.1'],
      ['bprmf', '0.25'],
    ],
  )
  expect(text.split('\n')).toEqual(['model       hr@10', `${red('popularity')}    0.1`, 'bprmf        0.25'])
})

test('what would control the terminal is shown', () => {
  const name = 'red \u001b[31m bell \u0007 back \u009b2J \u202e end \u007f'
  const shown = 'red ␛[31m bell ␇ back \\u009b2J \\u202e end ␡'
  expect(printable(`${name}\n`, { lines: true })).toBe(`${shown}\n`)
  expect(printable('two\nlines\tand\ta tab', { lines: false })).toBe('two␊lines␉and␉a tab')
  const plain = createStyle({}, {})
  expect(formatTable([{ title: 'item' }], [[plain.bold(name)]])).toBe(`item\n${shown}`)
  // Colors of ours are kept apart until the text is written.
  const colored = createStyle({ isTTY: true }, {})
  expect(printable(colored.red('\u001b[1m'), { lines: true })).toBe(`${ESCAPE}[31m␛[1m${ESCAPE}[39m`)
})

test('a result begins on a line of its own, and no name controls the terminal through it', () => {
  // Both streams are one screen.
  let screen = ''
  const stream = {
    isTTY: true,
    columns: 80,
    write(text: string) {
      screen += text
    },
  }
  const terminal = createTerminal(false, { stdout: stream, stderr: stream })
  terminal.progress('evaluate sasrec', 'cases').update(84, 100)
  terminal.report({}, 'domain\n\u001b[31mred')
  expect(screen).toMatch(/84 %/)
  expect(screen.endsWith('\r\u001b[2Kdomain\n␛[31mred\n')).toBe(true)

  screen = ''
  createTerminal(true, { stdout: stream, stderr: stream }).report({ name: '\u001b[31m\u009b\u202e\u007f' }, '')
  expect(screen).toMatch(/^[ -~]+\n$/)
  expect(JSON.parse(screen)).toEqual({ name: '\u001b[31m\u009b\u202e\u007f' })
})

test('wide characters take two cells', () => {
  const text = formatTable(
    [{ title: 'item' }, { title: 'n', align: 'right' }],
    [
      ['日本の本', '1'],
      ['👩‍👩‍👧 kin', '2'],
      ['book', '3'],
    ],
  )
  expect(text.split('\n')).toEqual(['item      n', '日本の本  1', '👩‍👩‍👧 kin    2', 'book      3'])
})

describe('a table on a screen that is too narrow', () => {
  const number = (title: string) => ({ title, align: 'right' as const })
  const wide = (text: string) => Math.max(...text.split('\n').map(visibleWidth))

  test('cuts names, at 60 cells on any screen', () => {
    const row = ['n'.repeat(10_000), '0.1234']
    expect(formatTable([{ title: 'item' }, number('score')], [row], 40).split('\n')[1]).toBe(
      `${'n'.repeat(31)}…  0.1234`,
    )
    expect(formatTable([{ title: 'item' }, number('score')], [row]).split('\n')[1]).toBe(`${'n'.repeat(59)}…  0.1234`)
  })

  test('wraps sentences at words, and keeps names whole', () => {
    const columns = [{ title: 'model' }, { title: 'what it is', wrap: true }]
    const text = formatTable(columns, [['popularity', 'the items with the most training interactions; a control']], 40)
    expect(text.split('\n')).toEqual([
      'model       what it is',
      'popularity  the items with the most',
      '            training interactions; a',
      '            control',
    ])
  })

  test('breaks the names of models over numbers where their options end', () => {
    const columns = [
      { title: 'domain' },
      number('cases'),
      number('sasrec:sequences=single:epochs=4'),
      number('popularity'),
    ]
    const text = formatTable(columns, [['books', '1,500', '0.1234', '0.2345']], 45)
    expect(text.split('\n')).toEqual([
      '                          sasrec:',
      '                sequences=single:',
      'domain  cases            epochs=4  popularity',
      'books   1,500              0.1234      0.2345',
    ])
  })

  test('goes on below with the first column where even that is too wide, and never cuts a number', () => {
    const models = ['a', 'b', 'c', 'd']
    const text = formatTable(
      [{ title: 'ndcg@10' }, ...models.map(number)],
      [['books', ...models.map((_, m) => `0.${m}000 [0.100, 0.200]`)]],
      60,
    )
    expect(text.split('\n')).toEqual([
      'ndcg@10                      a                      b',
      'books    0.0000 [0.100, 0.200]  0.1000 [0.100, 0.200]',
      '',
      'ndcg@10                      c                      d',
      'books    0.2000 [0.100, 0.200]  0.3000 [0.100, 0.200]',
    ])
  })

  test('stays within it, and keeps every number, whatever it holds', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 90 })
    const digits = fc.integer({ min: 0, max: 99_999 }).map(String)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, digits, digits), { maxLength: 4 }),
        cell,
        fc.integer({ min: 30, max: 200 }),
        (rows, title, width) => {
          const text = formatTable([{ title: 'name' }, number(title), number('n')], rows, width)
          expect(wide(text)).toBeLessThanOrEqual(width)
          for (const [, a, b] of rows) for (const n of [a, b]) expect(text).toContain(n)
        },
      ),
    )
  })
})
