// What the runs of a method came to in a few figures, measured or recorded.
import { type Interval, mean } from '../../src/math/bootstrap.ts'
import type { Final, Result } from './job.ts'
import type { Method } from './methods.ts'
import type { PublishedCurve, PublishedRow } from './published.ts'
import { curveOf, difference, endOf, finalsOf, type Spread, spread } from './statistics.ts'

export interface Summary {
  /** Over seeds, of the mean over all epochs: the papers' statistic, of which they have one seed. */
  readonly overEpochs: Spread
  /** The same of the last quarter of the epochs. */
  readonly end: Spread
  /** Mean over seeds of the last simulation. */
  readonly last?: number
  readonly againstList?: Interval
  readonly best?: number
  readonly coverage?: number
  /** Its runs are gone: it is of an earlier comparison. */
  readonly recorded: boolean
}

export interface Row {
  readonly method: Method
  /** One a seed. */
  readonly results: readonly Result[]
  /** At the published budget, one a seed. */
  readonly published: readonly Result[]
  /** Of darlr: what the R that it ended with allows, one a seed. */
  readonly estimates: readonly Result[]
}

/** A method with what is known of it. */
export interface Shown extends Row {
  readonly summary: Summary
  readonly paper: PublishedRow | undefined
  readonly curve: PublishedCurve | undefined
  /** Of the published turns, or epochs, those that its training had. */
  readonly share: number
}

export const nameOf = ({ method, summary }: Pick<Shown, 'method' | 'summary'>) =>
  summary.recorded ? `${method.label} †` : method.label

/** Undefined where nothing was measured. */
export function summaryOf(results: readonly Result[], list: Final): Summary | undefined {
  if (results.every((result) => curveOf(result).length === 0)) return undefined
  const finals = finalsOf(results)
  const greedy = finals.flatMap(({ greedy }) => (greedy ? [mean(greedy)] : []))
  return {
    overEpochs: spread(results.map((result) => mean(curveOf(result)))),
    end: spread(endOf(results)),
    recorded: false,
    ...(finals.length > 0 && {
      last: mean(finals.map(({ rTra }) => rTra)),
      againstList: difference(finals, [list]),
      coverage: mean(finals.map(({ coverage }) => coverage)),
    }),
    ...(greedy.length > 0 && { best: mean(greedy) }),
  }
}
