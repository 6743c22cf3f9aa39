import { intervalText, score, signed } from '../../pages/compare-text.ts'
import {
  domainsOf,
  FALLBACK_RULES,
  type FallbackRule,
  type TransferReport,
  type WhatIf,
  whatIf,
} from '../../workbench/index.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'

const RULES: Readonly<Record<FallbackRule, string>> = {
  none: 'the model everywhere',
  harmed: 'auto: the twin where validation shows harm',
  behind: 'the twin wherever it is ahead on validation',
  all: 'the twin everywhere',
}

/** What each rule would change where the model answers everywhere now. */
export function dryRun(report: TransferReport): readonly WhatIf[] {
  return FALLBACK_RULES.map((rule) => whatIf(report, [], domainsOf(report, rule), rule))
}

export function dryRunText({ model, dataset, metric }: TransferReport, rules: readonly WhatIf[], style: Style): string {
  const right = (title: string) => ({ title, align: 'right' as const })
  const rows = FALLBACK_RULES.map((name, r) => {
    const { domains, shown } = rules[r]
    const cases = `${shown.cases.moved.toLocaleString('en-US')} of ${shown.cases.of.toLocaleString('en-US')}`
    return [
      RULES[name],
      domains.join(', ') || '–',
      cases,
      score(shown.would),
      signed(shown.change.mean),
      intervalText(shown.change),
    ]
  })
  return [
    style.bold(`What other fallbacks would change for ${model.name} on ${dataset.name}; nothing does`),
    formatTable(
      [
        { title: 'who answers' },
        { title: 'to the twin', wrap: true },
        right('cases that change'),
        right(metric),
        right('change'),
        right('bounds'),
      ],
      rows,
    ),
    `Rules choose by validation cases; changes are of ${rules[0].shown.part} cases, each domain weighed by its cases. Bounds are as wide as if all domains erred together.`,
  ].join('\n')
}
