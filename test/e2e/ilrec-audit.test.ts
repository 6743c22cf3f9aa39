import { expect, test } from 'vitest'
import { auditOf, COUNTED, type Run } from '../../reproduce/ilrec/audit.ts'
import { RECORDINGS, readRecordings } from '../../reproduce/ilrec/recordings.ts'
import { readBillp } from '../../src/rl/index.ts'
import { DATA_ABSENT, dataFile } from '../folders/data-folder.ts'

const there = (() => {
  try {
    return dataFile(`${RECORDINGS}/episodes.jsonl.gz`)
  } catch {
    return undefined
  }
})()

test.skipIf(there === undefined)(
  `the recorded episodes come to what was counted, to the digit (${DATA_ABSENT})`,
  () => {
    const audit = auditOf(readRecordings())
    const { runs, ...all } = audit
    expect(all).toEqual({
      episodes: 1300,
      steps: 14_563,
      unknown: 0,
      leftAtFirst: 0,
      lowAtFirst: 151,
      lowLater: 0,
      steamTest: { steps: 10_877, left: 735, repeats: 453 },
    })
    expect(runs).toHaveLength(14)
    const digits = ({ episodes, lenAll, lenAcc, returnAcc }: Run) => ({
      episodes,
      lenAll: Number(lenAll.toFixed(2)),
      lenAcc: Number(lenAcc.toFixed(2)),
      returnAcc: Number(returnAcc.toFixed(2)),
    })
    const counted = runs.filter(({ name }) => name in COUNTED)
    expect(Object.fromEntries(counted.map((run) => [run.name, digits(run)]))).toEqual(COUNTED)

    const some = (prefix: string) => runs.filter(({ name }) => name.startsWith(prefix))
    const asked = (prefix: string) => {
      const shares = some(prefix).map(({ replaced }) => Math.round(100 * (1 - replaced)))
      return [Math.min(...shares), Math.max(...shares)]
    }
    expect([asked('steam test'), asked('steam train'), asked('amazon')]).toEqual([
      [18, 29],
      [29, 64],
      [45, 52],
    ])
    // What IL-Rec learns from: 348 steps of Amazon, 992 + 450 + 363 of Steam, and how many of them were replaced.
    expect(some('amazon train').map(({ steps }) => steps)).toEqual([348])
    expect(some('steam train').map(({ steps }) => steps)).toEqual([992, 450, 363])
    const replaced = (prefix: string) =>
      some(prefix).reduce((sum, run) => sum + run.replaced * run.steps, 0) /
      some(prefix).reduce((sum, { steps }) => sum + steps, 0)
    expect([replaced('amazon train'), replaced('steam train')].map((share) => share.toFixed(2))).toEqual([
      '0.48',
      '0.46',
    ])
  },
)

test.skipIf(there === undefined)(`every recorded episode is read as demonstrations (${DATA_ABSENT})`, async () => {
  const { steps } = await readBillp(there!, { env: 'steam', split: 'train' })
  expect(steps).toHaveLength(1805)
  expect(steps.filter(({ terminal }) => terminal)).toHaveLength(300)
})
