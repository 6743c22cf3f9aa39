import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Manifest } from '../runs/manifest.ts'
import { type Ground, resumeTask, type TrainingRequest, tasksOf } from './begin.ts'
import { datasetsIn, datasetsOfRuns } from './dataset-folders.ts'
import { Folders } from './folders.ts'

let root: string
let ground: Ground
const on = new Set<string>()

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-begin-'))
  const dataset = { format: 1, name: 'shop', interactions: 9, users: 3, items: 4, domains: [], columns: ['user'] }
  await mkdir(join(root, 'inside', 'world'), { recursive: true })
  await mkdir(join(root, 'inside', 'shop'))
  await mkdir(join(root, 'inside', 'broken'))
  await mkdir(join(root, 'outside', 'secret'), { recursive: true })
  await writeFile(join(root, 'inside', 'shop', 'dataset.json'), JSON.stringify(dataset))
  await writeFile(join(root, 'inside', 'broken', 'dataset.json'), '{')
  await writeFile(join(root, 'outside', 'secret', 'dataset.json'), JSON.stringify(dataset))
  await writeFile(join(root, 'inside', 'world', 'manifest.json'), '{}')
  await writeFile(join(root, 'inside', 'vectors.parquet'), '')
  await symlink(join(root, 'inside'), join(root, 'inside', 'loop'))
  const folder = join(root, 'inside')
  const folders = new Folders([folder])
  ground = { look: () => folders.look(), into: { folder, prefix: '' }, isTaken: (run) => on.has(run) }
})

afterAll(() => rm(root, { recursive: true }))

const asked: TrainingRequest = { model: 'sasrec', dataset: 'shop' }

async function refusal(request: Partial<TrainingRequest>): Promise<string> {
  return tasksOf({ ...asked, ...request }, ground).then(
    () => 'taken',
    (error) => `${error.field}: ${error.message}`,
  )
}

describe('what is asked to be trained', () => {
  it('becomes the words of tributary train', async () => {
    const dataset = join(root, 'inside', 'shop')
    const [one] = await tasksOf(asked, ground)
    expect(one).toMatchObject({ run: 'sasrec', dataset: 'shop', seed: 1, path: join(root, 'inside', 'sasrec') })
    expect(one.words).toEqual(['train', 'sasrec', dataset, '--out', join(root, 'inside', 'sasrec'), '--seed', '1'])
    const set = { epochs: 3, loss: 'bpr', dropout: '0.1' }
    const two = await tasksOf({ ...asked, set, seeds: [4, 7], name: 'tries/a', split: 'leave-two-out' }, ground)
    expect(two.map(({ run, seed }) => [run, seed])).toEqual([
      ['tries/a/seed4', 4],
      ['tries/a/seed7', 7],
    ])
    expect(two[1].words.slice(5)).toEqual([
      ...['--seed', '7', '--split-by', 'leave-two-out'],
      ...['--set', 'epochs=3', '--set', 'loss=bpr', '--set', 'dropout=0.1'],
    ])
  })

  it('is refused with the field where it cannot be', async () => {
    expect(await refusal({ model: 'sasrek' })).toBe("model: unknown model 'sasrek'; did you mean 'sasrec'?")
    expect(await refusal({ dataset: 'shopp' })).toMatch(
      "dataset: there is no dataset 'shopp' below the folders; did you",
    )
    expect(await refusal({ set: { epochs: 'many' } })).toMatch(
      "set.epochs: sasrec option 'epochs' was given 'many'; it",
    )
    expect(await refusal({ set: { epoch: 3 } })).toMatch(
      "set.epoch: sasrec has no option 'epoch'; did you mean 'epochs'?",
    )
    expect(await refusal({ seeds: [1, 1] })).toMatch('seeds: ')
    expect(await refusal({ split: 'by-moon' })).toMatch("split: unknown split 'by-moon'")
    expect(await refusal({ simulateEvery: 1 })).toMatch('simulateEvery: ')
    expect(await refusal({ warmStart: 'nothing' })).toMatch("warmStart: there is no run 'nothing'")
    expect(await refusal({ name: 'world' })).toBe("name: 'world' is there already; give another name")
    expect(await refusal({ name: 'world/mine' })).toMatch("name: 'world' is a run or a dataset, which holds no others")
  })

  it('takes another name by itself where its own is taken', async () => {
    on.add('sasrec')
    const [task] = await tasksOf(asked, ground)
    on.clear()
    expect(task.run).toBe('sasrec-2')
  })

  it('names what it reads below the folders, and nothing else', async () => {
    const policy = { model: 'mbpo', dataset: 'shop', simulateEvery: 1 }
    const [task] = await tasksOf({ ...policy, set: { worldModel: 'world' } }, ground)
    expect(task.words).toContain(`worldModel=${join(root, 'inside', 'world')}`)
    for (const worldModel of ['../outside/secret', join(root, 'inside', 'world'), '/etc', 'shop'])
      expect(await refusal({ ...policy, set: { worldModel } })).toMatch('set.worldModel: there is no run')
  })

  it('never lies outside of the folders, whatever it is called', async () => {
    const part = fc.constantFrom('..', '.', 'a', '/', '\\', '%2e%2e', '\0', '~', '-rf', ' ', 'ä', '𠮷', '\ud800', '…')
    const name = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.oneof(name, fc.string()), async (name) => {
        const tasks = await tasksOf({ ...asked, name }, ground).catch((error) => {
          expect(error).toMatchObject({ field: 'name' })
          return []
        })
        for (const { path } of tasks) expect(path).toBe(`${root}/inside/${name}`)
      }),
    )
    for (const dataset of ['../outside/secret', join(root, 'outside', 'secret'), 'loop/../../outside/secret'])
      expect(await refusal({ dataset })).toMatch('dataset: there is no dataset')
  })
})

