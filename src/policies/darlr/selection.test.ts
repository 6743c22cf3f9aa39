import { describe, expect, it } from 'vitest'
import { TributaryError } from '../../core/index.ts'
import { createRng, denseRewards } from '../../math/index.ts'
import { createEstimates } from './estimates.ts'
import { inputsOf } from './picks.ts'
import { createPreferences } from './preferences.ts'
import { createSelector, type SelectorConfig } from './selection.ts'

const [USERS, ITEMS, WIDTH] = [12, 10, 3]

const OPTIONS: SelectorConfig = {
  references: 3,
  selectorWidth: 8,
  selectorLayers: 1,
  selectorHeads: 2,
  selectorWindow: 3,
  selectorStart: 'kept',
  selectorGamma: 0.9,
  selectorLearningRate: 0.01,
  selectorBatchSize: 16,
  selectorPicks: 1000,
  valueCoefficient: 0.5,
  selectorReward: 'full',
  lambdaS: 2,
  lambdaD: 0.5,
}

async function setUp(overrides: Partial<SelectorConfig> = {}) {
  const rng = createRng(2)
  const ids = (count: number) => Array.from({ length: count }, (_, i) => i)
  const rewards = Array.from({ length: USERS }, () => Array.from({ length: ITEMS }, () => 1 + 4 * rng.float()))
  const matrix = denseRewards({ users: ids(USERS), items: ids(ITEMS), values: rewards.flat() })
  const estimates = createEstimates(matrix, { writeBack: 1, reads: 'current' })
  const preferences = await createPreferences(estimates, { similarity: 'cosine', projection: 4 }, createRng(1))
  preferences.refresh()
  const pools = Int32Array.from(ids(USERS).flatMap((user) => ids(USERS).filter((other) => other !== user)))
  const selector = await createSelector(
    { ...OPTIONS, ...overrides },
    { estimates, preferences, stateWidth: WIDTH, poolSize: USERS - 1, seed: 1, threads: 1 },
  )
  const asked = (users: readonly number[]) => ({
    users: Int32Array.from(users),
    columns: Int32Array.from(users, (user) => user % ITEMS),
    states: Float32Array.from({ length: users.length * WIDTH }, () => rng.normal()),
  })
  const select = (users: readonly number[], seed = 1) =>
    selector.select(asked(users), pools, (i) => createRng(seed).split(i))
  return { rewards, selector, select }
}

const cosine = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i], 0) / Math.hypot(...a) / Math.hypot(...b)

/** r_s and r_d of each pick, from the definitions. */
function gainsOf(rewards: readonly (readonly number[])[], user: number, references: ArrayLike<number>) {
  const chosen: number[] = []
  return Array.from(references, (row) => {
    const similarity = cosine(rewards[user], rewards[row])
    const unlike = chosen.map((before) => 1 - cosine(rewards[before], rewards[row]))
    chosen.push(row)
    return { similarity, diversity: unlike.reduce((sum, x) => sum + x / unlike.length, 0) }
  })
}

describe('the selector', () => {
  it('chooses K users, none twice and never the one they are for', async () => {
    const { selector, select } = await setUp()
    const users = Array.from({ length: 120 }, (_, i) => i % USERS)
    const { references } = await select(users)
    const counts = new Int32Array(USERS)
    for (const [i, user] of users.entries()) {
      const chosen = [...references.subarray(i * 3, i * 3 + 3)]
      expect(new Set([...chosen, user]).size).toBe(4)
      for (const row of chosen) counts[row]++
    }
    for (const count of counts) expect(count).toBeGreaterThan(0)
    await selector.dispose()
  })

  it('is paid r̂ of the users chosen so far, similarity and diversity (Eq. 10–12, 15)', async () => {
    const { rewards, selector, select } = await setUp()
    const users = [0, 7, 3]
    const { references, similarities, diversities } = await select(users)
    let total = 0
    for (const [i, user] of users.entries()) {
      const chosen = references.subarray(i * 3, i * 3 + 3)
      const gains = gainsOf(rewards, user, chosen)
      const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length
      expect(similarities[i]).toBeCloseTo(mean(gains.map(({ similarity }) => similarity)), 5)
      expect(diversities[i]).toBeCloseTo(mean(gains.map(({ diversity }) => diversity)), 5)
      for (let k = 0; k < 3; k++) {
        const paid = mean([...chosen.subarray(0, k + 1)].map((row) => rewards[row][user % ITEMS]))
        total += paid + 2 * gains[k].similarity + 0.5 * gains[k].diversity
      }
    }
    const figures = await selector.learn(createRng(1))
    expect(figures!.selectorReturn).toBeCloseTo(total / 3, 4)
    await selector.dispose()
  })

  it('learns from what it chose since it last learned, and only then', async () => {
    const { selector, select } = await setUp()
    const weights = () =>
      Buffer.concat([...selector.tensors.values()].map(({ data }) => Buffer.from(data.slice().buffer)))
    expect(await selector.learn(createRng(1))).toBeUndefined()
    const before = weights()
    await select([1, 2, 3, 4])
    expect(weights().equals(before)).toBe(true)
    expect(await selector.learn(createRng(1))).toBeDefined()
    expect(weights().equals(before)).toBe(false)
    expect(await selector.learn(createRng(1))).toBeUndefined()
    await selector.dispose()
  })

  it('draws from all picks where they are more than it may learn from', async () => {
    const losses = async (selectorPicks: number) => {
      const { selector, select } = await setUp({ selectorPicks, selectorBatchSize: 1000 })
      await select(Array.from({ length: 60 }, (_, i) => i % USERS))
      const { selectorActor, selectorCritic, selectorReturn } = (await selector.learn(createRng(1)))!
      await selector.dispose()
      return { selectorActor, selectorCritic, selectorReturn }
    }
    const [all, part] = [await losses(180), await losses(60)]
    expect(part.selectorReturn).toBe(all.selectorReturn) // a figure of all of them
    expect(part.selectorCritic).not.toBe(all.selectorCritic)
    expect(await losses(500)).toEqual(all)
  })

  it('refuses more reference users than there are others', async () => {
    await expect(setUp({ references: 12 })).rejects.toThrow(
      new TributaryError('bad-config', 'references 12 are more than the 11 other users there are; choose at most 11'),
    )
  })
})

