// What reproduce/marco.ts compares.
import { MODELS } from '../../src/registry.ts'

export type Settings = Readonly<Record<string, unknown>>

export interface Entry {
  readonly label: string
  readonly model: string
  readonly set: Settings
  readonly kind: 'control' | 'baseline' | 'ours' | 'part' | 'bound'
  /** Trained once for each source; the one that did best on validation counts. */
  readonly eachSource?: boolean
  /** What it may choose from; default GRID. */
  readonly grid?: readonly Settings[]
  /** Its setting is that of another entry, of which it is a part. */
  readonly tunedAs?: string
  /** Answers with what the user did in the target, which nobody can who is new there. */
  readonly warm?: boolean
}

const ALL: readonly Entry[] = [
  { label: 'global-mean', model: 'global-mean', set: {}, kind: 'control' },
  { label: 'user-mean', model: 'user-mean', set: {}, kind: 'control' },
  { label: 'effects', model: 'effects', set: {}, kind: 'control' },
  { label: 'popularity', model: 'popularity', set: {}, kind: 'control' },
  { label: 'mf (target only)', model: 'mf', set: {}, kind: 'baseline' },
  // It is solved at once and has no rate; it would try 75 ridges in each training.
  {
    label: 'cmf',
    model: 'cmf',
    set: { userRidge: [10], itemRidge: [5] },
    kind: 'baseline',
    grid: [20, 50, 100, 200].map((ridge) => ({ factorRidge: [ridge] })),
  },
  { label: 'emcdr, linear', model: 'emcdr', set: { map: 'linear' }, kind: 'baseline' },
  { label: 'emcdr, perceptron', model: 'emcdr', set: { map: 'mlp' }, kind: 'baseline' },
  { label: 'sscdr', model: 'sscdr', set: {}, kind: 'baseline' },
  {
    label: 'ptupcdr, best single source',
    model: 'ptupcdr',
    set: {},
    kind: 'baseline',
    eachSource: true,
    tunedAs: 'ptupcdr',
  },
  { label: 'ptupcdr', model: 'ptupcdr', set: {}, kind: 'baseline' },
  { label: 'remit', model: 'remit', set: {}, kind: 'baseline' },
  { label: 'clfm', model: 'clfm', set: {}, kind: 'baseline' },
  { label: 'dtcdr', model: 'dtcdr', set: {}, kind: 'baseline' },
  { label: 'deepapf', model: 'deepapf', set: {}, kind: 'baseline' },
  { label: 'gcmc', model: 'gcmc', set: {}, kind: 'baseline' },
  { label: 'mean-bridge', model: 'mean-bridge', set: {}, kind: 'control' },
  { label: 'gate', model: 'gate', set: {}, kind: 'control' },
  { label: 'marco', model: 'marco', set: {}, kind: 'ours' },
  { label: 'marco, entropy bonus', model: 'marco', set: { entropySign: 'bonus' }, kind: 'part', tunedAs: 'marco' },
  { label: 'marco, team credit', model: 'marco', set: { credit: 'team' }, kind: 'part', tunedAs: 'marco' },
  { label: 'marco without reward', model: 'marco', set: { ablation: 'no-reward' }, kind: 'part', tunedAs: 'marco' },
  { label: 'warm', model: 'mf', set: {}, kind: 'bound', warm: true },
]

/** Those whose model is there and predicts ratings, or ranks as a control. */
export const ENTRIES: readonly Entry[] = ALL.filter(({ model, kind }) =>
  MODELS.some(({ name, task }) => name === model && (task === 'rating' || kind === 'control')),
)

/** The same for all: as little as keeps a comparison of thousands of trainings within a day. */
export const SHARED: Settings = { patience: 3, epochs: 20 }
/** What every model that learns in steps may choose from, by the mean validation RMSE of TUNING. */
export const GRID: readonly Settings[] = [{ learningRate: 0.003 }, { learningRate: 0.01 }]
export const TUNING = {
  places: ['ciao:Books', 'amazon:Movies_and_TV'],
  share: '50',
  /** No result uses it, neither for a training nor for a draw of new users. */
  seed: 101,
} as const