describe('a run to go on with', () => {
  it('must be there', async () => {
    await expect(resumeTask('nothing', {}, ground)).rejects.toThrow("there is no run 'nothing' below the folders")
    await expect(resumeTask('world', {}, ground)).rejects.toMatchObject({ code: 'file-damaged' })
  })
})

describe('datasets below the folders', () => {
  it('are told as they describe themselves, without those that do not', async () => {
    const [shop, ...others] = await datasetsIn(await ground.look())
    expect(others).toEqual([])
    expect(shop).toMatchObject({ id: 'shop', name: 'shop', users: 3, items: 4, columns: ['user'], truth: false })
  })
})

describe('datasets that runs were trained on', () => {
  it('are told where they lie elsewhere, each once, and can be trained on again', async () => {
    const found = await ground.look()
    const of = (hash: string, path: string, fromRun?: string) => ({
      path: join(root, 'inside', 'world'),
      manifest: { dataset: { name: 'shop', hash, path, ...(fromRun && { fromRun }) } } as Manifest,
    })
    const runs = [
      of('inside', join(root, 'inside', 'shop')),
      of('secret', 'moved/away', '../../outside/secret'),
      of('secret', join(root, 'outside', 'secret')),
      of('gone', join(root, 'nowhere')),
    ]
    const others = await datasetsOfRuns(runs, found)
    // From where the server was started: what it answers does not say where that is.
    const [nowhere, secret] = [join(root, 'nowhere'), join(root, 'outside', 'secret')].map((path) =>
      relative('.', path),
    )
    expect(others.map(({ id }) => id).sort()).toEqual([nowhere, secret])
    // What is not there does not describe itself.
    expect((await datasetsIn([...found, ...others])).map(({ id }) => id)).toHaveLength(2)
    const more = { ...ground, look: async () => [...found, ...others] }
    const [task] = await tasksOf({ ...asked, dataset: secret }, more)
    expect(task.words[2]).toBe(secret)
  })
})
