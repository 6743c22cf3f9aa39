// The page of reproduce/biao.ts: tables from the predictions of every test row, form and seed.
import { bootstrapStatistics, type Interval, intervalOf, mean, standardDeviation } from '../../src/math/bootstrap.ts'
import { auc } from '../../src/metrics/index.ts'
import { table, wrapped } from '../shared/markdown.ts'
import { studentLimit } from '../shared/student.ts'

export interface Result {
  /** AUC. */
  readonly validation: number
  readonly epochs: number
  readonly bestEpoch: number
  readonly seconds: number
  /** Loss terms of the best epoch. */
  readonly losses: Readonly<Record<string, number>>
  readonly set: Readonly<Record<string, unknown>>
  /** Why training ended before its time, where the guard of the upper step ended it. */
  readonly stopped?: string
  /** By test row, one a user. */
  test?: { readonly predictions: readonly number[]; readonly labels: readonly number[] }
}

export interface PageInput {
  /** By `pair base form`, one a seed. */
  readonly results: ReadonlyMap<string, readonly Result[]>
  /** By `pair share`. */
  readonly splits: ReadonlyMap<string, readonly Result[]>
  readonly settings: Readonly<Record<string, unknown>>
  readonly grid: readonly Readonly<Record<string, unknown>>[]
  /** What BIAO's own options were chosen from, with the mean validation AUC of each. */
  readonly search: {
    readonly settings: readonly Readonly<Record<string, unknown>>[]
    readonly reused: readonly number[]
    readonly heldOut: readonly number[]
  }
}

const FORM_NAMES: Readonly<Record<string, string>> = { S: '-S', '0': '-0', plain: '', biao: '+BIAO' }
const SAMPLES = 1000

/** Tables 1 and 2 of the paper: AUC on Books-Movies, -CDs, -Elec, -Toys, CDs-Cloth, CDs-Kitchen, Elec-Cloth. */
const PAPER: Readonly<Record<string, readonly number[]>> = {
  'minet S': [0.7557, 0.7019, 0.6585, 0.6706, 0.5913, 0.6161, 0.6001],
  'minet 0': [0.7508, 0.6995, 0.6523, 0.6658, 0.595, 0.6094, 0.5885],
  'minet plain': [0.7616, 0.708, 0.654, 0.6711, 0.5876, 0.6079, 0.5966],
  'minet biao': [0.7639, 0.7145, 0.6678, 0.6883, 0.602, 0.6212, 0.6099],
  'minet w/o global': [0.7632, 0.711, 0.6645, 0.6843, 0.6016, 0.6194, 0.606],
  'minet w/o user': [0.7618, 0.705, 0.6657, 0.6792, 0.591, 0.6216, 0.6048],
  'conet S': [0.7633, 0.7165, 0.6758, 0.6918, 0.5999, 0.6465, 0.6152],
  'conet 0': [0.7643, 0.7196, 0.6808, 0.6927, 0.6134, 0.6471, 0.6206],
  'conet plain': [0.7693, 0.7239, 0.6764, 0.6989, 0.611, 0.6471, 0.6238],
  'conet biao': [0.7721, 0.7274, 0.6864, 0.7048, 0.6176, 0.6558, 0.6308],
  'conet w/o global': [0.7715, 0.7265, 0.6827, 0.7032, 0.6172, 0.6524, 0.6266],
  'conet w/o user': [0.7692, 0.7254, 0.6829, 0.6935, 0.6176, 0.6521, 0.6263],
}
/** Table 3, CoNet on Books-CDs, CDs-Cloth and Elec-Cloth. */
const PAPER_SPLITS: Readonly<Record<string, readonly number[]>> = {
  '0.01': [0.7227, 0.6176, 0.6244],
  '0.05': [0.7204, 0.616, 0.6237],
  '0.1': [0.7176, 0.6114, 0.6254],
  reused: [0.7274, 0.6176, 0.6308],
}

