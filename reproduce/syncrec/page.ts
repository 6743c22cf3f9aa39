// The page of reproduce/syncrec.ts: tables from the ranks of every case, model and seed.
import { type Interval, mean, pairedBootstrapOverSeeds, standardDeviation, verdict } from '../../src/math/bootstrap.ts'
import { hr } from '../../src/metrics/hr.ts'
import { mrr } from '../../src/metrics/mrr.ts'
import { ndcg } from '../../src/metrics/ndcg.ts'
import { differenceText, short } from '../shared/figures.ts'
import { table, wrapped } from '../shared/markdown.ts'

export interface Result {
  readonly validation: number
  readonly epochs: number
  readonly seconds: number
  /** Loss terms of the last epoch. */
  readonly losses: Readonly<Record<string, number>>
  readonly set: Readonly<Record<string, unknown>>
  /** By case: rank of the answer among the given candidates, those of all domains, and all items of its domain; and where the user was last. */
  test?: {
    readonly given: readonly number[]
    readonly foreign: readonly number[]
    readonly full: readonly number[]
    readonly users: readonly number[]
    readonly domains: readonly number[]
    readonly groups: Readonly<Record<Group, readonly number[]>>
  }
}

const GROUPS = {
  lastInDomain: 'the last event is in the domain asked for',
  lastElsewhere: 'the last event is elsewhere, an earlier one in the domain asked for',
  newToDomain: 'the user was never in the domain asked for',
} as const
type Group = keyof typeof GROUPS
type Protocol = 'given' | 'foreign' | 'full'

export interface Row {
  readonly label: string
  /** One model of all domains, one that knows a single domain, a part of SyNCRec, or what was not tuned here. */
  readonly kind: 'mixed' | 'twins' | 'part' | 'baseline'
  readonly choice: Readonly<Record<string, unknown>>
  /** Of the chosen setting, mean over the tuning seeds. */
  readonly validation?: number
  readonly results: readonly Result[]
}

export interface PageInput {
  readonly compared: ReadonlyMap<string, readonly Row[]>
  readonly baselines: readonly Row[]
  /** Tried on validation by each model under each loss, with one seed. */
  readonly settings: number
  /** Of them, tried with all tuning seeds. */
  readonly finalists: number
  readonly tuningSeeds: number
  /** Labels of what has not been run yet. */
  readonly missing: readonly string[]
}

const DOMAINS = ['Books', 'Clothing', 'Sports', 'Toys', 'Video Games']

/** Rows of the paper's Table 2, NDCG@10 in the order of DOMAINS. */
const PAPER: Readonly<Record<string, readonly number[]>> = {
  syncrec: [0.28, 0.298, 0.355, 0.361, 0.625],
  sasrec: [0.218, 0.255, 0.291, 0.284, 0.514],
  cgrec: [0.218, 0.278, 0.323, 0.313, 0.553],
  mmoe: [0.205, 0.24, 0.239, 0.235, 0.315],
  bprmf: [0.223, 0.188, 0.226, 0.238, 0.46],
  transrec: [0.219, 0.237, 0.28, 0.285, 0.494],
  gru4rec: [0.222, 0.274, 0.291, 0.277, 0.452],
  narm: [0.21, 0.252, 0.286, 0.275, 0.452],
  stamp: [0.212, 0.274, 0.307, 0.287, 0.491],
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: a published figure that happens to be near log10 e
  nextitnet: [0.181, 0.232, 0.265, 0.262, 0.434],
  bert4rec: [0.172, 0.228, 0.264, 0.254, 0.456],
  'light-sans': [0.222, 0.222, 0.275, 0.284, 0.511],
  sine: [0.23, 0.244, 0.309, 0.317, 0.579],
}

/** Rows of the paper's Table 5, MRR in the order of DOMAINS; its header's last three columns are read as Toys, Sports, Video. */
const PAPER_ABLATIONS: Readonly<Record<string, readonly number[]>> = {
  syncrec: [0.248, 0.258, 0.307, 0.312, 0.574],
  'without loss correction': [0.232, 0.263, 0.293, 0.28, 0.519],
  'without mutual information': [0.212, 0.241, 0.309, 0.301, 0.55],
  'without stop-gradient': [0.22, 0.237, 0.298, 0.304, 0.566],
}

/** Rows of the paper's Table 4, change of NDCG@5 in percent against CGRec of one domain. */
const PAPER_TRANSFER: Readonly<Record<string, readonly number[]>> = {
  syncrec: [-2.6, 10.8, 97.6, 31.3, 45.7],
  cgrec: [-29.3, -5.0, 71.8, 12.4, 21.9],
}

type Value = (rank: number) => number
const NDCG = ndcg(10).value
const HR = hr(10).value

