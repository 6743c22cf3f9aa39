// What the recordings of BiLLP say of themselves, beside what was published or counted in them before: nothing is learned here.
import { describeDemonstrations } from '../../src/rl/index.ts'
import { catalogueOf, demonstrated, type Recording } from './recordings.ts'

export interface Run {
  readonly name: string
  readonly episodes: number
  readonly steps: number
  /** Mean steps of an episode: all, and those that the user accepted, which BiLLP and IL-Rec's paper count. */
  readonly lenAll: number
  readonly lenAcc: number
  /** Mean sum of rewards of the accepted steps. */
  readonly returnAcc: number
  /** Share of steps whose title is not the one that was asked for. */
  readonly replaced: number
}

export interface Audit {
  readonly runs: readonly Run[]
  readonly episodes: number
  readonly steps: number
  /** Steps whose item is not in the catalogue. */
  readonly unknown: number
  readonly leftAtFirst: number
  /** Steps that paid less than 2 without an end: at the first place, and later. */
  readonly lowAtFirst: number
  readonly lowLater: number
  /** Of Steam's test users: steps, those at which a user left, and those of them at which one of the last four items came again. */
  readonly steamTest: { readonly steps: number; readonly left: number; readonly repeats: number }
}

export function auditOf(recordings: readonly Recording[]): Audit {
  const catalogues = { steam: catalogueOf('steam'), amazon: catalogueOf('amazon') }
  const steps = recordings.flatMap(({ env, steps }) => steps.map((step) => ({ ...step, env })))
  const low = steps.filter(({ reward }) => reward !== null && reward < 2)
  const names = new Set(recordings.map(nameOf))
  const steamTest = recordings.filter(({ env, split }) => env === 'steam' && split === 'test')
  return {
    runs: [...names].map((name) =>
      runOf(
        name,
        recordings.filter((one) => nameOf(one) === name),
      ),
    ),
    episodes: recordings.length,
    steps: steps.length,
    unknown: steps.filter(({ env, item }) => !catalogues[env].has(singleSpaced(item))).length,
    leftAtFirst: steps.filter(({ t, user_left }) => t === 1 && user_left).length,
    lowAtFirst: low.filter(({ t }) => t === 1).length,
    lowLater: low.filter(({ t }) => t > 1).length,
    steamTest: {
      steps: steamTest.reduce((sum, { steps }) => sum + steps.length, 0),
      left: steamTest.filter(leftAtLast).length,
      repeats: steamTest.filter((one) => leftAtLast(one) && repeatsAtLast(one)).length,
    },
  }
}

/** The catalogue at hand has no two spaces side by side, and two titles of the recordings have. */
const singleSpaced = (title: string) => title.replaceAll(/ +/g, ' ')

const nameOf = ({ env, split, run }: Recording) => `${env} ${split} ${run}`
const leftAtLast = ({ steps }: Recording) => steps.at(-1)?.user_left === true

/** How many of the last items a user has in mind. */
export const WINDOW = 4

function repeatsAtLast({ steps }: Recording): boolean {
  const items = steps.map(({ item }) => item)
  return items.slice(-1 - WINDOW, -1).includes(items.at(-1)!)
}

function runOf(name: string, recordings: readonly Recording[]): Run {
  const { episodes, steps, models } = describeDemonstrations(demonstrated(recordings))
  const [{ lenAll, lenAcc, returnAcc = Number.NaN, outsideCatalogue = Number.NaN }] = models
  return { name, episodes, steps, lenAll, lenAcc, returnAcc, replaced: outsideCatalogue }
}

/** Of the specification: counted in the recordings before this repository read them, in the digits given there. */
export const COUNTED = {
  'steam test 2024-01-20-21-40-46': { episodes: 100, lenAll: 15.82, lenAcc: 14.82, returnAcc: 67.39 },
  'steam test 2024-01-20-21-48-09': { episodes: 100, lenAll: 16.96, lenAcc: 15.96, returnAcc: 72.2 },
  'steam test 2024-01-20-21-48-41': { episodes: 100, lenAll: 15.31, lenAcc: 14.31, returnAcc: 64.6 },
  'steam test 2024-01-17-13-32-16': { episodes: 100, lenAll: 15.49, lenAcc: 14.52, returnAcc: 66.62 },
  'amazon test 2024-01-20-22-03-37': { episodes: 100, lenAll: 9.3, lenAcc: 8.31, returnAcc: 36.98 },
  'amazon test 2024-01-20-22-02-57': { episodes: 60, lenAll: 10.05, lenAcc: 9.07, returnAcc: 41.55 },
  'amazon train 2024-01-17-21-28-32': { episodes: 100, lenAll: 3.48, lenAcc: 2.48, returnAcc: 7.61 },
  'steam train 2023-12-24-03-12-28': { episodes: 100, lenAll: 9.92, lenAcc: 8.92, returnAcc: 40.83 },
  'steam train 2023-12-24-18-22-53': { episodes: 100, lenAll: 4.5, lenAcc: 3.5, returnAcc: 12.55 },
  'steam train 2024-01-04-18-41-25': { episodes: 100, lenAll: 3.63, lenAcc: 2.63, returnAcc: 8.59 },
} as const
