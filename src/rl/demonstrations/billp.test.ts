import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { readBillp } from './billp.ts'
import { parseBillpTrajectory } from './billp-trajectory.ts'

describe('a trajectory in text', () => {
  it('has a step that was replaced and ended the episode', () => {
    const lines = [
      "The user's viewing history is ['LIMBO'], please recommend item for this user",
      'Thought 1: I would recommend[LIMBO] again, reward=9',
      'Action 1: recommend[Guild Wars 2]',
      'Observation 1: [Guild Wars 2] can not be recommened, instead, recommend[Lord of the Rings: War in the North]',
      'Observation 1: Episode finished, User Stop, reward=-1000.000',
    ]
    expect(parseBillpTrajectory(lines)).toEqual({
      steps: [
        {
          step: 1,
          requested: 'Guild Wars 2',
          title: 'Lord of the Rings: War in the North',
          reward: Number.NaN,
          terminal: true,
        },
      ],
      unpaid: 0,
    })
  })

  it('is read whatever its letters, and to the last bracket of a title', () => {
    const lines = [
      'ACTION 1: Recommend[Mirror [2018]: "Ünder" the \'Sky\'™]',
      'observation 1: episode continue, REWARD=+4.5e0',
      'Observation 1: Episode continue, reward=2',
      'Action 2: recommend[Half] Observation 2: [Half] can not be recommened, instead, recommend[[whole]]',
      'Observation 2: reward=-.5E-1',
      // Unpaid: another action comes, or nothing.
      'Action 3: recommend[lost]',
      'Action 4: recommend[Braid]',
      'Observation 4: [Braid] can not be recommended, instead, recommend[a], reward=1',
      'Observation 4: Episode continue, reward=3.',
      'Action 5: recommend[',
      'Action 6: recommend[lost, too]',
    ]
    expect(parseBillpTrajectory(lines)).toEqual({
      steps: [
        {
          step: 1,
          requested: 'Mirror [2018]: "Ünder" the \'Sky\'™',
          title: 'Mirror [2018]: "Ünder" the \'Sky\'™',
          reward: 4.5,
          terminal: false,
        },
        { step: 2, requested: 'Half', title: '[whole]', reward: -0.05, terminal: false },
        { step: 4, requested: 'Braid', title: 'a', reward: 1, terminal: false },
      ],
      unpaid: 2,
    })
  })

  it('gives back what was written', () => {
    // Titles are of one line, and no space stands at their ends.
    const title = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replace(/[\r\n\u2028\u2029]/g, ' '))
    const step = fc.record({
      requested: title,
      replacedBy: fc.option(title),
      // −0 is written as 0.
      reward: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -900 }).map((reward) => reward + 0)),
    })
    fc.assert(
      fc.property(fc.array(step), (drawn) => {
        const lines = drawn.flatMap(({ requested, replacedBy, reward }, i) => [
          `Thought ${i + 1}: Action 7: recommend[${requested}]`,
          `Action ${i + 1}: recommend[${requested}]`,
          ...(replacedBy === null
            ? []
            : [`Observation ${i + 1}: [x] can not be recommened, instead, recommend[${replacedBy}]`]),
          `Observation ${i + 1}: Episode ${reward === null ? 'finished, User Stop, reward=-1000.000' : `continue, reward=${reward}`}`,
        ])
        const { steps, unpaid } = parseBillpTrajectory(lines)
        expect(unpaid).toBe(0)
        expect(steps).toEqual(
          drawn.map(({ requested, replacedBy, reward }, i) => ({
            step: i + 1,
            requested,
            title: replacedBy ?? requested,
            reward: reward ?? Number.NaN,
            terminal: reward === null,
          })),
        )
      }),
    )
  })
})

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-billp-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const traj_by_line = [
  'Action 1: recommend[Braid]',
  'Observation 1: Episode continue, reward=4',
  'Action 2: recommend[Tetris]',
  'Observation 2: [Tetris] can not be recommened, instead, recommend[LIMBO]',
  'Observation 2: Episode finished, User Stop, reward=-1000.000',
]
const paid = { requested: 'Braid', title: 'Braid', item: 'Braid', reward: 4, terminal: false }
const left = { requested: 'Tetris', title: 'LIMBO', item: 'LIMBO', reward: Number.NaN, terminal: true }
const said = { user: '7', source: 'recorded', model: 'gpt_4-32k' }

