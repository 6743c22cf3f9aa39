import { hitRate, trainInMemory } from '../../../src/contract/train-in-memory.ts'
import type { World } from '../../../src/contract/worlds.ts'
import { type Interval, mean } from '../../../src/math/bootstrap.ts'
import { findModel } from '../../../src/registry.ts'
import { figuresByDomain } from '../../../src/trust/signals.ts'

export interface Entry {
  readonly model: string
  readonly set: Readonly<Record<string, unknown>>
}

/** Each draws its own world and its own weights. */
export const SEEDS = [1, 2, 3, 4, 5]

/** What all sides train with: the same width, depth, window (longer than any history) and selection on validation. */
export const RECIPE = { width: 16, layers: 1, heads: 2, dropout: 0.2, learningRate: 0.005, batchSize: 32, patience: 10 }

export const NAIVE: Entry = { model: 'sasrec', set: { ...RECIPE, inner: 16 } }
export const TWINS: Entry = { model: 'sasrec', set: { ...RECIPE, inner: 16, sequences: 'single' } }
/** The cross-domain branch answers, as in the paper. Weights of domains are sharp, for these worlds ask what they do. */
export const SYNCREC: Entry = {
  model: 'syncrec',
  set: { ...RECIPE, experts: 3, crossExperts: 2, delta: 1, branch: 'cross' },
}
/** Both branches answer. */
export const BLENDED: Entry = { model: 'syncrec', set: { ...SYNCREC.set, branch: 'blend' } }

type Figures = Readonly<Record<string, number>>

export interface Measured {
  /** Hit rate at k on the test part, by domain; one value a seed. */
  readonly hits: Readonly<Record<string, readonly number[]>>
  /** What training reported (`lambda/<domain>`, `gap/<domain>`), mean over the last five epochs; one value a seed. */
  readonly reported: Readonly<Record<string, readonly number[]>>
}

/** Trains an entry once a seed. */
export async function measure(
  { model, set }: Entry,
  worldOf: (seed: number) => World,
  options: { readonly domains: readonly string[]; readonly k: number; readonly epochs: number },
): Promise<Measured> {
  const { domains, k, epochs } = options
  const hits = new Map<string, number[]>()
  const reported = new Map<string, number[]>()
  const push = (to: Map<string, number[]>, name: string, value: number) =>
    to.set(name, [...(to.get(name) ?? []), value])
  for (const seed of SEEDS) {
    const world = worldOf(seed)
    const { model: trained, events } = await trainInMemory(findModel(model), { ...set, epochs }, world, { seed })
    for (const domain of domains) push(hits, domain, await hitRate(trained, world, k, { domain }))
    await trained.dispose()
    const { domains: names } = world.dataset
    const last = events
      .flatMap((event) =>
        event.type === 'epoch' ? [{ ...event.losses, ...figuresByDomain(event.trust, names) } as Figures] : [],
      )
      .slice(-5)
    for (const name of Object.keys(last[0])) push(reported, name, mean(last.map((figures) => figures[name])))
  }
  return { hits: Object.fromEntries(hits), reported: Object.fromEntries(reported) }
}

/** The mean over domains, seed by seed. */
export function overDomains({ hits }: Measured): number[] {
  return SEEDS.map((_, s) => mean(Object.values(hits).map((values) => values[s])))
}

/** How much of what the naive model loses against the twins this one still loses, from means over seeds. */
export function harmLeft(model: readonly number[], naive: readonly number[], twins: readonly number[]): number {
  return (mean(twins) - mean(model)) / (mean(twins) - mean(naive))
}

/** How far `a` is above `b`, paired by seed, with Student's 95 % interval over seeds. */
export function difference(a: readonly number[], b: readonly number[]): Interval {
  const each = a.map((value, s) => value - b[s])
  const center = mean(each)
  const variance = each.reduce((sum, value) => sum + (value - center) ** 2, 0) / (each.length - 1)
  const half = STUDENT_975 * Math.sqrt(variance / each.length)
  return { mean: center, low: center - half, high: center + half }
}

/** The .975 quantile of Student's t with `SEEDS.length` − 1 degrees of freedom. */
const STUDENT_975 = 2.776

/** Seed by seed, for messages. */
export function listed(values: readonly number[]): string {
  return values.map((value) => value.toFixed(2)).join(' ')
}