describe('the window of the selector', () => {
  const picks = { users: Int32Array.of(7), states: Float32Array.of(0.5), references: Int32Array.of(11, 12, 13, 14) }
  const windowAt = (k: number, start: 'kept' | 'passes') => {
    const sizes = { K: 4, C: 5, U: 20, w: 3, S: 1, start }
    const { picked, first, keep } = inputsOf(picks, Int32Array.of(0), Int32Array.of(k), sizes)
    return Array.from(picked.data, (row, p) => (keep.data[p] === 0 ? '–' : first.data[p] === 1 ? 'start' : row))
  }

  it('is the start and the last w − 1 users chosen', () => {
    const windows = [0, 1, 2, 3, 4].map((k) => windowAt(k, 'kept'))
    expect(windows).toEqual([
      ['–', '–', 'start'],
      ['–', 'start', 11],
      ['start', 11, 12],
      ['start', 12, 13],
      ['start', 13, 14],
    ])
  })

  it('is the last w tokens where the start passes, as in runs that did not have the option', () => {
    expect(windowAt(2, 'passes')).toEqual(['start', 11, 12])
    expect(windowAt(3, 'passes')).toEqual([11, 12, 13])
  })

  // Each asker likes four of twelve directions, and for each direction there is one candidate: the users chosen so far say little of
  // whom else the asker is like.
  const [ASKERS, DIRECTIONS, LIKED, TIMES] = [4, 12, 4, 12]

  async function shareOfOwn(selectorStart: SelectorConfig['selectorStart']): Promise<number> {
    const rng = createRng(5)
    const all = Int32Array.from({ length: DIRECTIONS }, (_, d) => d)
    const liked = Array.from({ length: ASKERS }, () => new Set(rng.shuffle(all.slice()).subarray(0, LIKED)))
    const rows = [...all].map((d) => new Set([d]))
    const users = DIRECTIONS + ASKERS
    const values = [...rows, ...liked].flatMap((set) => [...all].map((d) => Number(set.has(d))))
    const ids = (count: number) => Array.from({ length: count }, (_, i) => i)
    const estimates = createEstimates(denseRewards({ users: ids(users), items: [...all], values }), {
      writeBack: 1,
      reads: 'current',
    })
    const preferences = await createPreferences(estimates, { similarity: 'cosine', projection: 12 }, createRng(1))
    preferences.refresh()
    const pools = Int32Array.from({ length: users * DIRECTIONS }, (_, i) => i % DIRECTIONS)
    const selector = await createSelector(
      {
        ...OPTIONS,
        ...{ references: LIKED, selectorWindow: 2, selectorStart, selectorPicks: 10_000 },
        ...({ selectorReward: 'gains', lambdaS: 1, lambdaD: 0 } as const),
        ...{ selectorWidth: 24, selectorGamma: 0, selectorBatchSize: 64, selectorLearningRate: 0.003 },
      },
      { estimates, preferences, stateWidth: 1, poolSize: DIRECTIONS, seed: 1, threads: 1 },
    )
    const asked = {
      users: Int32Array.from({ length: TIMES * ASKERS }, (_, i) => DIRECTIONS + (i % ASKERS)),
      columns: new Int32Array(TIMES * ASKERS),
      states: new Float32Array(TIMES * ASKERS),
    }
    const select = (round: number) => selector.select(asked, pools, (i) => createRng(2).split(round, i))
    for (let round = 0; round < 75; round++) {
      await select(round)
      await selector.learn(createRng(3).split(round))
    }
    const { references } = await select(75)
    await selector.dispose()
    const late = [...references.keys()].filter((i) => i % LIKED >= 2)
    const own = late.filter((i) => liked[Math.floor(i / LIKED) % ASKERS].has(references[i]))
    return own.length / late.length
  }

  it('lets picks beyond w know whom they are for', async () => {
    expect(await shareOfOwn('kept')).toBeGreaterThan(0.75)
    expect(await shareOfOwn('passes')).toBeLessThan(0.6)
  })
})
