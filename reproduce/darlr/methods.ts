// What is compared in reproduce/darlr.ts.
import type { DatasetName } from './published.ts'
import { RELEASED_PLAIN, SETTINGS, type Settings, type World } from './settings.ts'

/** A training's length, the same for all methods. */
export interface Budget {
  readonly epochs: number
  /** Turns in the world model; methods that learn from the log alone make a hundredth as many updates. */
  readonly stepsPerEpoch: number
}
export const BUDGETS = {
  small: { epochs: 50, stepsPerEpoch: 20_000 },
  published: { epochs: 200, stepsPerEpoch: 100_000 },
} as const satisfies Record<string, Budget>

export interface Method {
  /** In tables; names the folder of its results. */
  readonly label: string
  readonly model: string
  /**
   * `naive` methods learn no policy, those of `log` learn it from the log alone, `ideal` reads the truth; `ablation`, `sensitivity` and
   * `tuned` are DARLR with other settings, `ours` go beyond the papers.
   */
  readonly kind: 'naive' | 'log' | 'world' | 'ideal' | 'ablation' | 'sensitivity' | 'tuned' | 'ours'
  /** What it learns in. */
  readonly world?: World
  /** Whose item vectors a method of `log` takes. */
  readonly vectorsOf?: World
  readonly set: Settings
  /** Beside the published tables it is shown as this method. */
  readonly published?: string
}

/**
 * Ours, beyond the papers, chosen without the simulator (docs/policies/darlr.md says how): the world model that tells held-out training
 * rows best, a vector of the user, so that the first recommendation already is somebody's, episodes without repeats to learn from, as
 * they are judged, and γ = 0: what is recommended now hardly changes what later turns can pay there, so that their rewards are noise to
 * it; with it a policy earns 98 % of what the best one would in the believed world, with γ = .9 less than the best list for everybody.
 */
export const OURS: Settings = { user: 'vector', repeats: false, gamma: 0 }
/**
 * And R moves a tenth of the way only: of the ways to rewrite it, that ordered held-out training rows best (darlr-choice.ts); and the
 * selector is not paid for users who are believed to like whatever is recommended; as well on held-out rows.
 */
const OUR_DARLR: Settings = { ...OURS, writeBack: 0.1, selectorReward: 'gains' }

const darlr = (label: string, set: Settings, kind: Method['kind'] = 'ablation'): Method => ({
  label,
  model: 'darlr',
  kind,
  world: 'published',
  set,
})

/** Learns what is measured: no item twice in an episode. Nothing else differs from the row of the same name. */
const WITHOUT_REPEATS: Settings = { repeats: false }
/**
 * The whole of Table 4: everybody may be a reference user, for where the nearest alone are candidates no part of the selector's reward
 * can do harm, and without repeats, for what settles on one item measures nothing.
 */
const OPEN: Settings = { ...WITHOUT_REPEATS, candidates: 'all' }

/** The published ranges (4.1.4) but for the default, one at a time; λ_E does nothing in a log without times. */
const SENSITIVITY = {
  references: [10, 30, 40],
  lambdaS: [0.5, 1, 2],
  lambdaD: [0.01, 0.1, 0.5],
  lambdaU: [0.01, 0.1, 0.5, 1],
} as const

/** Figure 5, by the option that is moved: its values and the method of each, the default among them. */
export const SENSITIVE = Object.keys(SENSITIVITY) as (keyof typeof SENSITIVITY)[]
const sensitivityLabel = (option: string, value: number) => `darlr, ${option}=${value}`
/** The value that a method of Figure 5 moves an option to; undefined for another option's. */
export const movedTo = ({ kind, set }: Method, option: string) =>
  kind === 'sensitivity' && option in set ? Number(set[option]) : undefined

/** No result uses it: on it the values of Figure 5 are compared, and DARLR is tuned by them. */
export const TUNING_SEED = 11