const deviation = (numbers: readonly number[]) => (numbers.length > 1 ? standardDeviation(numbers) : 0)

/** A metric of each seed: the mean over the domains of their means, or over the cases of one. */
function bySeed(row: Row, protocol: Protocol, value: Value, d?: number): number[] {
  const domains = d === undefined ? DOMAINS.map((_, i) => i) : [d]
  return row.results.map(({ test }) =>
    mean(domains.map((i) => mean(test![protocol].filter((_, k) => test!.domains[k] === i).map(value)))),
  )
}

/**
 * How far `row` is above `other`, paired by user, over users and seeds. Without a domain: the average of domains, as the mean of cases
 * that each weigh 1 / (domains · cases of the domain).
 */
function difference(row: Row, other: Row, protocol: Protocol, d?: number, group?: Group): Interval {
  const test = row.results[0].test!
  const kept = test.users.flatMap((_, k) =>
    (d === undefined || test.domains[k] === d) && (group === undefined || test.groups[group][k] === 1) ? [k] : [],
  )
  const sizes = DOMAINS.map((_, i) => kept.filter((k) => test.domains[k] === i).length)
  const present = sizes.filter((n) => n > 0).length
  const weight = (k: number) => kept.length / (present * sizes[test.domains[k]])
  const columns = ({ results }: Row) =>
    results.map(({ test }) => Float64Array.from(kept, (k) => weight(k) * NDCG(test![protocol][k])))
  const users = Int32Array.from(kept, (k) => test.users[k])
  return pairedBootstrapOverSeeds(columns(row), columns(other), { users, seed: 0 })
}

function levels(rows: readonly Row[], protocol: Protocol, value: Value): string {
  const cell = (row: Row, d?: number) => {
    const seeds = bySeed(row, protocol, value, d)
    return `${short(mean(seeds))} ± ${short(deviation(seeds))}`
  }
  return table(
    ['model', ...DOMAINS, 'average', 'seeds', 'epochs', 'seconds'],
    rows.map((row) => [
      row.label,
      ...DOMAINS.map((_, d) => cell(row, d)),
      cell(row),
      String(row.results.length),
      mean(row.results.map(({ epochs }) => epochs)).toFixed(0),
      mean(row.results.map(({ seconds }) => seconds)).toFixed(0),
    ]),
  )
}

type Pair = readonly [label: string, row: Row, other: Row]

function differences(head: string, pairs: readonly Pair[], protocol: Protocol, group?: Group): string {
  const cell = (row: Row, other: Row, d?: number) => {
    return differenceText(difference(row, other, protocol, d, group))
  }
  return table(
    [head, ...DOMAINS, 'average of domains'],
    pairs.map(([label, row, other]) => [label, ...DOMAINS.map((_, d) => cell(row, other, d)), cell(row, other)]),
  )
}

/** The first of the best on validation. */
const best = (rows: readonly Row[]) =>
  rows.toSorted((a, b) => (b.validation ?? Number.NEGATIVE_INFINITY) - (a.validation ?? Number.NEGATIVE_INFINITY))[0]

/** The domains with a difference whose whole interval is on one side of zero. */
function domainsWith(side: 'helped' | 'harmed', row: Row, twins: Row, protocol: Protocol): string {
  const found = DOMAINS.filter((_, d) => verdict(difference(row, twins, protocol, d)) === side)
  return found.length === 0 ? 'no domain' : found.join(', ')
}

/** Whether one model can serve all domains, and none pays for it. */
function headline(rows: readonly Row[], knns: readonly Row[]): string[] {
  const [mixed, twins] = [rows.filter(({ kind }) => kind === 'mixed'), rows.filter(({ kind }) => kind === 'twins')]
  if (mixed.length === 0 || twins.length === 0) return []
  const one = best(mixed)
  const pairs = [...twins, ...knns].map((row) => [`− ${row.label}`, one, row] as const)
  const sides = (against: Row) =>
    `Against ${against.label} (validation ${short(against.validation!)}): ${(
      [
        ['given', 'on the given candidates'],
        ['full', 'among all items'],
      ] as const
    )
      .map(
        ([protocol, where]) =>
          `${where} above in ${domainsWith('helped', one, against, protocol)}, below in ${domainsWith('harmed', one, against, protocol)}`,
      )
      .join('; ')}.`
  return [
    '### One model for all domains',
    `Of the models of all domains **${one.label}** is best on validation (${short(one.validation!)}). ${twins.map(sides).join(' ')}`,
    'NDCG@10 on the given candidates:',
    differences(one.label, pairs, 'given'),
    'NDCG@10 among all items of the domain:',
    differences(one.label, pairs, 'full'),
  ]
}

