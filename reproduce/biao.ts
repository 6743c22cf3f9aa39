// The comparison of BIAO's tables and figures: `npx tsx reproduce/biao.ts --help` says how.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ciaoFiles } from '../bench/biao/ciao.ts'
import { LEAST_SPREAD } from '../src/core/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { mean } from '../src/math/index.ts'
import {
  BASES,
  EXTRA_PAIR,
  FORMS,
  type Form,
  INTERVALS,
  isAtWork,
  isWeighed,
  LOWER_GRID,
  PAIRS,
  type Settings,
  SPLIT_SHARES,
  settingsOf,
  TUNING_SEEDS,
  tunedAs,
  UPPER_GRID,
  wholeOf,
} from './biao/forms.ts'
import { finished, type Job, type Result, run } from './biao/job.ts'
import { type Row, writePage } from './biao/page.ts'
import { filmFiles } from './biao/pairs.ts'
import { readOptions, someOf, unlessNo, whole } from './shared/command.ts'

const slug = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')
const STAGES = ['tune', 'train', 'intervals', 'splits', 'report'] as const

/** What a base has on a pair, by what was found on validation so far. */
interface Choice {
  readonly lower: Settings
  readonly upper: Settings
  /** The mean validation AUC and the mean standard deviation of weights of each of UPPER_GRID. */
  readonly tried: readonly { readonly validation: number; readonly sd: number }[]
}

const lowerJobs = (pair: string, base: string, form: Form): Job[][] =>
  LOWER_GRID.map((choice, i) => {
    const { model, set } = settingsOf(base, form)
    return TUNING_SEEDS.map((seed) => ({
      out: join('tuning', slug(pair), slug(`${base} ${form}`), `${i}-seed${seed}`),
      ...{ pair, model, set: { ...set, ...choice }, seed, tests: false },
    }))
  })

const upperJobs = (pair: string, base: string, form: Form, lower: Settings): Job[][] =>
  UPPER_GRID.map((choice, i) => {
    const { model, set } = settingsOf(base, wholeOf(form))
    return TUNING_SEEDS.map((seed) => ({
      out: join('tuning', slug(pair), slug(`${base} ${wholeOf(form)}`), `${i}-seed${seed}`),
      ...{ pair, model, set: { ...set, ...lower, ...choice }, seed, tests: false },
    }))
  })

/** What each of a grid came to, means over seeds; nothing while some are missing. */
async function tried(jobs: readonly (readonly Job[])[]): Promise<Choice['tried'] | undefined> {
  const all = await Promise.all(jobs.map(finished))
  if (all.some((results, i) => results.length < jobs[i].length)) return undefined
  return all.map((results) => ({
    validation: mean(results.map(({ validation }) => validation)),
    sd: mean(results.map(({ losses }) => losses['weights/sd'] ?? Number.NaN)),
  }))
}

const best = (found: Choice['tried'], may: (sd: number) => boolean = () => true) =>
  [...found.keys()].filter((i) => may(found[i].sd)).sort((i, j) => found[j].validation - found[i].validation)[0]

async function choice(pair: string, base: string, form: Form): Promise<Choice | undefined> {
  const lower = await tried(lowerJobs(pair, base, tunedAs(form)))
  if (lower === undefined) return undefined
  const chosen = LOWER_GRID[best(lower)]
  if (!isWeighed(form)) return { lower: chosen, upper: {}, tried: [] }
  const upper = await tried(upperJobs(pair, base, form, chosen))
  if (upper === undefined) return isAtWork(form) ? undefined : { lower: chosen, upper: UPPER_GRID[1], tried: [] }
  const i = isAtWork(form) ? best(upper, (sd) => sd >= LEAST_SPREAD) : best(upper)
  return i === undefined ? undefined : { lower: chosen, upper: UPPER_GRID[i], tried: upper }
}

