import { expect, test } from 'vitest'
import { formatCount, formatDuration, type ProgressStream, startProgress } from './progress.ts'

function recorder(isTTY: boolean): ProgressStream & { text: string } {
  return {
    isTTY,
    columns: 70,
    text: '',
    write(text) {
      this.text += text
    },
  }
}

test('elsewhere than on a terminal, a plain line at most every ten seconds, with rate and time left', () => {
  const stream = recorder(false)
  let time = 0
  const progress = startProgress(stream, 'sasrec', 'sequences', () => time)
  for (time = 0; time <= 25_000; time += 500) progress.update(time / 10, 5000, 'loss 1.5')
  progress.end()
  expect(stream.text).toBe(
    'sasrec: 20 %, 40 s left, 100 sequences/s, loss 1.5\nsasrec: 40 %, 30 s left, 100 sequences/s, loss 1.5\n',
  )
})

test('on a terminal, a bar that is drawn in place, fits the width and leaves nothing behind', () => {
  const stream = recorder(true)
  let time = 0
  const progress = startProgress(stream, 'sasrec', 'sequences', () => time)
  progress.update(0, 1000)
  time = 10
  progress.update(1, 1000)
  time = 1000
  progress.update(500, 1000, 'x'.repeat(200))
  const draws = stream.text.split('\r\u001b[2K').slice(1)
  expect(draws).toHaveLength(2)
  expect(draws[0]).toBe('[............] sasrec: 0 %')
  expect(draws[1].slice(0, 28)).toBe('[######......] sasrec: 50 %,')
  expect(draws[1]).toHaveLength(69)
  progress.line('epoch 1')
  progress.end()
  // The line erases the bar, stands alone, and the bar comes back below it until the end erases it.
  expect(stream.text.endsWith(`\r\u001b[2Kepoch 1\n${draws[1]}\r\u001b[2K`)).toBe(true)
})

test('a bar ends full, however fast the last steps were', () => {
  const stream = recorder(true)
  let time = 0
  const progress = startProgress(stream, 'evaluate', 'cases', () => time)
  progress.update(84, 100)
  time = 5
  progress.update(100, 100)
  expect(stream.text).toMatch(/\[#{12}\] evaluate: 100 %[^\r]*$/)
})

test('says how long it takes only once enough is measured, and what all of the work takes where that is given', () => {
  const stream = recorder(false)
  let time = 0
  const progress = startProgress(stream, 'sasrec', 'rows', () => time)
  time = 10_000
  progress.update(1, 1000)
  time = 20_000
  progress.update(20, 1000)
  time = 30_000
  progress.update(30, 1000, 'loss 1', 'about 2 h 00 min left of 12 trainings')
  time = 40_000
  progress.update(40, 1000, 'loss 1', '')
  expect(stream.text.split('\n')).toEqual([
    'sasrec: 0 %, 0.100 rows/s',
    'sasrec: 2 %, 16 min 20 s left, 1 rows/s',
    'sasrec: 3 %, about 2 h 00 min left of 12 trainings, 1 rows/s, loss 1',
    'sasrec: 4 %, 1 rows/s, loss 1',
    '',
  ])
})

test('a new label starts a new count', () => {
  const stream = recorder(false)
  let time = 0
  const progress = startProgress(stream, 'epoch 1', 'rows', () => time)
  time = 20_000
  progress.next('epoch 2')
  time = 30_000
  progress.update(50, 100)
  expect(stream.text).toBe('epoch 2: 50 %, 10 s left, 5 rows/s\n')
})

test.each([
  [0.4, '1 s'],
  [59, '59 s'],
  [125, '2 min 05 s'],
  [3 * 3600 + 7 * 60 + 2, '3 h 07 min'],
])('%d seconds read as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test.each([
  [0.5234, '0.523'],
  [12.34, '12.3'],
  [12, '12'],
  [1234.5, '1,235'],
])('%d reads as %s', (value, text) => {
  expect(formatCount(value)).toBe(text)
})