function section(loss: string, rows: readonly Row[], baselines: readonly Row[]): string {
  const find = (label: string) => rows.find((row) => row.label === label)
  const knns = baselines.filter(({ label }) => /^(item-knn|syncrec)/.test(label))
  const twins = best(rows.filter(({ kind }) => kind === 'twins'))
  const choices = rows.map(
    ({ label, choice, validation }) =>
      `${label} ${JSON.stringify(choice).replaceAll(/["{}]/g, '')} (validation ${short(validation!)})`,
  )
  const parts = [
    `## ${TITLES[loss]} (\`loss=${loss}\`)`,
    `Chosen on validation: ${choices.join('; ')}.`,
    ...headline(rows, knns),
    '### NDCG@10 on the given candidates',
    levels([...rows, ...knns], 'given', NDCG),
    '### HR@10 on the given candidates',
    levels([...rows, ...knns], 'given', HR),
    '### NDCG@10 among all items of the domain',
    levels([...rows, ...knns], 'full', NDCG),
    '### NDCG@10 on candidates of all domains, as the papers draw them',
    'Most of these candidates are of other domains than the answer: a model that knows which domain is asked for ranks them last.',
    levels([...rows, ...knns], 'foreign', NDCG),
  ]
  for (const [whole, ofParts] of [
    [find('syncrec'), rows.filter(({ kind }) => kind === 'part')],
    [find('syncrec, both branches'), rows.filter(({ label }) => ['syncrec', 'sasrec', 'cgrec'].includes(label))],
  ] as const) {
    if (whole === undefined || ofParts.length === 0) continue
    const pairs = ofParts.map((row) => [`− ${row.label}`, whole, row] as const)
    parts.push(
      `### ${whole.label} against others, NDCG@10`,
      'On the given candidates:',
      differences(whole.label, pairs, 'given'),
      'Among all items of the domain:',
      differences(whole.label, pairs, 'full'),
    )
  }
  if (twins !== undefined) {
    const untuned = knns.filter(({ label }) => label.startsWith('syncrec'))
    const pairs = [...rows, ...untuned].filter((row) => row !== twins).map((row) => [row.label, row, twins] as const)
    parts.push(
      `### Every model minus ${twins.label}, NDCG@10`,
      'On the given candidates, all cases:',
      differences('model', pairs, 'given'),
      'Among all items of the domain, all cases:',
      differences('model', pairs, 'full'),
    )
    for (const [group, cases] of Object.entries(GROUPS) as [Group, string][])
      parts.push(
        `Cases where ${cases} (${twins.results[0].test!.groups[group].filter((x) => x === 1).length}), given candidates:`,
        differences('model', pairs, 'given', group),
        'The same, among all items of the domain:',
        differences('model', pairs, 'full', group),
      )
  }
  const measured = rows.filter(({ results }) => 'lambda/Books' in results[0].losses)
  if (measured.length > 0) {
    const term = (row: Row, name: RegExp) => {
      const found = Object.keys(row.results[0].losses)
        .filter((key) => name.test(key))
        .sort()
      return found.map((key) => {
        const numbers = row.results.map(({ losses }) => losses[key])
        return `${mean(numbers).toFixed(3)} ± ${deviation(numbers).toFixed(3)}`
      })
    }
    parts.push(
      '### What was learned in the last epoch, mean ± standard deviation over seeds',
      'D·λ, the weight of a domain (1 is neutral; without meaning where the loss correction is left out), then φ, single minus cross loss on training targets:',
      table(
        ['model', ...DOMAINS.map((d) => `λ ${d}`), ...DOMAINS.map((d) => `φ ${d}`)],
        measured.map((row) => {
          const gaps = term(row, /^gap\//)
          return [row.label, ...term(row, /^lambda\//), ...(gaps.length > 0 ? gaps : DOMAINS.map(() => ''))]
        }),
      ),
    )
  }
  return parts.join('\n\n')
}

const TITLES: Readonly<Record<string, string>> = {
  softmax: 'Cross-entropy over the items of the domain',
  bce: 'Binary cross-entropy with one negative, as in the released code',
  bpr: 'The pairwise loss, nearest to Eq. 8',
}

const PROTOCOL = (settings: number, finalists: number, tuningSeeds: number) =>
  `Mixed protocol: the last event of each of 2,601 users is the test case (595 Books, 694 Clothing, 490 Sports,
468 Toys, 354 Video Games), the one before validates; nothing is masked. Every model of a section has the same loss and was tuned by itself, by the
average over domains of NDCG@10 among all items of the validation answer's domain: ${settings} settings (learning rate × width) with one seed, the best ${finalists} of them
with ${tuningSeeds}. No result uses these seeds; weights are selected on validation. Values are means ± standard deviations over seeds. Differences are paired by
user, with a 95 % bootstrap interval over users and seeds; bold where zero lies outside. *Average* is over the five domains, each counting the same.`

const absent = (missing: readonly string[]) =>
  missing.length === 0 ? '' : `\n\n**Not run yet** under any loss: ${missing.join('; ')}.`

/** The page that asks whether one model can serve all domains and none pays for it. */
export function writeOneModel({ compared, baselines, settings, finalists, tuningSeeds, missing }: PageInput): string {
  const beside = baselines.filter(({ label }) => /^(item-knn|syncrec)/.test(label))
  return wrapped(`# One model that no service pays for: amazon5

Written by \`npx tsx reproduce/syncrec.ts\`, with what of it has been run. ${PROTOCOL(settings, finalists, tuningSeeds)}

- *Both histories*: one model learns from and answers by all events and by those of the domain asked for, in a share that each domain chooses on
  validation ([\`histories=both\`](../models/sasrec.md#which-domain-is-asked-for)).
- *Memory*: who had what together speaks beside the network, in a weight that each domain chooses on validation
  ([\`memory=neighbors\`](../models/sasrec.md#a-memory-beside-the-network)). It trains nothing, so a model with it is tuned as the one without.
- Rows with *defaults* are not tuned and have as many seeds as they say.
- The dropout is .5 and η of SyNCRec its default for all: neither was tuned.${absent(missing)}

${[...compared].map(([loss, rows]) => section(loss, rows, beside)).join('\n\n')}
`)
}

export function writePage({ compared, baselines, settings, finalists, tuningSeeds, missing }: PageInput): string {
  const softmax = compared.get('softmax') ?? []
  const ours = [...softmax, ...baselines]
  const percent = (row: Row | undefined, d: number) => {
    const twins = softmax.find(({ label }) => label === 'sasrec twins')
    if (row === undefined || twins === undefined) return ''
    const value = ndcg(5).value
    const gain = mean(bySeed(row, 'given', value, d)) / mean(bySeed(twins, 'given', value, d)) - 1
    return `${gain < 0 ? '−' : '+'}${Math.abs(100 * gain).toFixed(1)}`
  }
  return wrapped(`# SyNCRec on amazon5

Written by \`npx tsx reproduce/syncrec.ts\`. ${PROTOCOL(settings, finalists, tuningSeeds)}

*syncrec* answers by the cross-domain branch, as in the paper. *Both branches* is the same network, answered by both (the default of ours), with the setting that
was chosen for *syncrec*. The dropout is .5 and η its default: neither was tuned.${absent(missing)}

**What can be compared with the paper**: directions only. Its log has 105,364 users and 3.8 million interactions; this is a sample of 4.7 % of the users,
filtered to items with three interactions, of whom 16 % were in all five domains, as all of the paper's were. SyNCRec is our reading of it: the loss of
Eq. 8, the start of item vectors and the width are choices ([what differs](../models/syncrec.md)).

${[...compared].map(([loss, rows]) => section(loss, rows, baselines)).join('\n\n')}

## Baselines with their defaults

Cross-entropy over the domain where a model has a choice; not tuned on this log beyond their defaults. NDCG@10 on the given candidates:

${levels(baselines, 'given', NDCG)}

NDCG@10 among all items of the domain:

${levels(baselines, 'full', NDCG)}

## Beside the paper

Table 2, NDCG@10 on sampled candidates: ours (given candidates, cross-entropy in the domain) / the paper's.

${table(
  ['model', ...DOMAINS],
  ours
    .filter(({ label }) => label in PAPER)
    .map((row) => [
      row.label,
      ...DOMAINS.map((_, d) => `${short(mean(bySeed(row, 'given', NDCG, d)), 3)} / ${short(PAPER[row.label][d], 3)}`),
    ]),
)}

Table 4, change of NDCG@5 in percent against single-domain models: ours against SASRec of one domain / the paper's against CGRec of one domain.

${table(
  ['model', ...DOMAINS],
  ['syncrec', 'cgrec'].map((label) => [
    label,
    ...DOMAINS.map((_, d) => {
      const row = softmax.find((one) => one.label === label)
      const theirs = PAPER_TRANSFER[label][d]
      return `${percent(row, d)} / ${theirs < 0 ? '−' : '+'}${Math.abs(theirs).toFixed(1)}`
    }),
  ]),
)}

Table 5, MRR of SyNCRec and its ablations: ours / the paper's.

${table(
  ['model', ...DOMAINS],
  softmax
    .filter(({ label }) => label in PAPER_ABLATIONS)
    .map((row) => [
      row.label,
      ...DOMAINS.map(
        (_, d) =>
          `${short(mean(bySeed(row, 'given', mrr().value, d)), 3)} / ${short(PAPER_ABLATIONS[row.label][d], 3)}`,
      ),
    ]),
)}
`)
}
