// What reproduce/marco.ts compares.
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
  /** Where its results stand, where that does not follow from its label. */
  readonly folder?: string
  /** Answers with what the user did in the target, which nobody can who is new there. */
  readonly warm?: boolean
}

/** What users and items add is told over all domains together, shrunk as much as training users who are told in turn as if new like best. */
const SHARED_OFFSETS: Settings = {
  offsets: 'shared',
  userRidge: [10, 2, 5, 15, 20, 30, 50],
  itemRidge: [3, 1, 1.5, 2, 4, 5, 7, 10],
}
/** Models that bring vectors as their papers do tell offsets in each domain by itself. */
const shared = (entry: Pick<Entry, 'label' | 'model' | 'kind'> & Partial<Entry>): Entry => ({
  folder: `shared/${entry.label.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}`,
  ...entry,
  set: { ...SHARED_OFFSETS, ...entry.set },
})

/** Of what shared offsets leave, which is little. */
const REST_GRID: readonly Settings[] = [0.01, 0.001, 0.0001].map((weightDecay) => ({ learningRate: 0.01, weightDecay }))

/** Agents without weight decay. */
const UNHELD: Settings = { agentWeightDecay: 0 }

export const ENTRIES: readonly Entry[] = [
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
  {
    label: 'remit',
    model: 'remit',
    set: {},
    kind: 'baseline',
    folder: 'remit-held',
    grid: [0, 0.01].flatMap((weightDecay) => [0.003, 0.01].map((learningRate) => ({ learningRate, weightDecay }))),
  },
  // They rank and predict no rating, by which all others are tuned: they have their defaults, and NDCG and HR alone.
  ...['clfm', 'dtcdr', 'deepapf', 'gcmc', 'bitgcf'].map(
    (model): Entry => ({ label: model, model, set: {}, kind: 'baseline', grid: [{}] }),
  ),
  shared({ label: 'shared offsets alone', model: 'mf', kind: 'control' }),
  shared({ label: 'mean-bridge', model: 'mean-bridge', kind: 'control', grid: REST_GRID }),
  shared({ label: 'gate', model: 'gate', kind: 'control', grid: REST_GRID }),
  shared({
    label: 'marco',
    model: 'marco',
    kind: 'ours',
    grid: [0.01, 0].flatMap((agentWeightDecay) => REST_GRID.map((rest) => ({ ...rest, agentWeightDecay }))),
  }),
  shared({
    label: 'marco without reward',
    model: 'marco',
    set: { ablation: 'no-reward' },
    kind: 'part',
    tunedAs: 'marco',
  }),
  shared({ label: 'ptupcdr, shared offsets', model: 'ptupcdr', kind: 'baseline', tunedAs: 'ptupcdr' }),
  shared({
    label: 'emcdr, perceptron, shared offsets',
    model: 'emcdr',
    set: { map: 'mlp' },
    kind: 'baseline',
    tunedAs: 'emcdr, perceptron',
  }),
  shared({ label: 'remit, shared offsets', model: 'remit', kind: 'baseline', tunedAs: 'remit' }),
  { label: 'mean-bridge, own offsets', model: 'mean-bridge', set: {}, kind: 'part', folder: 'mean-bridge' },
  { label: 'gate, own offsets', model: 'gate', set: {}, kind: 'part', folder: 'gate' },
  { label: 'marco, own offsets', model: 'marco', set: UNHELD, kind: 'part', folder: 'marco' },
  {
    label: 'marco, own offsets, entropy bonus',
    model: 'marco',
    set: { ...UNHELD, entropySign: 'bonus' },
    kind: 'part',
    folder: 'marco-entropy-bonus',
    tunedAs: 'marco, own offsets',
  },
  {
    label: 'marco, own offsets, team credit',
    model: 'marco',
    set: { ...UNHELD, credit: 'team' },
    kind: 'part',
    folder: 'marco-team-credit',
    tunedAs: 'marco, own offsets',
  },
  {
    label: 'marco, own offsets, without reward',
    model: 'marco',
    set: { ...UNHELD, ablation: 'no-reward' },
    kind: 'part',
    folder: 'marco-without-reward',
    tunedAs: 'marco, own offsets',
  },
  { label: 'warm', model: 'mf', set: {}, kind: 'bound', warm: true },
]

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
