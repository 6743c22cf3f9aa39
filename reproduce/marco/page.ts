// The page of reproduce/marco.ts: tables from what every training came to for every user who was new.
import { mean, standardDeviation } from '../../src/math/index.ts'
import { differenceText, short } from '../shared/figures.ts'
import { table, wrapped } from '../shared/markdown.ts'
import { type Entry, GRID, type Settings, SHARED, TUNING } from './entries.ts'
import {
  difference,
  type Figure,
  HR,
  isWhole,
  MAE,
  MAE_CLIPPED,
  NDCG,
  type Results,
  RMSE,
  RMSE_CLIPPED,
  valuesOf,
} from './intervals.ts'
import { LIKED_ABOVE, RANKED_USERS } from './job.ts'
import { gridOf } from './jobs.ts'
import { publishedSection } from './published.ts'
import { PLACES, type Place, placeName, SHARES, type Share } from './worlds.ts'

/** A model's results, and what validation chose for it. */
export interface Row {
  readonly entry: Entry
  readonly results: Results
  readonly choice: Settings
  /** Mean validation RMSE of each setting. */
  readonly tried: readonly number[]
}

/** The share at which all models are ordered. */
const MIDDLE: Share = '50'
const OTHERS = SHARES.filter((share) => share !== MIDDLE)

/** The others are held against it; before it is there, against the mean of the bridges. */
const subject = (rows: readonly Row[]) => rowOf(rows, 'marco') ?? rowOf(rows, 'mean-bridge')
const rowOf = (rows: readonly Row[], label: string) => rows.find(({ entry }) => entry.label === label)

export function writePage(rows: readonly Row[], seeds: number): string {
  return wrapped(
    [
      '# MARCO for users who are new in a service',
      '',
      "Written by `npx tsx reproduce/marco.ts`, with what was finished then. Users are new in one domain and known in others: `ciao` are four of its categories, each as target with the other three as sources; `amazon` is a pair of its categories, rows of one user and item merged to their mean. The paper's data are not these.",
      '',
      `The split is \`cold-users,seed=S:SHARE%:TARGET\` ([data.md](../data.md#splits)): of the users with rows in the target and in a source, a share of 20, 50 or 80 % is new, drawn anew by each seed; all their target rows are tested; a tenth of the others validates. The seed of a training is that of its draw. Learning rates are chosen from ${GRID.map(settings).join('; ')} (of some models weight decays, too, or ridges), one for a model everywhere, by the mean validation RMSE of ${TUNING.places.join(' and ')} at ${TUNING.share} % with seed ${TUNING.seed}, which no result uses; all else are defaults, but ${settings(SHARED)}. clfm, dtcdr, deepapf, gcmc and bitgcf rank and predict no rating: where they were trained, with their defaults, they have NDCG@10 and HR@10 alone.`,
      '',
      'marco and its controls gate and mean-bridge begin from offsets that are [shared](../models/mf.md#shared-offsets) by all domains: from what effects say of who is new, but with ridges that training users choose, each told in turn as if new, where effects ask the few users who validate. *Shared offsets alone* are these without a bridge: marco less it is what bridges and agents add, and it less effects is what the choice of ridges does. Published models tell offsets in each domain by itself, as before; some of them stand a second time with shared ones. *Own offsets* are marco, gate and mean-bridge as the published ones are.',
      '',
      `MAE and RMSE are over all test rows, raw unless it says clipped (to the training values of the target). NDCG@10 and HR@10 are of the rows with a rating above ${LIKED_ABOVE} of at most ${RANKED_USERS} new users a draw, ranked among all items of the target; what a user liked besides is no rival. **warm** is no competitor: it is \`mf\`, told a user's other ratings in the target, as nobody is on the first day. *Best single source* is trained on each source by itself, and validation chooses which. Intervals: 95 %, users and seeds drawn together; bold where zero lies outside.`,
      '',
      ...verdictSection(rows, seeds),
      ...acceptanceSection(rows, seeds),
      ...averageSections(rows, seeds),
      ...differenceSections(rows, seeds),
      ...placeSection(rows, seeds),
      ...sourcesSection(rows),
      ...choiceSection(rows),
      ...publishedSection(),
    ].join('\n'),
  )
}