export function writePage({ results, splits, settings, grid, search }: PageInput): string {
  const complete = [...results].filter(([, all]) => all.length > 0)
  const parts = complete.map(([key]) => {
    const [pair, base, ...form] = key.split(' ') as [string, string, ...string[]]
    return { pair, base, form: form.join(' ') }
  })
  const distinct = (values: readonly string[]) => [...new Set(values)]
  const pairs = distinct(parts.map(({ pair }) => pair))
  const bases = ['conet', 'minet'].filter((base) => parts.some((part) => part.base === base))
  const forms = distinct(parts.filter(({ base }) => bases.includes(base)).map(({ form }) => form))
  const controls = distinct(
    parts.filter(({ base }) => !bases.includes(base)).map(({ base, form }) => `${base} ${form}`),
  )
  const of = (pair: string, base: string, form: string) => results.get(`${pair} ${base} ${form}`) ?? []
  const seeds = Math.max(0, ...complete.map(([, all]) => all.length))
  const name = (base: string, form: string) => {
    const title = base === 'conet' ? 'CoNet' : 'MiNet'
    return form in FORM_NAMES ? `${title}${FORM_NAMES[form]}` : `${title}+BIAO ${form}`
  }

  const aucRow = (base: string, form: string) => {
    const cells = pairs.map((pair) => meanStd(of(pair, base, form).map(testAuc)))
    const gains = pairs.map((pair) =>
      relaImpr(mean(of(pair, base, form).map(testAuc)), mean(of(pair, base, 'S').map(testAuc))),
    )
    const average = mean(pairs.map((pair) => mean(of(pair, base, form).map(testAuc))))
    return [name(base, form), ...cells.map((cell, i) => `${cell} (${percent(gains[i])})`), number(average)]
  }
  const drawn = new Map<string, Drawn>()
  const drawnOf = (pair: string, base: string, form: string): Drawn => {
    const key = `${pair} ${base} ${form}`
    const known = drawn.get(key) ?? draw(of(pair, base, form))
    drawn.set(key, known)
    return known
  }
  const differenceRow = (base: string, form: string, against: string) => {
    const each = pairs.map((pair) => difference(drawnOf(pair, base, form), drawnOf(pair, base, against)))
    const all = average(each)
    const tests = pairs.map((pair) => pairedT(of(pair, base, form).map(testAuc), of(pair, base, against).map(testAuc)))
    return [
      `${name(base, form)} − ${name(base, against)}`,
      ...each.map((one, i) => `${interval(one.interval)}, t ${tests[i].toFixed(1)}`),
      interval(all),
    ]
  }
  const hasAll = (base: string, form: string) => pairs.every((pair) => of(pair, base, form).length > 0)
  const pooledRow = (form: string, against: string) => {
    const each = pairs.flatMap((pair) =>
      bases.map((base) => difference(drawnOf(pair, base, form), drawnOf(pair, base, against))),
    )
    return [`${form} − ${against}`, interval(average(each))]
  }

  const sections = [
    '# BIAO on ciao',
    '',
    `Written by \`npx tsx reproduce/biao.ts\`, with what was finished then (seeds by base and form stand under *What training took*). AUC over the test rows of a pair, one a user; source → target. The paper's data (Amazon, 4,283 to 37,388 users a pair) are ` +
      'not these: only directions compare. Items have no categories here beyond the domain itself, so that the category vector is the same for all items of a side.',
    '',
    `Every model: settings \`${JSON.stringify(settings)}\`, the weight decay of the forms S, 0 and plain chosen on validation from ${grid.map(({ weightDecay }) => weightDecay).join(' and ')} by a ` +
      'seed that no result uses; BIAO and its ablations take that of plain, with one setting for all pairs and bases: ' +
      `${search.settings.map((setting, i) => `\`${JSON.stringify(setting)}\` gave ${number(search.reused[i] ?? Number.NaN)}, with dev rows held out ${number(search.heldOut[i] ?? Number.NaN)}`).join('; ')} on validation (CoNet, all pairs, two seeds that no result uses). ` +
      'Weights are selected by AUC on validation. ' +
      'In parentheses RelaImpr against the S form of the same base. Intervals: 95 %, drawn over test users, AUC averaged over seeds; t is that of a paired t-test over seeds ' +
      `(with ${seeds} seeds beyond ±${seeds < 2 ? '–' : studentLimit(seeds).toFixed(2)} at the .05 level).`,
    '',
    '*dev held out* and *dev validation* are ours: BIAO whose upper loss is over a tenth of the training rows, held out of the lower loss, or over the validation rows. The paper reorders and reuses the training rows.',
    '',
    '## AUC',
    '',
    ...bases.flatMap((base) => [
      table(
        ['', ...pairs.map(arrow), 'average'],
        forms.filter((form) => hasAll(base, form)).map((form) => aucRow(base, form)),
      ),
      '',
    ]),
    'Controls: `rates` counts how often users and items rate above the bound; the others are trained as the models are, lr with a weight decay of 0 or .0001.',
    '',
    table(
      ['', ...pairs.map(arrow), 'average'],
      controls
        .filter((control) => pairs.every((pair) => (results.get(`${pair} ${control}`) ?? []).length > 0))
        .map((control) => {
          const [base, form] = control.split(' ') as [string, string]
          const all = pairs.map((pair) => of(pair, base, form).map(testAuc))
          return [
            form === 'control' ? base : `${base}${FORM_NAMES[form]}`,
            ...all.map(meanStd),
            number(mean(all.map(mean))),
          ]
        }),
    ),
    '',
    '## Paired differences',
    '',
    ...bases.flatMap((base) => [
      table(
        ['', ...pairs.map(arrow), 'average of pairs'],
        [
          ['biao', 'plain'],
          ['biao', 'S'],
          ['plain', 'S'],
          ['0', 'S'],
          ['biao', 'w/o global'],
          ['biao', 'w/o user'],
          ['dev held out', 'plain'],
          ['dev validation', 'plain'],
          ['dev validation', 'S'],
        ]
          .filter(([a, b]) => hasAll(base, a) && hasAll(base, b))
          .map(([a, b]) => differenceRow(base, a, b)),
      ),
      '',
    ]),
    'Averages over all pairs and bases:',
    '',
    table(
      ['difference', 'mean and interval'],
      [
        ['biao', 'plain'],
        ['biao', 'S'],
        ['biao', '0'],
        ['biao', 'w/o global'],
        ['biao', 'w/o user'],
        ['plain', 'S'],
        ['dev held out', 'plain'],
        ['dev validation', 'plain'],
        ['dev validation', 'S'],
      ]
        .filter(([a, b]) => bases.every((base) => hasAll(base, a) && hasAll(base, b)))
        .map(([a, b]) => pooledRow(a, b)),
    ),
    '',
    ...splitSection(splits, of),
    '## What training took',
    '',
    table(
      ['', ...pairs.map(arrow)],
      bases.flatMap((base) =>
        forms
          .filter((form) => hasAll(base, form))
          .map((form) => [
            name(base, form),
            ...pairs.map((pair) => {
              const all = of(pair, base, form)
              const perEpoch = mean(all.map(({ seconds, epochs }) => seconds / epochs))
              const scale =
                all[0].losses.scale === undefined ? '' : `, γ ${mean(all.map(({ losses }) => losses.scale)).toFixed(2)}`
              const stops = all.filter(({ stopped }) => stopped !== undefined).length
              const ended = stops === 0 ? '' : `, ${stops} stopped by the guard`
              return `${all.length} seeds, ${mean(all.map(({ bestEpoch }) => bestEpoch)).toFixed(1)} epochs, ${perEpoch.toFixed(1)} s each${scale}${ended}`
            }),
          ]),
      ),
    ),
    '',
    'Seconds were taken while other trainings ran on the same cores; `npm run bench -- biao` measures them properly.',
    '',
    '## The paper',
    '',
    'Its Tables 1 and 2, on Amazon:',
    '',
    table(
      ['', 'Books-Movies', 'Books-CDs', 'Books-Elec', 'Books-Toys', 'CDs-Cloth', 'CDs-Kitchen', 'Elec-Cloth'],
      Object.entries(PAPER).map(([key, row]) => {
        const [base, ...form] = key.split(' ') as [string, ...string[]]
        const against = PAPER[`${base} S`]
        return [
          name(base, form.join(' ')),
          ...row.map((value, i) => `${number(value)} (${percent(relaImpr(value, against[i]))})`),
        ]
      }),
    ),
    '',
  ]
  return wrapped(sections.join('\n'))
}

function splitSection(
  splits: PageInput['splits'],
  of: (pair: string, base: string, form: string) => readonly Result[],
): string[] {
  const done = [...splits].filter(([, all]) => all.length > 0)
  if (done.length === 0) return []
  const pairs = [...new Set(done.map(([key]) => key.split(' ')[0]))]
  const shares = [...new Set(done.map(([key]) => key.split(' ')[1]))]
  const rows = shares.map((share) => [
    `dev rows split off, ${share}`,
    ...pairs.map((pair) => meanStd((splits.get(`${pair} ${share}`) ?? []).map(testAuc))),
  ])
  rows.push(['reordered and reused', ...pairs.map((pair) => meanStd(of(pair, 'conet', 'biao').map(testAuc)))])
  const paper = Object.entries(PAPER_SPLITS).map(([share, row]) => `${share} ${row.map(number).join(' / ')}`)
  return [
    '## Where the upper loss is taken from (CoNet+BIAO)',
    '',
    table(['', ...pairs.map(arrow)], rows),
    '',
    `The paper's Table 3, CoNet on Books-CDs / CDs-Cloth / Elec-Cloth: ${paper.join('; ')}.`,
    '',
  ]
}

