import { expect, test } from 'vitest'
import { formatTable } from './table.ts'
import { createStyle } from './terminal.ts'

test('colors only on a terminal, and never against NO_COLOR', () => {
  expect(createStyle({ isTTY: true }, {}).red('x')).toBe('\u001b[31mx\u001b[39m')
  expect(createStyle({ isTTY: false }, {}).red('x')).toBe('x')
  expect(createStyle({}, {}).bold('x')).toBe('x')
  expect(createStyle({ isTTY: true }, { NO_COLOR: '1' }).red('x')).toBe('x')
  expect(createStyle({ isTTY: true }, { NO_COLOR: '' }).red('x')).toBe('\u001b[31mx\u001b[39m')
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