export const METHODS: readonly Method[] = [
  ...['ucb', 'epsilon-greedy'].map((model): Method => ({ label: model, model, kind: 'naive', set: {} })),
  ...(
    [
      ['ucb', { bound: 'first', counts: 'episode' }],
      ['epsilon-greedy', {}],
    ] as const
  ).map(
    ([model, set]): Method => ({
      label: `${model}, released recipe`,
      model,
      kind: 'naive',
      set: { ...RELEASED_PLAIN, batchSize: 1024, ...set },
      published: model,
    }),
  ),
  // The published run acts by its Q head, and its heads are linear in what the tracker makes.
  { label: 'sqn', model: 'sqn', kind: 'log', set: { actsBy: 'q', hidden: [] } },
  ...['crr', 'cql', 'bcq'].map((model): Method => ({ label: model, model, kind: 'log', set: {} })),
  ...['sqn', 'crr', 'cql', 'bcq'].map(
    (model): Method => ({
      label: `${model}, frozen vectors`,
      model,
      kind: 'log',
      vectorsOf: 'published',
      set: model === 'sqn' ? { actsBy: 'q', hidden: [] } : {},
      published: model,
    }),
  ),
  { label: 'mbpo', model: 'mbpo', kind: 'world', world: 'published', set: {} },
  { label: 'ips', model: 'ips', kind: 'world', world: 'inverse-propensity', set: {} },
  { label: 'ips, released recipe', model: 'ips', kind: 'world', world: 'released-ips', set: {}, published: 'ips' },
  ...['mopo', 'dorl', 'cirs', 'roler', 'darlr'].map(
    (model): Method => ({ label: model, model, kind: 'world', world: 'published', set: {} }),
  ),
  { label: 'gt', model: 'gt', kind: 'ideal', set: {} },
  ...['roler', 'darlr'].map(
    (model): Method => ({
      label: `${model}, repeats=false`,
      model,
      kind: 'world',
      world: 'published',
      set: WITHOUT_REPEATS,
      published: model,
    }),
  ),
  { label: 'gt, repeats=false', model: 'gt', kind: 'ideal', set: WITHOUT_REPEATS, published: 'gt' },
  {
    label: 'roler, released recipe',
    model: 'roler',
    kind: 'world',
    world: 'released',
    set: { readOut: 'oldest' },
    published: 'roler',
  },
  {
    label: 'darlr, selectEvery=1',
    model: 'darlr',
    kind: 'world',
    world: 'published',
    set: { ...WITHOUT_REPEATS, selectEvery: 1 },
    published: 'darlr',
  },
  darlr('darlr, all candidates', OPEN),
  darlr('darlr, static reward', { ...OPEN, reward: 'static' }),
  // ROLeR pays for no uncertainty on Coat: its matrix is zeros where weights go by similarity (docs/policies/roler.md).
  darlr('darlr, static uncertainty', { ...OPEN, uncertainty: 'none' }),
  darlr('darlr, selector r̂', { ...OPEN, selectorReward: 'reward' }),
  darlr('darlr, selector r̂ + similarity', { ...OPEN, selectorReward: 'reward+similarity' }),
  darlr('darlr, selector r̂ + diversity', { ...OPEN, selectorReward: 'reward+diversity' }),
  ...SENSITIVE.flatMap((option) =>
    SENSITIVITY[option].map((value) =>
      darlr(sensitivityLabel(option, value), { ...WITHOUT_REPEATS, [option]: value }, 'sensitivity'),
    ),
  ),
  { label: 'roler (ours)', model: 'roler', kind: 'ours', world: 'chosen', set: OURS, published: 'roler' },
  { label: 'mbpo (ours)', model: 'mbpo', kind: 'ours', world: 'chosen', set: OURS, published: 'mbpo' },
  { label: 'darlr (ours)', model: 'darlr', kind: 'ours', world: 'chosen', set: OUR_DARLR, published: 'darlr' },
]

/** Rows of an earlier comparison, of settings that are not trained any more. */
export const EARLIER: readonly Method[] = [
  {
    label: 'darlr, selectorStart=passes',
    model: 'darlr',
    kind: 'world',
    world: 'published',
    set: { selectorStart: 'passes' },
    published: 'darlr',
  },
  {
    label: 'darlr (ours), selectorStart=passes',
    model: 'darlr',
    kind: 'ours',
    world: 'chosen',
    set: { ...OUR_DARLR, selectorStart: 'passes' },
    published: 'darlr',
  },
]

/**
 * DARLR with the best value of each option of Figure 5, chosen by itself beside the defaults of the others.
 * @param by of a method of Figure 5 or of the defaults (`darlr, repeats=false`) by label, what it came to on the tuning seed
 */
export function tunedBy(judge: 'truth' | 'log', by: ReadonlyMap<string, number>): Method | undefined {
  const base = by.get(BASE_OF_SENSITIVITY)
  if (base === undefined) return undefined
  const set: Record<string, unknown> = { ...WITHOUT_REPEATS }
  for (const option of SENSITIVE) {
    const tried = METHODS.filter((method) => movedTo(method, option) !== undefined)
    if (!tried.every(({ label }) => by.has(label))) return undefined
    const best = tried.reduce((a, b) => (by.get(a.label)! >= by.get(b.label)! ? a : b))
    if (by.get(best.label)! > base) set[option] = movedTo(best, option)
  }
  const how = judge === 'truth' ? 'chosen by the truth, as in the paper' : 'chosen by the log'
  return { label: `darlr, ${how}`, model: 'darlr', kind: 'tuned', world: 'published', set, published: 'darlr' }
}

/** What all values of Figure 5 are beside. */
export const BASE_OF_SENSITIVITY = 'darlr, repeats=false'

/** Trained at the published budget, with three seeds. */
export const AT_PUBLISHED_BUDGET: readonly string[] = ['darlr', 'roler', 'gt']
export const SEEDS_AT_PUBLISHED_BUDGET = 3

/** All that a method is told, but for its world model. */
export function settingsOf(
  { model, kind, set }: Method,
  dataset: DatasetName,
  leave: readonly string[],
  budget: Budget,
) {
  const { epochs, stepsPerEpoch } = budget
  const length: Settings =
    kind === 'naive'
      ? { epochs }
      : kind === 'log'
        ? { epochs, updatesPerEpoch: Math.max(1, Math.round(stepsPerEpoch / 100)) }
        : { ...SETTINGS[dataset].learner, epochs, stepsPerEpoch, leave }
  return { ...SETTINGS[dataset].methods[model], ...set, ...length }
}
