// What is compared by reproduce/biao.ts: pairs, bases, forms, and what each may choose on validation.
export const PAIRS = ['films:Children', 'rest:Electronics', 'Electronics:Beauty'] as const
export const BASES = ['conet', 'minet', 'dasl'] as const
/** `at work` is one whose upper setting was chosen among those that let weights differ. */
export const FORMS = [
  'S',
  '0',
  'plain',
  'biao',
  'at work',
  'w/o global',
  'w/o user',
  'w/o user, at work',
  'recent 50',
] as const
export type Form = (typeof FORMS)[number]
/** The paper's Table 3. */
export const SPLIT_SHARES = [0.01, 0.05, 0.1] as const
/** Its Figure 5. */
export const INTERVALS = [20, 100, 500] as const
/** Where the extra tables are made. */
export const EXTRA_PAIR = PAIRS[0]
export const TUNING_SEEDS = [101, 102] as const

export type Settings = Readonly<Record<string, unknown>>

/** The lower problem: the rate as in the paper, and the penalty that decides most on so few rows. */
export const LOWER_GRID: readonly Settings[] = [
  { learningRate: 0.003, weightDecay: 0.001 },
  { learningRate: 0.003, weightDecay: 0.003 },
  { learningRate: 0.01, weightDecay: 0.001 },
  { learningRate: 0.01, weightDecay: 0.003 },
  { learningRate: 0.003, weightDecay: 0.0003 },
  { learningRate: 0.01, weightDecay: 0.0003 },
]
/** The middle one serves until all were tried. */
export const UPPER_GRID: readonly Settings[] = [
  { interval: 5, upperLearningRate: 0.03 },
  { interval: 5, upperLearningRate: 0.1 },
  { interval: 2, upperLearningRate: 0.1 },
]
const SHARED: Settings = { epochs: 15, patience: 3, batchSize: 256 }
/** DASL as published is too wide for so few rows. */
const OF_BASE: Readonly<Record<string, Settings>> = { dasl: { width: 8, hidden: 32 } }

/** A model with the options that its form fixes. */
export function settingsOf(base: string, form: Form): { readonly model: string; readonly set: Settings } {
  const shared = { ...SHARED, ...OF_BASE[base] }
  if (form === 'S' || form === '0')
    return { model: base, set: { ...shared, source: form === 'S' ? 'none' : 'features' } }
  if (form === 'plain') return { model: base, set: shared }
  const importance = { 'w/o global': 'user', 'w/o user': 'global' }[wholeOf(form) as string] ?? 'both'
  return { model: 'biao', set: { ...shared, base, importance, recent: form === 'recent 50' ? 50 : 20 } }
}

/** The form whose upper setting is tuned: each with what it judges behaviors by. */
export const wholeOf = (form: Form): Form =>
  form === 'at work' || form === 'recent 50' ? 'biao' : form === 'w/o user, at work' ? 'w/o user' : form
export const isAtWork = (form: Form) => form.endsWith('at work')

/** Whose lower setting a form takes: BIAO is the training of the plain form, by weights. */
export const tunedAs = (form: Form) => (form === 'S' || form === '0' ? form : 'plain')

export const isWeighed = (form: Form) => !['S', '0', 'plain'].includes(form)
