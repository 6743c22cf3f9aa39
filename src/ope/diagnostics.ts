import { type CalibrationGroup, calibrationTest } from './calibration.ts'
import { type Level, UNITS } from './estimator.ts'
import type { Figures } from './figures.ts'

/** What a check found, against its bar. `refused`: what is estimated here is not supported by the log. */
export interface Check {
  readonly name: string
  readonly figure: number
  /** What the figure may not go beyond. */
  readonly bar: number
  readonly outcome: 'sound' | 'warning' | 'refused'
  /** What it means, for a reader who has to do something about it. */
  readonly sentence: string
}

/** Every bar in one place. */
export const BARS = {
  calibration: { p: 0.001, slope: [0.9, 1.1] },
  meanWeight: 4,
  support: 0.02,
  effectiveUsers: 200,
  effectiveShare: 0.01,
  heaviest: { refused: 0.25, warning: 0.1 },
  late: 0.05,
  drift: { z: 3, p: 0.001, mix: 0.1 },
} as const

/** Propensities are there, are probabilities, and sum to 1 over what could have been shown. */
export function propensitiesCheck({ bad, badSums, steps }: Figures): Check {
  const [figure, what] =
    bad > 0 || !(badSums > 0)
      ? [bad / steps, 'have a propensity that is missing or no probability above 0, or a target without a probability']
      : [badSums / steps, 'have propensities that do not sum to 1 over the items that could have been shown']
  return check('propensities', figure, 0, figure > 0 ? 'refused' : 'sound', [
    'every step has a propensity',
    `${share(figure)} of the steps ${what}`,
  ])
}

/** Something was drawn at all. */
export function exploredCheck(figures: Figures, days: number, level: Level): Check {
  const week = (7 * figures.units) / days
  const units = UNITS[level][1]
  return check('explored', figures.deterministic ? 1 : 0, 0, figures.deterministic ? 'refused' : 'sound', [
    'what was shown was drawn, so what else could have been shown can be judged by it',
    `this log was served without exploration; set explore.temperature, or explore in one of ten ${units}: 7 days at this traffic then give an effective sample of about ${count(week / 10)} of ${count(week)} ${units}`,
  ])
}

/**
 * Weights are 1 on average, whatever the target, where propensities are right and everything that it would show could have been shown;
 * less by no more than what is known to be hardly ever shown, which is judged by its own check.
 */
export function meanWeightCheck({ meanWeight, meanWeightError, hardlyShown, supportKnown }: Figures): Check {
  const missing = supportKnown ? hardlyShown : 0
  const apart = meanWeight > 1 ? meanWeight - 1 : Math.min(0, meanWeight + missing - 1)
  const z = apart === 0 ? 0 : apart / meanWeightError
  return check('mean weight', meanWeight, 1, Math.abs(z) > BARS.meanWeight ? 'refused' : 'sound', [
    `weights are ${meanWeight.toFixed(3)} on average, and should be 1`,
    `weights are ${meanWeight.toFixed(3)} on average in place of 1${Number.isFinite(z) ? ` (z ${z.toFixed(1)})` : ''}: ${
      z < 0 ? 'the target shows what this log could not have shown, or' : ''
    } propensities are not what was served`.replace(':  ', ': '),
  ])
}

/** What the target would show was shown now and then. */
export function supportCheck({ meanWeight, meanWeightError, hardlyShown, supportKnown }: Figures): Check {
  // What was never shown is missing from the weights; as far as chance cannot explain it, it is known.
  const never = supportKnown ? 0 : Math.max(0, 1 - meanWeight - 2 * (meanWeightError || 0))
  // Of weights by the ten thousand there may be more than there is to show.
  const figure = Math.min(1, never + hardlyShown)
  return check('support', figure, BARS.support, figure > BARS.support ? 'refused' : 'sound', [
    `${share(figure)} of what the target would show was hardly ever shown`,
    `${share(figure)} of what the target would show was never or hardly ever shown by this log (at most ${share(BARS.support)} may be); explore more, or ask about a policy nearer to the one that served`,
  ])
}

