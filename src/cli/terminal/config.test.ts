import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../../data/index.ts'
import { trainRun } from '../../runs/train.ts'
import { createProgram } from '../program.ts'
import { configSchema, withConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'tributary.json')

const words = (config: unknown, ...line: string[]) => {
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config))
  return withConfig(createProgram('0'), [...line, '--config', file])
}

describe('withConfig', () => {
  it('puts the section of the command before what the command line says, which counts', async () => {
    const config = {
      serve: {
        models: ['a=runs/a', 'runs/b'],
        runs: 'runs',
        port: 9000,
        store: 'sqlite:x.db',
        retrain: { every: '24h' },
      },
      train: { set: { epochs: 5, loss: 'bpr' }, resume: true, overwrite: false },
      store: { status: { store: 'sqlite:x.db' } },
    }
    expect(await words(config, 'serve', '--port', '1')).toEqual([
      'serve',
      'a=runs/a',
      'runs/b',
      '--store',
      'sqlite:x.db',
      '--runs',
      'runs',
      '--retrain',
      '{"every":"24h"}',
      '--port',
      '1',
    ])
    expect((await words(config, 'serve', 'runs/c')).slice(0, 3)).toEqual(['serve', '--port', '9000'])
    expect(await words(config, 'train', 'sasrec', 'data', '--set', 'epochs=9')).toEqual([
      'train',
      '--set',
      'loss=bpr',
      '--resume',
      'sasrec',
      'data',
      '--set',
      'epochs=9',
    ])
    expect(await words(config, 'store', 'status')).toEqual(['store', 'status', '--store', 'sqlite:x.db'])
    expect(await words(config, 'models')).toEqual(['models'])
  })

  it('refuses what no command has, with what was probably meant', async () => {
    await expect(words({ serve: { prot: 1 } }, 'serve')).rejects.toThrow(
      "tributary.json has an unknown key 'prot' in serve; did you mean 'port'?",
    )
    await expect(words({ sevre: {} }, 'serve')).rejects.toThrow("unknown key 'sevre'; did you mean 'serve'?")
    await expect(words({ serve: { unknown: 'perhaps' } }, 'serve')).rejects.toThrow(
      'serve.unknown is of the wrong kind',
    )
    await expect(words({ train: { set: 5, sett: {} } }, 'train')).rejects.toThrow("did you mean 'set'?")
    await expect(words('{', 'serve')).rejects.toThrow('is not JSON')
    await expect(withConfig(createProgram('0'), ['serve', '--config', join(folder, 'no.json')])).rejects.toThrow(
      'there is no configuration at',
    )
  })

  it('reads the manifest of a run: what it was made with, or the run itself', async () => {
    const [data, run] = [join(folder, 'data'), join(folder, 'run')]
    const names = Array.from({ length: 12 }, (_, i) => i)
    const columns = {
      user: names.map((i) => `u${i % 3}`),
      item: names.map((i) => `i${i % 4}`),
      domain: names.map(() => 'a'),
    }
    await writeDataset(buildDataset('shop', columns), data)
    const training = trainRun({ model: 'popularity', datasetFolder: data, out: run, seed: 7, threads: 1 })
    while (!(await training.next()).done);
    const manifest = ['--config', join(run, 'manifest.json')]
    const again = await withConfig(createProgram('0'), ['train', '--out', 'again', ...manifest])
    expect(again.slice(0, 3)).toEqual(['train', 'popularity', expect.stringMatching(/data$/)])
    expect(again).toEqual(expect.arrayContaining(['--seed', '7', '--split-by', 'leave-two-out', '--out', 'again']))
    expect(await withConfig(createProgram('0'), ['evaluate', ...manifest])).toEqual(['evaluate', run])
  })

  it('has a JSON schema that knows every command and its options', () => {
    const { properties } = configSchema(createProgram('0')) as { properties: Record<string, { properties: object }> }
    expect(Object.keys(properties)).toEqual([
      '$schema',
      ...createProgram('0').commands.map((command) => command.name()),
    ])
    expect(Object.keys(properties.train.properties)).toEqual(
      expect.arrayContaining(['model', 'dataset', 'set', 'splitBy']),
    )
  })
})