/** In sentences, from the same differences as the tables. */
function verdictSection(rows: readonly Row[], seeds: number): string[] {
  const ours = subject(rows)
  if (ours === undefined) return []
  const name = ours.entry.label
  const others = rows.filter(({ entry }) => entry !== ours.entry && entry.kind !== 'bound' && entry.kind !== 'part')
  const sentences = [RMSE, MAE, NDCG].map((figure) => {
    const found = others.flatMap(({ entry, results }) => {
      const interval = difference(figure, ours.results, results, PLACES, [MIDDLE], seeds)
      return interval === undefined ? [] : [{ label: entry.label, ...interval }]
    })
    const sign = figure.lessIsBetter ? 1 : -1
    const better = found.filter(({ low, high }) => Math.max(sign * low, sign * high) < 0)
    const worse = found.filter(({ low, high }) => Math.min(sign * low, sign * high) > 0)
    const level = found.filter((one) => !better.includes(one) && !worse.includes(one))
    const list = (of: readonly { label: string }[]) => of.map(({ label }) => label).join('; ') || 'none'
    return `- **${figure.name}**: ${name} is better than ${list(better)}; worse than ${list(worse)}; not told apart from ${list(level)}.`
  })
  const ranked = rows
    .filter(({ entry, results }) => entry.kind !== 'bound' && isWhole(results, PLACES, MIDDLE))
    .map(({ entry, results }) => ({
      label: entry.label,
      rmse: mean(valuesOf(RMSE, results, PLACES, [MIDDLE], seeds)),
    }))
    .filter(({ rmse }) => !Number.isNaN(rmse))
    .sort((a, b) => a.rmse - b.rmse)
  return [
    '## What won',
    '',
    `By mean RMSE over all six targets at ${MIDDLE} % new the order is ${ranked
      .map(({ label, rmse }) => `${label} (${short(rmse)})`)
      .join(', ')}. Held against ${name} there, over the targets and seeds that both have:`,
    '',
    ...sentences,
    '',
  ]
}

/** What a team of agents must do to be worth its cost. */
const RIVALS = [
  ['ptupcdr, best single source', 'the best single bridge'],
  ['mean-bridge', 'equal weights'],
  ['gate', 'the same weights learned by back-propagation'],
  ['marco without reward', 'agents that learn nothing from the reward, as released'],
  ['effects', 'what users and items add to a rating'],
  ['shared offsets alone', 'the same, as marco is told it'],
] as const

function acceptanceSection(rows: readonly Row[], seeds: number): string[] {
  const marco = rowOf(rows, 'marco')
  if (marco === undefined) return []
  const lines = RIVALS.flatMap(([label, what]) => {
    const rival = rowOf(rows, label)
    const found = rival && difference(RMSE, marco.results, rival.results, PLACES, [MIDDLE], seeds)
    if (found === undefined) return []
    const verdict = found.high < 0 ? 'yes' : found.low > 0 ? '**no, worse**' : 'not shown'
    return [[`${what} (${label})`, verdict, differenceText(found)]]
  })
  const spreads = PLACES.map((place) => valuesOf(RMSE, marco.results, [place], [MIDDLE], seeds)).filter(
    (values) => values.length > 1,
  )
  const spread = Math.max(...spreads.map(standardDeviation))
  return [
    '## Is a team of agents worth it?',
    '',
    `RMSE of marco less that of each at ${MIDDLE} % new, over all targets and seeds that both have.`,
    '',
    table(['better than …', '', 'marco less it'], lines),
    '',
    ...(spreads.length === 0
      ? []
      : [
          `Over seeds, each with a draw of its own, marco's RMSE on a target deviates by ${short(spread)} at most.`,
          '',
        ]),
  ]
}

const LOGS: readonly { readonly title: string; readonly places: readonly Place[] }[] = [
  { title: 'ciao, mean of four targets', places: PLACES.filter(({ log }) => log === 'ciao') },
  { title: 'amazon, mean of both directions', places: PLACES.filter(({ log }) => log === 'amazon') },
]

