// What was published of DARLR's comparison: its Tables 2 to 4, and the training curves of its baselines.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { dataFolder } from '../../test/folders/data-folder.ts'

export const DATASETS = ['coat', 'kuairec', 'kuairand', 'yahoo'] as const
export type DatasetName = (typeof DATASETS)[number]

/** Of one method on one data set: R_tra with its standard deviation over the epochs of one run, and the other columns. */
export interface PublishedRow {
  readonly rTra: number
  readonly sd: number
  readonly rEach?: number
  readonly length?: number
  readonly mcd?: number
  /** Items that the rule for leaving looked back at, where the run's log tells. */
  readonly window?: number
  /** What the run is called in its log. */
  readonly curve?: string
}

const kuai = (
  window: number | undefined,
  rTra: number,
  sd: number,
  rEach: number,
  length: number,
  mcd: number,
  curve?: string,
): PublishedRow => ({ rTra, sd, rEach, length, mcd, ...(window && { window }), ...(curve && { curve }) })
/** Nobody leaves, so that the length is 30 for all. */
const rated = (rTra: number, sd: number, curve?: string): PublishedRow => ({
  rTra,
  sd,
  rEach: rTra / 30,
  length: 30,
  ...(curve && { curve }),
})

/** Tables 2 and 3, by method; the windows are those of the published logs, of which DARLR has none. */
export const PUBLISHED: Readonly<Record<DatasetName, Readonly<Record<string, PublishedRow>>>> = {
  coat: {
    ucb: rated(73.6713, 1.8105, 'UCB'),
    'epsilon-greedy': rated(72.0042, 1.6054, 'epsilon-greedy'),
    sqn: rated(72.6142, 2.069, 'SQN'),
    crr: rated(67.383, 1.6274, 'CRR'),
    cql: rated(68.9835, 1.8659, 'CQL'),
    bcq: rated(68.8012, 1.7627, 'BCQ'),
    mbpo: rated(71.193, 2.0943, 'MBPO'),
    ips: rated(73.8872, 1.8417, 'IPS'),
    mopo: rated(71.1805, 2.056, 'MOPO_U0.2'),
    dorl: rated(71.3992, 2.064, 'DORL'),
    roler: rated(76.1603, 2.12, 'ROLeR'),
    darlr: rated(78.0429, 2.1462),
    gt: rated(80.0895, 2.4545, 'GT Reward'),
  },
  yahoo: {
    ucb: rated(66.7578, 1.2539, 'UCB'),
    'epsilon-greedy': rated(64.3439, 1.2911, 'epsilon-greedy'),
    sqn: rated(57.727, 5.7506, 'SQN'),
    crr: rated(57.9941, 1.6752, 'CRR'),
    cql: rated(62.2909, 3.3466, 'CQL'),
    bcq: rated(61.7388, 1.7808, 'BCQ'),
    mbpo: rated(64.55, 2.1567, 'MBPO'),
    ips: rated(57.8499, 1.7955, 'IPS'),
    mopo: rated(65.5098, 2.0996, 'MOPO_U0.05'),
    dorl: rated(66.3509, 2.2237, 'DORL'),
    roler: rated(68.3637, 1.855, 'ROLeR'),
    darlr: rated(68.5418, 1.9014),
    gt: rated(68.8791, 3.2867, 'GT Reward'),
  },
  kuairec: {
    ucb: kuai(4, 3.6059, 0.6092, 0.8531, 4.219, 0.8112, 'UCB'),
    'epsilon-greedy': kuai(4, 3.5152, 0.7315, 0.8276, 4.2186, 0.8226, 'epsilon-greedy'),
    sqn: kuai(4, 4.673, 1.2149, 0.9125, 5.1109, 0.686, 'SQN-leave4'),
    crr: kuai(4, 4.1631, 0.2535, 0.8945, 4.6541, 0.8648, 'CRR-leave4'),
    cql: kuai(4, 2.5062, 1.7665, 0.6843, 3.2239, 0.3858, 'CQL-leave4'),
    bcq: kuai(4, 2.1234, 0.0815, 0.7078, 3, 0.6667, 'BCQ-leave4'),
    mbpo: kuai(4, 12.0426, 1.3115, 0.7701, 15.6461, 0.3621, 'MBPO'),
    ips: kuai(4, 12.8326, 1.3531, 0.7673, 16.727, 0.215, 'IPS-leave4'),
    mopo: kuai(4, 11.4269, 1.75, 0.8917, 12.8086, 0.4793, 'MOPO'),
    dorl: kuai(4, 20.4942, 2.6707, 0.7673, 26.7117, 0.3792, 'DORL'),
    roler: kuai(1, 33.2457, 2.6403, 1.2293, 27.0131, 0.4439, 'ROLeR'),
    darlr: kuai(undefined, 35.2203, 2.7576, 1.26, 27.3526, 0.4869),
    gt: kuai(1, 36.7475, 3.4738, 1.56, 23.5653, 0.5594, 'GT Reward'),
    cirs: { rTra: 21.7397, sd: 3.3335, rEach: 0.9202, length: 23.5334, window: 1, curve: 'CIRS' },
  },
  kuairand: {
    ucb: kuai(4, 1.651, 0.1515, 0.3725, 4.4312, 0.7886, 'UCB'),
    'epsilon-greedy': kuai(4, 1.7109, 0.1258, 0.351, 4.8804, 0.7735, 'epsilon-greedy'),
    sqn: kuai(4, 0.9117, 0.9292, 0.1818, 4.6007, 0.6208, 'SQN-leave4'),
    crr: kuai(4, 1.4812, 0.1236, 0.2258, 6.5613, 0.7326, 'CRR-leave4'),
    cql: kuai(4, 2.0323, 0.107, 0.2258, 9, 0.7778, 'CQL-leave4'),
    bcq: kuai(4, 0.8515, 0.0523, 0.4246, 2.005, 0.9983, 'BCQ-leave4'),
    mbpo: kuai(4, 10.9325, 0.9457, 0.4307, 25.3446, 0.3061, 'MBPO'),
    ips: kuai(4, 3.6287, 0.6763, 0.2163, 16.8213, 0.201, 'IPS-leave4'),
    mopo: kuai(4, 10.9344, 0.9634, 0.4367, 25.0019, 0.3433, 'MOPO'),
    dorl: kuai(4, 11.85, 1.0361, 0.4284, 27.6091, 0.296, 'DORL'),
    roler: kuai(1, 13.4553, 1.5086, 0.4574, 29.27, 0.4049, 'ROLeR'),
    darlr: kuai(undefined, 13.8152, 1.9351, 0.467, 29.2028, 0.4178),
    gt: kuai(1, 14.3689, 1.9708, 0.4993, 28.5582, 0.4109, 'GT Reward'),
  },
}

