// What an earlier comparison on Coat came to, whose runs are gone: rows that nothing since has changed. Commit c57b7a8 has the page that
// they are from; `npx tsx reproduce/darlr.ts --seeds 5` trains them again.
import type { Interval } from '../../src/math/bootstrap.ts'
import type { Summary } from './summary.ts'

/** All of them: five seeds, 50 epochs of 20,000 turns. */
export const RECORDED_SEEDS = 5
export const RECORDED_BUDGET = { epochs: 50, stepsPerEpoch: 20_000 } as const

interface Recorded {
  /** Mean over seeds, and their standard deviation, of the mean over all epochs. */
  readonly overEpochs: readonly [number, number]
  /** The same of the last quarter of the epochs. */
  readonly end: readonly [number, number]
  /** Mean over seeds of the last simulation, and its distance from `best-list` with an interval over users. */
  readonly last: number
  readonly againstList: readonly [number, number, number]
  readonly coverage: number
  /** Where it takes its best items instead of drawing. */
  readonly best?: number
}

/** By label. DARLR's start then left the window of the selector (`selectorStart=passes`). */
const RECORDED: Readonly<Record<string, Recorded>> = {
  ucb: {
    overEpochs: [76.86, 0.42],
    end: [76.46, 0.59],
    last: 76.44,
    againstList: [-1.91, -2.46, -1.35],
    coverage: 0.702,
  },
  'epsilon-greedy': {
    overEpochs: [74.2, 0.24],
    end: [74.03, 0.55],
    last: 74.11,
    againstList: [-4.24, -4.68, -3.8],
    coverage: 1.0,
    best: 76.39,
  },
  sqn: {
    overEpochs: [68.46, 0.45],
    end: [67.45, 0.56],
    last: 67.69,
    againstList: [-10.67, -11.15, -10.2],
    coverage: 0.176,
  },
  crr: {
    overEpochs: [67.94, 0.6],
    end: [67.45, 0.91],
    last: 67.84,
    againstList: [-10.51, -10.89, -10.12],
    coverage: 0.103,
    best: 67.84,
  },
  cql: {
    overEpochs: [70.56, 0.57],
    end: [70.2, 1.09],
    last: 69.75,
    againstList: [-8.6, -9.05, -8.14],
    coverage: 0.581,
  },
  bcq: {
    overEpochs: [70.96, 0.34],
    end: [70.23, 1.04],
    last: 70.09,
    againstList: [-8.26, -8.61, -7.9],
    coverage: 0.536,
  },
  mbpo: {
    overEpochs: [73.2, 0.7],
    end: [73.22, 0.56],
    last: 73.07,
    againstList: [-5.28, -5.49, -5.07],
    coverage: 0.999,
    best: 75.83,
  },
  ips: {
    overEpochs: [72.27, 0.79],
    end: [71.75, 0.55],
    last: 71.65,
    againstList: [-6.7, -6.91, -6.48],
    coverage: 1.0,
    best: 76.0,
  },
  mopo: {
    overEpochs: [73.37, 1.0],
    end: [73.45, 0.8],
    last: 73.37,
    againstList: [-4.98, -5.2, -4.77],
    coverage: 0.999,
    best: 76.09,
  },
  dorl: {
    overEpochs: [73.53, 0.76],
    end: [73.65, 0.66],
    last: 73.42,
    againstList: [-4.93, -5.14, -4.71],
    coverage: 0.999,
    best: 75.72,
  },
  cirs: {
    overEpochs: [73.14, 0.19],
    end: [73.76, 0.3],
    last: 74.06,
    againstList: [-4.29, -4.51, -4.07],
    coverage: 1.0,
    best: 75.96,
  },
  roler: {
    overEpochs: [73.38, 0.76],
    end: [73.45, 0.8],
    last: 73.51,
    againstList: [-4.84, -5.04, -4.63],
    coverage: 0.988,
    best: 74.35,
  },
  'darlr, selectorStart=passes': {
    overEpochs: [72.76, 0.65],
    end: [72.66, 0.82],
    last: 72.71,
    againstList: [-5.64, -5.88, -5.4],
    coverage: 0.915,
    best: 74.22,
  },
  gt: {
    overEpochs: [76.33, 0.37],
    end: [78.58, 0.6],
    last: 78.95,
    againstList: [0.6, 0.38, 0.84],
    coverage: 0.999,
    best: 81.91,
  },
  'roler (ours)': {
    overEpochs: [78.72, 0.31],
    end: [79.3, 0.65],
    last: 79.45,
    againstList: [1.1, 0.8, 1.43],
    coverage: 0.247,
    best: 79.43,
  },
  'mbpo (ours)': {
    overEpochs: [78.26, 0.41],
    end: [79.27, 0.74],
    last: 79.4,
    againstList: [1.05, 0.67, 1.46],
    coverage: 0.227,
    best: 79.41,
  },
  'darlr (ours), selectorStart=passes': {
    overEpochs: [78.56, 0.3],
    end: [78.93, 0.32],
    last: 78.89,
    againstList: [0.54, 0.3, 0.78],
    coverage: 0.178,
    best: 78.89,
  },
}

/** One training of 200 × 100,000 turns, seed 1. */
export const RECORDED_AT_PUBLISHED_BUDGET: Readonly<
  Record<string, { readonly overEpochs: readonly [number, number]; readonly end: number; readonly last: number }>
> = {
  roler: { overEpochs: [74.56, 1.81], end: 74.32, last: 74.63 },
  'darlr, selectorStart=passes': { overEpochs: [71.99, 1.8], end: 71.66, last: 71.88 },
  gt: { overEpochs: [78.59, 2.21], end: 77.75, last: 78.08 },
}

export function recordedOf(label: string): Summary | undefined {
  const found = RECORDED[label]
  if (found === undefined) return undefined
  const spread = ([mean, sd]: readonly [number, number]) => ({ mean, sd, count: RECORDED_SEEDS })
  const [mean, low, high] = found.againstList
  const againstList: Interval = { mean, low, high }
  return { ...found, overEpochs: spread(found.overEpochs), end: spread(found.end), againstList, recorded: true }
}
