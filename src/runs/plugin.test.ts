import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { ModelSpec } from '../core/index.ts'
import { metricsNamed } from '../metrics/index.ts'
import { addPlugin, findModel, METRICS, MODELS, pluginOf, READERS } from '../registry.ts'
import { loadPlugin } from './plugin.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-plugin-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text)
  await loadPlugin(join(folder, name))
}

const spec = (name: string): ModelSpec => ({ ...findModel('random'), name })

it('what a file brings is known by its name, with the file; the same file twice is no fault', async () => {
  const names = () => [MODELS, READERS].map((list) => list.map(({ name }) => name))
  const [models, readers] = names()
  const text = `
    const config = { shape: {}, safeParse() {} }
    const model = { name: 'brought', task: 'ranking', summary: 'one', config, create() {}, async *train() {} }
    export default { models: [model], readers: [{ name: 'brought-reader', summary: 'one', source() {} }] }`
  await load('brings.mjs', text)
  await loadPlugin(join(folder, 'brings.mjs'))
  expect(names()).toEqual([
    [...models, 'brought'],
    [...readers, 'brought-reader'],
  ])
  expect(pluginOf('brought')).toBe(join(folder, 'brings.mjs'))
})

const reciprocal = (name: string) =>
  ({ name, of: 'rank', summary: 'early', higherIsBetter: true, value: (rank: number) => 1 / (1 + rank) ** 2 }) as const

it('a metric is found by its name, wherever metrics are', () => {
  const metric = reciprocal('early')
  addPlugin({ metrics: [metric] })
  expect(metricsNamed(['early', 'hr@7'], 'rank')[0]).toBe(metric)
  expect(METRICS).toContain(metric)
})

it('a program adds its own without a file', () => {
  const own = spec('own')
  addPlugin({ models: [own] })
  expect(findModel('own')).toBe(own)
  expect(pluginOf('own')).toBeUndefined()
})

const without = (key: string) => ({ ...spec('mine'), [key]: undefined }) as unknown as ModelSpec
const wrong: [string, unknown, RegExp][] = [
  ['nothing', {}, /brings nothing/],
  ['a model that stands alone', spec('mine'), /Unrecognized keys/],
  ['what is no list', { models: spec('mine') }, /models: .*expected array/],
  ['a model without a training', { models: [without('train')] }, /models\.0\.train: must be a function/],
  ['a model without a name', { models: [without('name')] }, /models\.0\.name: /],
  ['options that are no schema', { models: [{ ...spec('mine'), config: {} }] }, /config: must be a z\.object/],
  ['options that are no object', { models: [{ ...spec('mine'), config: z.string() }] }, /config: must be a z\.object/],
  ['a reader that reads nothing', { readers: [{ name: 'mine', summary: 'mine' }] }, /readers\.0\.source: /],
  [
    'a metric that measures nothing',
    { metrics: [{ ...reciprocal('mine'), value: 1 }] },
    /metrics\.0\.value: must be a function/,
  ],
  ['a metric of something else', { metrics: [{ ...reciprocal('mine'), of: 'users' }] }, /metrics\.0\.of: /],
]
it.each(wrong)('refuses %s, and adds nothing', (_, plugin, message) => {
  const before = MODELS.length
  expect(() => addPlugin(plugin as object, 'mine.mjs')).toThrow(
    expect.objectContaining({ code: 'bad-argument', message: expect.stringMatching(message) }),
  )
  expect(() => addPlugin(plugin as object, 'mine.mjs')).toThrow('the plug-in mine.mjs is not { models: […]')
  expect(MODELS).toHaveLength(before)
})

it.each([
  ['there already', { models: [spec('mine'), spec('sasrec')] }, "brings a model 'sasrec'"],
  ['given twice', { models: [spec('mine'), spec('mine')] }, "brings a model 'mine'"],
  ['a metric’s, with any cut-off', { metrics: [reciprocal('hr@7')] }, "brings a metric 'hr@7'"],
  ['a reader’s', { models: [spec('mine')], readers: [{ ...READERS[0] }] }, "brings a reader 'csv'"],
])('refuses a name that is %s, and adds nothing', (_, plugin, message) => {
  const before = MODELS.length
  expect(() => addPlugin(plugin)).toThrow(message)
  expect(MODELS).toHaveLength(before)
})

it.each([
  ['missing.mjs', undefined, 'file-missing', 'there is no plug-in at '],
  ['broken.mjs', 'export default {', 'file-damaged', 'cannot be loaded: '],
  ['needs.mjs', "import 'no-such-package'", 'file-damaged', 'no-such-package'],
  ['none.mjs', 'export const models = []', 'bad-argument', 'has no default export'],
])('refuses %s', async (name, text, code, message) => {
  const loading = text === undefined ? loadPlugin(join(folder, name)) : load(name, text)
  await expect(loading).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
})
