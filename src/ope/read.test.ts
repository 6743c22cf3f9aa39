import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readColumns } from './read.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-columns-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(text: string, options: Partial<Parameters<typeof readColumns>[1]> = {}) {
  const file = join(folder, 'log.csv')
  await writeFile(file, text)
  return await readColumns(file, { policies: ['mine'], reward: 'reward', ...options })
}

describe('a table of a log', () => {
  it('has a row for each item that was shown', async () => {
    const { logged, targets } = await read(
      'user,domain,time,propensity,reward,mine,mine_expected,predicted\n' +
        'ann,books,2026-01-01T00:00:00Z,0.5,1,0.25,0.1,0.2\nbob,games,2026-01-02T00:00:00Z,0.25,0,0.5,0.3,0.4\nann,games,2026-01-03T00:00:00Z,1,2.5,,0,0\n',
    )
    expect(logged).toMatchObject({ units: 3, domainNames: ['books', 'games'] })
    expect([...logged.users]).toEqual([0, 1, 0])
    expect([...logged.domains]).toEqual([0, 1, 1])
    expect([...logged.rewards]).toEqual([1, 0, 2.5])
    expect([...(logged.times ?? [])]).toEqual([1, 2, 3].map((day) => Date.UTC(2026, 0, day)))
    expect([...(logged.predicted ?? [])]).toEqual([0.2, 0.4, 0])
    expect(
      targets.map(({ name, probabilities, expected }) => ({ name, probabilities: [...probabilities], expected })),
    ).toEqual([{ name: 'mine', probabilities: [0.25, 0.5, Number.NaN], expected: Float64Array.of(0.1, 0.3, 0) }])
  })

  it('puts the rows of a list together, by rank, whatever their order', async () => {
    const { logged } = await read(
      'list,rank,user,propensity,reward,mine\nb,2,x,0.1,0,1\na,10,y,0.2,0,1\nb,1,x,0.3,1,1\na,9,y,0.4,1,1\na,1,y,0.5,0,1\n',
    )
    expect([...(logged.starts ?? [])]).toEqual([0, 3, 5])
    expect([...logged.propensities]).toEqual([0.5, 0.4, 0.2, 0.3, 0.1])
    expect([...logged.users]).toEqual([0, 1])
  })

  it('is read within a time, and split by another column', async () => {
    const text = 'user,time,place,propensity,reward,mine\na,1000,top,1,0,1\nb,2000,side,1,0,1\nc,3000,top,1,0,1\n'
    const { logged } = await read(text, { since: 2000, until: 3000, per: 'place' })
    expect(logged).toMatchObject({ units: 1, domainNames: ['side'] })
  })

  it.each([
    ['without users', 'propensity,reward,mine\n1,0,1\n', 'bad-column', "no column 'user'"],
    ['without the policy', 'user,propensity,reward\na,1,0\n', 'bad-column', "no column 'mine'"],
    ['without ranks', 'list,user,propensity,reward,mine\na,b,1,0,1\n', 'bad-column', "no column 'rank'"],
    ['without a reward in a row', 'user,propensity,reward,mine\na,1,0,1\nb,1,,1\n', 'bad-row', 'row 2 has no number'],
    ['without a user in a row', 'user,propensity,reward,mine\na,1,0,1\n,1,0,1\n', 'bad-row', 'row 2 has no user'],
    ['without rows', 'user,propensity,reward,mine\n', 'file-empty', 'has no row'],
    [
      'of a list of several users',
      'list,rank,user,propensity,reward,mine\na,1,b,1,0,1\na,2,c,1,0,1\n',
      'bad-row',
      "several values of 'user'",
    ],
    [
      'of a list of several domains',
      'list,rank,user,domain,propensity,reward,mine\na,1,b,x,1,0,1\na,2,b,y,1,0,1\n',
      'bad-row',
      "several values of 'domain'",
    ],
    [
      'of a list with a rank twice',
      'list,rank,user,propensity,reward,mine\na,1,b,1,0,1\na,1,b,1,0,1\n',
      'bad-row',
      'rank 1 twice',
    ],
    [
      'of a list with a rank that is none',
      'list,rank,user,propensity,reward,mine\na,1,b,1,0,1\na,x,b,1,0,1\n',
      'bad-row',
      "no number in the column 'rank'",
    ],
    [
      'of lists without a user in a row, whose number is lost',
      'list,rank,user,propensity,reward,mine\nb,1,,1,0,1\na,1,b,1,0,1\n',
      'bad-row',
      'a row has no user',
    ],
    [
      'with a time that is none',
      'user,time,propensity,reward,mine\na,2026-01-01T00:00:00Z,1,0,1\nb,soon,1,0,1\n',
      'bad-row',
      "row 2 has no number in the column 'time'",
    ],
    [
      'with a reward model that says nothing of a row',
      'user,propensity,reward,mine,predicted,mine_expected\na,1,0,1,.2,.2\nb,1,0,1,,.2\n',
      'bad-row',
      "row 2 has no number in the column 'predicted'",
    ],
    [
      'with a group that is never shown',
      'user,propensity,reward,mine,group_propensity,mine_group\na,1,0,1,0,.2\n',
      'bad-row',
      "'group_propensity'",
    ],
  ])('%s is refused', async (_, text, code, words) => {
    await expect(read(text)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  })

  it('has the column by which it is to be split', async () => {
    const text = 'user,propensity,reward,mine\na,1,0,1\n'
    await expect(read(text, { per: 'place' })).rejects.toMatchObject({ code: 'bad-column' })
    expect((await read(text, { per: 'domain' })).logged.domainNames).toEqual(['all'])
  })

  it('is a file that is there, of a kind that is known', async () => {
    const options = { policies: [], reward: 'reward' }
    await expect(readColumns(join(folder, 'none.csv'), options)).rejects.toMatchObject({ code: 'file-missing' })
    await writeFile(join(folder, 'log.xml'), '')
    await expect(readColumns(join(folder, 'log.xml'), options)).rejects.toMatchObject({ code: 'bad-argument' })
  })
})