test('trajectory files and episodes with their steps taken apart say the same', async () => {
  const raw = await mkdtemp(join(root, 'raw-'))
  const file = (name: string, content: object) => writeFile(join(raw, name), JSON.stringify(content))
  const records = {
    9: { userid: 7, prompt: 'Action: recommend[Braveheart]', traj: '', traj_by_line },
    12: { userid: 8, traj: 'Action 1: recommend[Braid]' },
    13: { userid: 7, traj: traj_by_line.slice(0, 2).join('\n') },
  }
  await file('steam_test_0_100_gpt_4-32k_0.5_2024-01-20-21-40-46.json', records)
  await file('steam_train_0_100_gpt_4-32k_0.5_2024-01-20-21-40-47.json', {})
  await file('amazon_test_0_9_gpt_4-32k_0.0_2024-01-20-21-40-46.json', { 1: { userid: 7, traj_by_line } })
  await file('datamaps.json', { item2id_dict: {} })
  const fromFiles = await readBillp(raw, { env: 'steam' })
  expect(fromFiles).toEqual({
    steps: [
      { episode: 0, step: 1, ...paid, ...said },
      { episode: 0, step: 2, ...left, ...said },
      { episode: 1, step: 1, ...paid, ...said },
    ],
    report: {
      files: [
        'amazon_test_0_9_gpt_4-32k_0.0_2024-01-20-21-40-46.json',
        'steam_test_0_100_gpt_4-32k_0.5_2024-01-20-21-40-46.json',
        'steam_train_0_100_gpt_4-32k_0.5_2024-01-20-21-40-47.json',
      ],
      unpaid: 1,
      empty: 1,
    },
  })

  const steps = [
    { t: 1, thought: 'x', requested: 'Braid', item: 'Braid', reward: 4 },
    { t: 2, requested: 'Tetris', item: 'LIMBO', reward: null, user_left: true },
  ]
  const common = { env: 'steam', split: 'test', model: 'gpt_4-32k', run: 'r', userid: 7 }
  const lines = [steps, steps.slice(0, 1)].map((steps) => JSON.stringify({ ...common, steps }))
  const apart = await mkdtemp(join(root, 'apart-'))
  await writeFile(join(apart, 'episodes.jsonl.gz'), gzipSync(`${lines.join('\n')}\n`))
  expect((await readBillp(apart)).steps).toEqual(fromFiles.steps)
})

test('what is not there, not said or no recording is told in a sentence', async () => {
  const folder = await mkdtemp(join(root, 'wrong-'))
  await expect(readBillp(folder)).rejects.toMatchObject({ code: 'file-missing' })
  await expect(readBillp(join(folder, 'no'))).rejects.toMatchObject({ code: 'file-missing' })
  const name = (env: string) => join(folder, `${env}_test_0_1_gpt_0.5_2024.json`)
  await writeFile(name('steam'), JSON.stringify({ 1: { userid: 7, traj_by_line } }))
  await writeFile(name('amazon'), JSON.stringify({ 1: { userid: 7, traj_by_line } }))
  await expect(readBillp(folder)).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('--env'),
  })
  await expect(readBillp(folder, { split: 'train' })).rejects.toThrow('no recording of train; there are: amazon test')
  await writeFile(name('steam'), '{"1": {"userid": 7, "traj')
  await expect(readBillp(folder)).rejects.toMatchObject({ code: 'file-damaged' })
  await writeFile(name('steam'), '{"1": {"traj": ""}}')
  await expect(readBillp(folder)).rejects.toThrow('1.userid')
  const cut = join(folder, 'episodes.jsonl.gz')
  await writeFile(cut, gzipSync('{}\n').subarray(0, 12))
  await expect(readBillp(folder)).rejects.toMatchObject({ code: 'file-damaged' })
})