/** Enough of the log counts. */
export function effectiveSizeChecks({ effectiveUsers, effectiveSteps, users, steps }: Figures): Check[] {
  const rows = effectiveSteps / steps
  const text = `the target's weights leave as much as ${count(effectiveUsers)} of ${count(users)} users and ${count(effectiveSteps)} of ${count(steps)} steps`
  const advice = 'log longer, explore more, or ask about a policy nearer to the one that served'
  return [
    check(
      'effective users',
      effectiveUsers,
      BARS.effectiveUsers,
      effectiveUsers >= BARS.effectiveUsers ? 'sound' : 'refused',
      [text, `${text}, and an answer takes ${BARS.effectiveUsers} users; ${advice}`],
    ),
    check('effective share', rows, BARS.effectiveShare, rows >= BARS.effectiveShare ? 'sound' : 'refused', [
      text,
      `${text}, and an answer takes ${share(BARS.effectiveShare)} of the steps; ${advice}`,
    ]),
  ]
}

/** No few users decide. */
export function heaviestCheck({ heaviest }: Figures): Check {
  const { refused, warning } = BARS.heaviest
  const outcome = heaviest > refused ? 'refused' : heaviest > warning ? 'warning' : 'sound'
  const text = `the heaviest hundredth of users has ${share(heaviest)} of all weight`
  return check('heaviest users', heaviest, refused, outcome, [
    text,
    `${text} (at most ${share(refused)} may be): the answer would be theirs`,
  ])
}

/** Items were shown as often as their propensities say. */
export function calibrationCheck(groups: readonly CalibrationGroup[]): Check {
  const { p, slope } = calibrationTest(groups)
  const [low, high] = BARS.calibration.slope
  const wrong = p < BARS.calibration.p && !(slope >= low && slope <= high)
  return check('calibration', slope, high, wrong ? 'refused' : 'sound', [
    `items were shown as often as their propensities say (slope ${slope.toFixed(2)})`,
    `items were not shown as often as their propensities say (slope ${slope.toFixed(2)}, p ${p < 0.001 ? '< .001' : p.toFixed(3)}): what was logged is not what was drawn from`,
  ])
}

/** The log's own policy is estimated as what it earned. */
export function nullPolicyCheck(distance: number, error: number): Check {
  const z = distance === 0 ? 0 : Math.abs(distance) / error
  return check('null policy', z, NULL_ERRORS, z > NULL_ERRORS ? 'refused' : 'sound', [
    'the policy that served is estimated as what it earned',
    `the policy that served is estimated ${z.toFixed(1)} standard errors from what it earned: the reward model or the propensities are wrong`,
  ])
}

/** At 95 % one sound log in twenty would be refused; at so many standard errors one in a thousand. */
const NULL_ERRORS = 3.3

/** Few rewards come too late to count. */
export function lateCheck(late: number): Check {
  return check('late rewards', late, BARS.late, late > BARS.late ? 'warning' : 'sound', [
    `${share(late)} of the rewards came after the time within which they count`,
    `${share(late)} of the rewards came after the time within which they count; give --reward a longer one`,
  ])
}

/** The log's last third is as its first. */
export function driftChecks({ z, p, mix }: { readonly z: number; readonly p: number; readonly mix: number }): Check[] {
  return [
    ...(Number.isNaN(z)
      ? []
      : [
          check('drift of rewards', z, BARS.drift.z, Math.abs(z) > BARS.drift.z ? 'warning' : 'sound', [
            'rewards are as high at the end of the log as at its beginning',
            `rewards are ${z > 0 ? 'higher' : 'lower'} in the last third of the log than in the first (z ${z.toFixed(1)}): an old log may not tell what comes next`,
          ]),
        ]),
    ...(Number.isNaN(mix)
      ? []
      : [
          check('drift of items', mix, BARS.drift.mix, mix > BARS.drift.mix && p < BARS.drift.p ? 'warning' : 'sound', [
            'items that are shown are the same at the end of the log as at its beginning',
            `${share(mix)} of what is shown in the last third of the log was not in the first`,
          ]),
        ]),
  ]
}

function check(
  name: string,
  figure: number,
  bar: number,
  outcome: Check['outcome'],
  [sound, otherwise]: readonly [string, string],
): Check {
  return { name, figure, bar, outcome, sentence: outcome === 'sound' ? sound : otherwise }
}

function share(value: number): string {
  const percent = 100 * value
  return `${percent > 0 && percent < 0.1 ? '< 0.1' : percent.toFixed(percent < 10 ? 1 : 0)} %`
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