/** The statistic of a form on a pair: its AUC averaged over seeds, as it is and in each sample of users. */
interface Drawn {
  readonly value: number
  readonly samples: Float64Array
}

function draw(results: readonly Result[]): Drawn {
  const seeds = results.map(({ test }) =>
    auc.weighted(Float32Array.from(test!.predictions), Float32Array.from(test!.labels)),
  )
  const statistic = (weights: Float64Array) => mean(seeds.map((auc) => auc(weights)))
  const cases = results[0].test!.labels.length
  const [samples] = bootstrapStatistics([statistic], cases, { seed: 1, samples: SAMPLES })
  return { value: statistic(new Float64Array(cases).fill(1)), samples: samples }
}

interface Difference {
  readonly value: number
  readonly samples: Float64Array
  readonly interval: Interval
}

function difference(a: Drawn, b: Drawn): Difference {
  const value = a.value - b.value
  const samples = a.samples.map((x, i) => x - b.samples[i])
  return { value, samples, interval: intervalOf(value, samples) }
}

/** Of several pairs: users of different pairs are drawn independently, but the same draw serves both bases of a pair. */
function average(each: readonly Difference[]): Interval {
  const samples = Float64Array.from({ length: SAMPLES }, (_, i) => mean(each.map((one) => one.samples[i])))
  return intervalOf(mean(each.map(({ value }) => value)), samples)
}

