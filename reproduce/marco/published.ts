// What is published of MARCO, and what of it can be held beside the page's own figures.
import { table } from '../shared/markdown.ts'

/** At ten numbers a vector, MAE / RMSE by share of new users, from a public reply to reviewers in the history of the released code. */
const ERRORS = [
  ['CDs', '.823 / 1.087', '.769 / 1.022', '.850 / 1.126'],
  ['Movies', '.858 / 1.109', '.884 / 1.125', '.907 / 1.174'],
]
/** From the same source: REMIT, then MARCO. */
const RANKS = [
  ['CDs, NDCG@10', '.135 → .159', '.138 → .160', '.131 → .157'],
  ['CDs, HR@10', '.577 → .621', '.589 → .613', '.555 → .631'],
  ['Movies, NDCG@10', '.158 → .179', '.144 → .168', '.135 → .155'],
  ['Movies, HR@10', '.622 → .698', '.564 → .661', '.574 → .639'],
]

export function publishedSection(): string[] {
  const head = (first: string) => [first, '20 % new', '50 % new', '80 % new']
  return [
    '## What is published',
    '',
    "The paper's main table could not be had; these figures are from a reply to reviewers in the public history of the released code (Amazon 2014: Books, CDs, Movies, Electronics; five seeds).",
    '',
    table(head('MAE / RMSE of MARCO'), ERRORS),
    '',
    table(head('REMIT → MARCO'), RANKS),
    '',
    'What is comparable: the task, the shares, raw MAE and RMSE over all test rows, vectors of ten numbers. What is not:',
    '',
    '- The logs. Ratings there spread more or less than here, and RMSE goes with that: hold a figure beside that of `global-mean` on the same log, which is not published.',
    '- The choice of epochs. The released code takes the least MAE and the least RMSE of any epoch on the test rows; here validation chooses.',
    '- The ranking. Its candidates are not stated; an HR@10 near .6 cannot be among all items. Only who is above whom compares.',
    '- The agents. In the released code their actor learns nothing from the reward ([marco](../models/marco.md)); here it does, and *without reward* is the released form.',
  ]
}
