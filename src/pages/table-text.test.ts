import { describe, expect, it } from 'vitest'
import { csvOf, latexOf, latexText, markdownOf } from './table-text.ts'

const table = {
  columns: [{ title: 'ndcg@10' }, { title: 'cases', align: 'right' }, { title: 'gru_4|rec', align: 'right' }],
  rows: [
    ['Toys & Games', '1,234', '−0.1000'],
    ['=1+1, "x"', '12', '0.2000 ±0.0100'],
    ['[x](y) *b* __proto__', '3', '[−0.0100, +0.0200]'],
  ],
  best: [[2], [], [1, 2]],
} as const

describe('a table', () => {
  it('is CSV whose numbers programs read, and that no spreadsheet runs', () =>
    expect(csvOf(table).split('\r\n')).toEqual([
      'ndcg@10,cases,gru_4|rec',
      'Toys & Games,1234,-0.1000',
      '"\'=1+1, ""x""",12,0.2000 ±0.0100',
      '[x](y) *b* __proto__,3,"[-0.0100, +0.0200]"',
      '',
    ]))

  it('is Markdown with the best of a row bold and names as they are', () =>
    expect(markdownOf(table)).toBe(
      [
        '| ndcg@10 | cases | gru_4\\|rec |',
        '| --- | ---: | ---: |',
        '| Toys & Games | 1,234 | **−0.1000** |',
        '| =1+1, "x" | 12 | 0.2000 ±0.0100 |',
        '| [x\\](y) \\*b\\* \\_\\_proto\\_\\_ | **3** | **[−0.0100, +0.0200]** |',
        '',
      ].join('\n'),
    ))

  it('is a tabular of LaTeX with rules of booktabs', () =>
    expect(latexOf(table)).toBe(
      [
        '\\begin{tabular}{lrr}',
        '  \\toprule',
        '  ndcg@10 & cases & gru\\_4\\textbar{}rec \\\\',
        '  \\midrule',
        '  Toys \\& Games & 1,234 & \\textbf{$-$0.1000} \\\\',
        '  =1+1, "x" & 12 & 0.2000 $\\pm$0.0100 \\\\',
        '  {[}x](y) {*}b{*} \\_\\_proto\\_\\_ & \\textbf{3} & \\textbf{{[}$-$0.0100, +0.0200]} \\\\',
        '  \\bottomrule',
        '\\end{tabular}',
        '',
      ].join('\n'),
    ))

  it('gives LaTeX no command and no end of line to obey', () =>
    expect(latexText('\\input{x} 5 % $y$ #1 ~^\n<b>')).toBe(
      '\\textbackslash{}input\\{x\\} 5 \\% \\$y\\$ \\#1 \\textasciitilde{}\\textasciicircum{} \\textless{}b\\textgreater{}',
    ))
})
