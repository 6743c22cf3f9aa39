import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { TributaryError } from '../../core/index.ts'
import { describeFailure } from './failure.ts'

test('a TributaryError is its sentence on one line, without a stack', () => {
  const failure = describeFailure(new TributaryError('bad-row', 'row 3 of a.csv:\n  no number'), false)
  expect(failure).toEqual({ text: 'error: row 3 of a.csv: no number', exitCode: 1 })
})

test('a sentence that quotes a long name loses its middle, not its advice', () => {
  const error = new TributaryError(
    'unknown-name',
    `unknown column '${'x'.repeat(120_000)}'; the file has user and item`,
  )
  const { text } = describeFailure(error, false)
  expect(text.length).toBeLessThan(520)
  expect(text).toMatch(/^error: unknown column 'x+ … x+'; the file has user and item$/)
  expect(describeFailure(error, true).text.length).toBeGreaterThan(120_000)
})

test('--debug adds the stack and the cause', () => {
  const cause = new Error('the origin')
  const { text } = describeFailure(new TributaryError('bad-row', 'row 3', { cause }), true)
  expect(text).toMatch(/^error: row 3\n.*TributaryError: row 3\n {4}at /)
  expect(text).toContain('caused by Error: the origin')
})

test('a full disk is told as such, whoever wrote', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', path: 'runs/a' })
  const { text, exitCode } = describeFailure(error, false)
  expect(text).toMatch(/^error: cannot write runs\/a: no space is left on the disk/)
  expect(exitCode).toBe(1)
})

test('anything else is a defect to report', () => {
  const { text, exitCode } = describeFailure(new RangeError('Invalid array length'), false)
  expect(text).toBe(
    'error: this is a defect of tributary, please report it with your command: Invalid array length (--debug shows where)',
  )
  expect(exitCode).toBe(1)
})

test('a stop by Ctrl-C exits as shells expect', () => {
  expect(describeFailure(new TributaryError('interrupted', 'stopped'), false).exitCode).toBe(130)
})

test('usage errors exit with 1, help with 0', () => {
  expect(describeFailure(new CommanderError(2, 'commander.unknownOption', 'x'), false)).toEqual({
    text: '',
    exitCode: 1,
  })
  expect(describeFailure(new CommanderError(0, 'commander.help', 'x'), false)).toEqual({ text: '', exitCode: 0 })
})
