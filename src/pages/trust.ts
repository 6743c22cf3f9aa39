import { writeOwnFile } from '../files/index.ts'
import type { Manifest } from '../runs/run.ts'
import type { CategoryTrust, UserTrust } from '../trust/behaviors.ts'
import type { BehaviorExplanation, Explanation } from '../trust/explain.ts'
import { lengthChart, meanWeightChart, weightCountChart } from './charts/index.ts'
import { figure } from './draw.ts'
import { details, facts, page, paragraph, section, table } from './markup.ts'
import { type Fact, manifestFacts } from './report.ts'
import { signalSections } from './trust-signals.ts'
import {
  behaviorTable,
  cautions,
  domainTable,
  ends,
  lengthTable,
  placeTable,
  spread,
  weighed,
  weightTable,
} from './trust-text.ts'

/** The most categories drawn at each end. */
const DRAWN = 20

/** Facts that differ between seeds. */
const OF_ONE_RUN = ['seed', 'epochs', 'training time', 'stopped because']

const INTERVALS = 'lines are 95\u00a0% bootstrap intervals over users; the average behavior has 1'

/**
 * Writes what a run trusts as one HTML file without network or script.
 * @param manifest of the first run
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeExplainPage(path: string, explanation: Explanation, manifest: Manifest): Promise<void> {
  await writeOwnFile(path, renderExplainPage(explanation, manifest))
}

export function renderExplainPage(explanation: Explanation, manifest: Manifest): string {
  return explanation.of === 'behavior' ? renderBehaviors(explanation, manifest) : renderSignals(explanation, manifest)
}

function renderSignals(explanation: Explanation, manifest: Manifest): string {
  const { model, dataset, training, runs } = explanation
  const when = training === undefined ? '' : ` Values are of epoch ${training.bestEpoch}, whose weights were kept.`
  return page(`What ${model} trusts on ${dataset.name}`, `How far ${model} trusts what it learned elsewhere.${when}`, [
    facts(runFacts(runs, manifest)),
    ...signalSections(explanation),
  ])
}

function renderBehaviors(explanation: BehaviorExplanation, manifest: Manifest): string {
  const { model, dataset, target, sources, domains, user, items, atLeast } = explanation
  return page(`What ${model} trusts for ${target} on ${dataset.name}`, weighed(explanation), [
    facts(factsOf(explanation, manifest)),
    section(
      'How unequal the weights are',
      paragraph(spread(explanation)),
      figure(
        (width) => weightCountChart(explanation.distribution.histogram, width),
        'source behaviors by weight; the dashed line is the average',
      ),
      table(weightTable(explanation)),
      ...cautions(explanation).map(paragraph),
    ),
    sources.length > 1
      ? section(
          'By source domain',
          figure(
            (width) =>
              meanWeightChart(
                domains.map((one) => ({ ...one, label: one.domain })),
                { of: 'source domain', width },
              ),
            INTERVALS,
          ),
          table(domainTable(explanation)),
        )
      : '',
    categorySection(explanation),
    section(
      'By length of history',
      paragraph(
        'How many more training behaviors the user has in the sources than in the target. Where there are many different lengths, bins hold about as many users each.',
      ),
      figure((width) => lengthChart(explanation.lengths, width), INTERVALS),
      table(lengthTable(explanation)),
    ),
    ...(user === undefined ? [] : userSections(user, explanation)),
    items === undefined
      ? ''
      : section(
          'Most and least trusted items',
          paragraph(`Means over the behaviors of items that have at least ${atLeast}.`),
          ...(items.most.length === 0 ? [paragraph('No item has as many.')] : []),
          ...(['most', 'least'] as const).flatMap((end) =>
            items[end].length === 0
              ? []
              : [`<h3>${title(end)}</h3>`, table(placeTable('item', items[end], explanation, ({ item }) => [item]))],
          ),
        ),
  ])
}

function factsOf({ sources, target, runs }: BehaviorExplanation, manifest: Manifest): Fact[] {
  return [
    { name: sources.length === 1 ? 'source' : 'sources', value: sources.join(', ') },
    { name: 'target', value: target },
    ...runFacts(runs, manifest),
  ]
}

function runFacts(runs: Explanation['runs'], manifest: Manifest): Fact[] {
  return [
    ...(runs.length > 1 ? [{ name: 'seeds', value: runs.map(({ seed }) => seed).join(', ') }] : []),
    ...manifestFacts(manifest).filter(({ name }) => runs.length === 1 || !OF_ONE_RUN.includes(name)),
  ]
}

function categorySection(explanation: BehaviorExplanation): string {
  const { categories, sources, atLeast } = explanation
  const { most, least, left, few } = ends(explanation, DRAWN)
  const label = ({ category, domain }: CategoryTrust) => (sources.length > 1 ? `${category} (${domain})` : category)
  const drawn = [...most, ...least].map((one) => ({ ...one, label: label(one) }))
  const missing = [
    left === 0 ? '' : `${left} between them are not drawn`,
    few === 0 ? '' : `${few} with fewer than ${atLeast} behaviors are not drawn`,
  ].filter(Boolean)
  return section(
    'By source category',
    drawn.length === 0
      ? ''
      : figure(
          (width) => meanWeightChart(drawn, { of: 'source category', width }),
          [`number of behaviors at the right; ${INTERVALS}`, ...missing].join('; '),
        ),
    details(`All ${categories.length} categories`, table(placeTable('category', categories, explanation))),
  )
}

function userSections(user: UserTrust, explanation: BehaviorExplanation): string[] {
  const { name, source, target, mean, lastTarget } = user
  return [
    section(
      `User ${name}`,
      paragraph(
        `${source} source and ${target} target behaviors were trained on; the mean weight of the source behaviors is ${mean.toFixed(3)}.`,
      ),
      ...(['most', 'least'] as const).flatMap((end) =>
        user[end].length === 0 ? [] : [`<h3>${title(end)}</h3>`, table(behaviorTable(user[end], explanation))],
      ),
      lastTarget.length === 0 ? '' : '<h3>Last target behaviors, newest first</h3>',
      lastTarget.length === 0 ? '' : table(behaviorTable(lastTarget, explanation)),
    ),
  ]
}

function title(end: 'most' | 'least'): string {
  return end === 'most' ? 'Most trusted' : 'Least trusted'
}
