import { expect, it } from 'vitest'
import { transferReportOf } from '../../../test/worlds/transfer-report.ts'
import { dryRun, dryRunText } from './transfer-dry-run.ts'

const plain = { bold: (text: string) => text } as Parameters<typeof dryRunText>[2]

it('says a line for each rule, and what it would change', () => {
  const report = transferReportOf([
    { domain: 'books', difference: -0.02, cases: 2000 },
    { domain: 'toys', difference: 0.01, validation: -0.001, cases: 2000 },
  ])
  const lines = dryRunText(report, dryRun(report), plain).split('\n')
  expect(lines.slice(2, -1).map((line) => line.split(/ {2,}/))).toEqual([
    ['the model everywhere', '–', '0 of 4,000', '0.0950', '+0.0000', '[+0.0000, +0.0000]'],
    [
      'auto: the twin where validation shows harm',
      'books',
      '2,000 of 4,000',
      '0.1050',
      '+0.0100',
      '[+0.0075, +0.0125]',
    ],
    [
      'the twin wherever it is ahead on validation',
      'books, toys',
      '4,000 of 4,000',
      '0.1000',
      '+0.0050',
      '[+0.0000, +0.0100]',
    ],
    ['the twin everywhere', 'books, toys', '4,000 of 4,000', '0.1000', '+0.0050', '[+0.0000, +0.0100]'],
  ])
})