function averageSections(rows: readonly Row[], seeds: number): string[] {
  return LOGS.flatMap(({ title, places }) =>
    SHARES.flatMap((share) => {
      const figures = [RMSE, MAE, RMSE_CLIPPED, MAE_CLIPPED, NDCG, HR]
      const known = rows.filter(({ results }) => isWhole(results, places, share))
      if (known.length === 0) return []
      return [
        `## ${title[0].toUpperCase()}${title.slice(1)}, ${share} % new`,
        '',
        'Means over targets and seeds ± standard deviation over seeds; models that are finished on all of these targets.',
        '',
        table(
          ['', 'seeds', ...figures.map(({ name }) => name)],
          known.map(({ entry, results }) => [
            entry.label,
            `${Math.max(...figures.map((figure) => valuesOf(figure, results, places, [share], seeds).length))}`,
            ...figures.map((figure) => meanStd(valuesOf(figure, results, places, [share], seeds))),
          ]),
        ),
        '',
      ]
    }),
  )
}

function differenceSections(rows: readonly Row[], seeds: number): string[] {
  const ours = subject(rows)
  if (ours === undefined) return []
  const all = { title: 'all targets', places: PLACES }
  // The middle share has the most seeds, and is not to be cut to those of the others.
  const sections = [
    ...[...LOGS, all].map((of) => ({ ...of, share: MIDDLE })),
    ...OTHERS.map((share) => ({ ...all, share })),
  ]
  return sections.flatMap(({ title, places, share }) => {
    const against = (figure: Figure, { results }: Row) =>
      difference(figure, ours.results, results, places, [share], seeds)
    const lines = rows
      .filter((row) => row !== ours)
      .flatMap((row) => {
        const of = against(row.entry.model === 'popularity' ? NDCG : RMSE, row)
        if (of === undefined) return []
        const figures = [RMSE, MAE, NDCG].map((figure) => {
          const found = against(figure, row)
          return found === undefined ? '–' : differenceText(found)
        })
        return [[row.entry.label, `${of.cells} × ${of.seeds}`, ...figures]]
      })
    if (lines.length === 0) return []
    return [
      `## ${ours.entry.label} less the others, ${title}, ${share} % new`,
      '',
      'Below zero is better for RMSE and MAE, above for NDCG@10.',
      '',
      table(['', 'targets × seeds', 'RMSE', 'MAE', 'NDCG@10'], lines),
      '',
    ]
  })
}

function placeSection(rows: readonly Row[], seeds: number): string[] {
  return [
    '## RMSE of each target',
    '',
    `At ${MIDDLE} % new, means over seeds.`,
    '',
    table(
      ['', ...PLACES.map(placeName)],
      rows
        .filter(({ entry }) => entry.model !== 'popularity')
        .map(({ entry, results }) => [
          entry.label,
          ...PLACES.map((place) => meanStd(valuesOf(RMSE, results, [place], [MIDDLE], seeds))),
        ]),
    ),
    '',
  ]
}

/** How much each domain counted, of models that say so. */
function sourcesSection(rows: readonly Row[]): string[] {
  const lines = rows.flatMap(({ entry, results }) =>
    PLACES.flatMap((place) => {
      const found = [...results].flatMap(([key, { sources }]) =>
        sources && key.startsWith(`${placeName(place)} `) ? [sources] : [],
      )
      if (found.length === 0) return []
      const weights = Object.keys(found[0])
        .map((name) => [name, mean(found.map((sources) => sources[name]))] as const)
        .filter(([, weight]) => weight > 0)
        .sort(([, a], [, b]) => b - a)
      // One source has all the weight.
      if (weights.length < 2) return []
      return [
        [
          `${entry.label}, ${placeName(place)}`,
          weights.map(([name, weight]) => `${name} ${short(weight, 2)}`).join(', '),
        ],
      ]
    }),
  )
  if (lines.length === 0) return []
  const text = 'Mean weight over test rows, shares and seeds; domains in which a user is unknown have none.'
  return ['## How much each source counted', '', text, '', table(['', 'weights'], lines), '']
}

function choiceSection(rows: readonly Row[]): string[] {
  const lines = rows
    .filter(({ entry, tried }) => tried.length > 0 && entry.tunedAs === undefined)
    .map(({ entry, choice, tried }) => [
      entry.label,
      settings(choice),
      gridOf(entry)
        .map((setting, i) => `${settings(setting)}: ${short(tried[i])}`)
        .join('; '),
    ])
  return ['## What validation chose', '', table(['', 'chosen', 'mean validation RMSE'], lines), '']
}

const settings = (set: Settings) =>
  Object.entries(set)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || '–'
const meanStd = (values: readonly number[]) =>
  values.length === 0
    ? '–'
    : `${short(mean(values))}${values.length > 1 ? ` ± ${short(standardDeviation(values))}` : ''}`
