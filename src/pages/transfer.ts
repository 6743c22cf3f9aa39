import type { ByName } from '../core/index.ts'
import { type Comparison, domainsWithCases, type Verdict } from '../evaluation/compare.ts'
import type { Judgment, TransferReport } from '../experiments/report.ts'
import { writeOwnFile } from '../files/index.ts'
import type { TrainingSignals } from '../trust/signals.ts'
import { VERDICT_COLORS } from './charts/index.ts'
import { differencesChart, meansChart } from './compare-charts.ts'
import { findingText, type TextTable, verdictTable } from './compare-text.ts'
import { figure } from './draw.ts'
import { boxes, seriesOf } from './looks.ts'
import { details, facts, legend, page, paragraph, section, table } from './markup.ts'
import { cautions, judgmentTable } from './transfer-text.ts'
import { courseFigure, expertsOf, gateFigure } from './trust-signals.ts'

/** What the page is made of beside the report itself: the comparisons that its verdicts come from. */
export interface TransferPage {
  readonly report: TransferReport
  /** Under the report's protocol; the twin first. */
  readonly comparison: Comparison
  /** On validation cases; the same object where those are what is reported. */
  readonly validation: Comparison
}

/**
 * Writes the negative-transfer report as one HTML file without network or script.
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeTransferPage(path: string, content: TransferPage): Promise<void> {
  await writeOwnFile(path, renderTransferPage(content))
}

export function renderTransferPage({ report, comparison, validation }: TransferPage): string {
  const { model, twin, dataset, training } = report
  const { lambda, gap, gates } = training ?? {}
  const series = seriesOf(
    comparison.models.keys(),
    lambda?.keys() ?? [],
    gap?.keys() ?? [],
    gates === undefined ? [] : expertsOf(gates),
  )
  return page(
    `What the other domains do to ${model.name} on ${dataset.name}`,
    `Each domain's cases, asked of ${model.name}, which learns from all domains, and of ${twin.name}, which knows one domain at a time.`,
    [
      facts([
        { name: 'model', value: model.name },
        { name: 'single-domain twin', value: twin.name },
        { name: 'dataset', value: dataset.name },
        { name: 'split', value: report.split },
        { name: 'seeds', value: model.runs.map(({ seed }) => seed).join(', ') },
      ]),
      verdictSection('Helped or harmed', report, comparison),
      section(
        'What to do',
        paragraph(report.overall.advice),
        table(adviceTable(report), (cell) => verdictClass(cell) ?? (cell.endsWith('.') ? 'sentence' : undefined)),
        ...cautions(report).map(paragraph),
      ),
      comparison === validation
        ? ''
        : verdictSection('What the fallback goes by: validation cases', report, validation, report.validation.domains),
      section('Both models by domain', ...bars(comparison, series)),
      ...(training === undefined ? [] : signalSections(training, series)),
    ],
  )
}

function adviceTable({ domains, validation, fallback }: TransferReport): TextTable {
  return {
    columns: [
      { title: 'domain' },
      { title: 'verdict' },
      { title: 'on validation' },
      { title: '--fallback auto serves' },
      { title: 'what to do' },
    ],
    rows: [...domains].map(([domain, { verdict, advice }]) => [
      domain,
      findingText(verdict),
      findingText(validation.domains.get(domain)!.verdict),
      fallback.domains.includes(domain) ? 'the twin' : 'the model',
      advice,
    ]),
  }
}

const COLORS = Object.entries(VERDICT_COLORS) as [Verdict, string][]

function verdictClass(cell: string): string | undefined {
  return cell === 'helped' || cell === 'harmed' ? cell : undefined
}

function verdictSection(
  title: string,
  report: TransferReport,
  comparison: Comparison,
  domains: ByName<Judgment> = report.domains,
): string {
  const overall = domains === report.domains ? report.overall : report.validation.overall
  const { name } = report.model
  const { metric } = report
  const others = Object.keys(overall.difference).filter((other) => other !== metric)
  return section(
    title,
    paragraph(
      `${comparison.described} A verdict is given where the difference is more than chance explains, all domains taken together.`,
    ),
    ...(domainsWithCases(comparison).length === 0
      ? [paragraph('There are no cases.')]
      : [
          legend(COLORS.map(([verdict, color]) => ({ name: verdict, color }))),
          figure(
            differencesChart(comparison, [name], metric),
            `${metric} of ${name} less that of its single-domain twin, paired by case; lines are 95\u00a0% bootstrap intervals over users and seeds`,
          ),
        ]),
    table(judgmentTable(report, domains, overall), verdictClass),
    details(
      'Other metrics',
      others.map((other) => table(verdictTable(comparison, name, other), verdictClass)).join('\n'),
    ),
  )
}

function bars(comparison: Comparison, series: readonly string[]): string[] {
  if (domainsWithCases(comparison).length === 0) return [paragraph('There are no cases.')]
  return [
    boxes(series, [...comparison.models.keys()]),
    figure(
      meansChart(comparison, comparison.metric, series),
      `${comparison.metric} by domain; thin lines are 95\u00a0% intervals`,
    ),
  ]
}

function signalSections(training: TrainingSignals, series: readonly string[]): string[] {
  const { lambda, gap, gates, bestEpoch } = training
  const curves = [
    lambda && courseFigure('λ, how much each domain’s loss counts', training, lambda, series, 1),
    gap && courseFigure('φ, the negative transfer gap', training, gap, series, 0),
  ].filter((chart) => chart !== undefined)
  return [
    curves.length === 0
      ? ''
      : section(
          'What the model weighed while it trained',
          paragraph(
            'φ(d) is the loss of the single-domain task less that of the cross-domain task, on the same targets of training: below 0, training on all domains harms d. ' +
              'λ is scaled so that 1 is neutral; a domain that is harmed more gets less. Both are means over the steps of an epoch; circles mark the epoch whose weights were kept. ' +
              'They are training losses: verdicts above are about cases that no training saw.',
          ),
          `<div class="pair">\n${curves.join('\n')}\n</div>`,
        ),
    gates === undefined
      ? ''
      : section(
          'Which experts each task uses',
          paragraph(
            `Mean gate weight of each expert at epoch ${bestEpoch}, whose weights were kept. A task that leans on one expert alone shares little with the others.`,
          ),
          gateFigure(gates, series),
        ),
  ]
}