/** Table 4: DARLR without parts, by the label of the method. */
export const PUBLISHED_ABLATIONS: Readonly<Record<DatasetName, Readonly<Record<string, PublishedRow>>>> = {
  coat: ablations([74.75, 2.0629], [73.7688, 2.0995], [69.4249, 1.9675], [75.0405, 2.0078], [67.8568, 2.4669]),
  kuairec: ablations([32.4758, 1.9175], [32.8984, 1.7779], [13.4651, 1.8317], [34.1514, 2.3736], [15.7642, 1.7882]),
  kuairand: ablations([12.9016, 1.6503], [11.523, 1.9026], [8.6143, 1.6487], [11.7861, 1.423], [6.7861, 1.423]),
  yahoo: ablations([66.0434, 2.0149], [66.7788, 3.7383], [56.2085, 2.9618], [67.6826, 2.2255], [58.5037, 2.3929]),
}

type MeanAndDeviation = readonly [number, number]

function ablations(
  reward: MeanAndDeviation,
  uncertainty: MeanAndDeviation,
  believed: MeanAndDeviation,
  similarity: MeanAndDeviation,
  diversity: MeanAndDeviation,
): Readonly<Record<string, PublishedRow>> {
  const row = ([rTra, sd]: MeanAndDeviation): PublishedRow => ({ rTra, sd })
  return {
    'darlr, static reward': row(reward),
    'darlr, static uncertainty': row(uncertainty),
    'darlr, selector r̂': row(believed),
    'darlr, selector r̂ + similarity': row(similarity),
    'darlr, selector r̂ + diversity': row(diversity),
  }
}

const LOGGED_AS: Readonly<Record<DatasetName, string>> = {
  coat: 'Coat',
  kuairec: 'KuaiRec',
  kuairand: 'KuaiRand',
  yahoo: 'Yahoo',
}

/** By epoch, as simulated in 100 episodes after it. */
export interface PublishedCurve {
  /** Mode noRepeat. */
  readonly rTra: readonly number[]
  readonly coverage: readonly number[]
  readonly freeRTra: readonly number[]
  readonly freeCoverage: readonly number[]
}

/** The curves of every published run of a data set; none where they are not at hand. */
export function publishedCurves(dataset: DatasetName): ReadonlyMap<string, PublishedCurve> {
  const file = join(dataFolder() ?? '', 'offline-rl-reference', 'epochs.tsv.gz')
  const curves = new Map<string, Record<keyof PublishedCurve, number[]>>()
  if (dataFolder() === undefined || !existsSync(file)) return curves
  const [head, ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
  const column = (name: string) => head.split('\t').indexOf(name)
  const [env, method] = [column('env'), column('method')]
  const columns = {
    rTra: column('NX_0_R_tra'),
    coverage: column('NX_0_CV'),
    freeRTra: column('R_tra'),
    freeCoverage: column('CV'),
  }
  for (const line of lines) {
    const cells = line.split('\t')
    if (cells[env] !== LOGGED_AS[dataset]) continue
    const curve = curves.get(cells[method]) ?? { rTra: [], coverage: [], freeRTra: [], freeCoverage: [] }
    for (const [name, place] of Object.entries(columns)) curve[name as keyof PublishedCurve].push(Number(cells[place]))
    curves.set(cells[method], curve)
  }
  return curves
}