async function trainingJobs(
  pair: string,
  base: string,
  form: Form,
  seeds: number,
  more: Settings = {},
): Promise<Job[]> {
  const chosen = await choice(pair, base, form)
  if (chosen === undefined) return []
  const { model, set } = settingsOf(base, form)
  const whole = { pair, model, set: { ...set, ...chosen.lower, ...chosen.upper, ...more }, tests: true }
  // Forms whose settings are the same are one training.
  const weighed = isWeighed(form) ? ` ${UPPER_GRID.indexOf(chosen.upper)}` : ''
  const parts = Object.entries(more).map(([key, value]) => slug(`${key}${value}`))
  const name = [slug(`${base} ${isAtWork(form) ? wholeOf(form) : form}${weighed}`), ...parts].join('-')
  return Array.from({ length: seeds }, (_, i) => ({
    ...whole,
    out: join('trained', slug(pair), name, `seed${i + 1}`),
    seed: i + 1,
  }))
}

async function main(): Promise<void> {
  const values = readOptions({
    script: 'biao.ts',
    does: `BIAO's tables and figures on pairs of ciao's categories and of MovieLens's genres: CoNet, MiNet and DASL as their single-domain form
      (S), with source features only (0), with even source weights (plain) and with BIAO, with and without its parts. Rate and weight decay of S, 0
      and plain, and BIAO's interval and upper rate, are chosen for each pair and base on validation by seeds that no result uses. A killed
      comparison goes on where it was.`,
    results: 'a file a training below .results/biao; the page is docs/results/biao.md.',
    options: {
      seeds: whole('seeds 1 to N', 5),
      pairs: someOf('pairs', PAIRS),
      bases: someOf('base models', BASES),
      forms: someOf('forms', FORMS),
      stage: someOf('stages', STAGES),
      write: unlessNo('print the page, but do not write it'),
    },
  })
  // What is missing shows before any job fails for it.
  ciaoFiles()
  filmFiles()
  const { pairs, bases, forms, seeds, stage: stages } = values
  for (const pair of pairs)
    for (const base of bases) {
      if (stages.includes('tune')) {
        for (const form of ['plain', 'S', '0'] as const)
          if (forms.some((one) => tunedAs(one) === form)) await run(lowerJobs(pair, base, form).flat())
        const lower = (await choice(pair, base, 'plain'))?.lower
        const whole = new Set(forms.filter(isWeighed).map(wholeOf))
        if (lower !== undefined) for (const form of whole) await run(upperJobs(pair, base, form, lower).flat())
      }
      if (stages.includes('train'))
        // Seed by seed, so that a comparison that is cut has every form.
        for (let n = 1; n <= seeds; n++)
          for (const form of forms) await run((await trainingJobs(pair, base, form, n)).slice(n - 1))
    }
  const extra = (key: string, amounts: readonly number[], base: string) =>
    Promise.all(amounts.map((amount) => trainingJobs(EXTRA_PAIR, base, 'biao', seeds, { [key]: amount })))
  if (stages.includes('intervals')) await run((await extra('interval', INTERVALS, 'conet')).flat())
  if (stages.includes('splits')) await run((await extra('devShare', SPLIT_SHARES, 'minet')).flat())
  if (!stages.includes('report')) return

  const rows: Row[] = []
  for (const pair of PAIRS)
    for (const base of BASES)
      for (const form of FORMS) {
        const chosen = await choice(pair, base, form)
        const results = await finished(await trainingJobs(pair, base, form, seeds))
        if (chosen !== undefined && results.length > 0) rows.push({ pair, base, form, results, ...chosen })
      }
  const rates = new Map<string, Result[]>()
  for (const pair of PAIRS) {
    const jobs = controlJobs(pair)
    await run(jobs)
    rates.set(pair, await finished(jobs))
  }
  const each = async (key: string, amounts: readonly number[], base: string) =>
    Promise.all((await extra(key, amounts, base)).map(finished))
  const { page, figures } = writePage({
    rows,
    rates,
    intervals: await each('interval', INTERVALS, 'conet'),
    splits: await each('devShare', SPLIT_SHARES, 'minet'),
  })
  console.log(page)
  if (!values.write) return
  await mkdir('docs/results/biao', { recursive: true })
  await writeFileAtomic('docs/results/biao.md', page)
  for (const [name, svg] of figures) await writeFileAtomic(join('docs/results/biao', `${name}.svg`), svg)
}

/** Counting, and logistic regression over users and items: what a base must be above for the comparison to say something. */
function controlJobs(pair: string): Job[] {
  return [{ out: join('trained', slug(pair), 'rates'), pair, model: 'rates', set: {}, seed: 1, tests: true }]
}

await main()