function testAuc({ test }: Result): number {
  const { predictions, labels } = test!
  return auc.weighted(
    Float32Array.from(predictions),
    Float32Array.from(labels),
  )(new Float64Array(labels.length).fill(1))
}

/** ((AUC − ½) / (AUC_base − ½) − 1). */
function relaImpr(auc: number, base: number): number {
  return (auc - 0.5) / (base - 0.5) - 1
}

function pairedT(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length)
  const differences = Array.from({ length: n }, (_, i) => a[i] - b[i])
  return mean(differences) / (standardDeviation(differences) / Math.sqrt(n))
}

const number = (value: number) => value.toFixed(4).replace(/^0/, '').replace(/^-0/, '−')
const meanStd = (values: readonly number[]) =>
  values.length === 0
    ? '–'
    : `${number(mean(values))}${values.length > 1 ? ` ± ${number(standardDeviation(values))}` : ''}`
const signed = (value: number) => `${value < 0 ? '−' : '+'}${number(Math.abs(value))}`
const interval = ({ mean, low, high }: Interval) => {
  const text = `${signed(mean)} [${signed(low)}, ${signed(high)}]`
  return low > 0 || high < 0 ? `**${text}**` : text
}
const percent = (value: number) => `${value < 0 ? '−' : '+'}${(100 * Math.abs(value)).toFixed(1)} %`
const arrow = (pair: string) => pair.replace(':', ' → ')
