import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, type Outcome, writeText } from './tributary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = createFolder()

/** A project of somebody else's: the package as it is packed, its dependencies, and the example's files. */
beforeAll(() => {
  const json = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'tributary-rec'), { recursive: true })
  const archive = join(folder, JSON.parse(json)[0].filename)
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', join(modules, 'tributary-rec')])
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  writeText(folder, 'package.json', '{ "private": true, "type": "module" }')
  for (const file of ['successor.mjs', 'successor.test.mjs']) cpSync(join(root, 'examples', file), join(folder, file))
  writeText(folder, 'shop.csv', shopCsv({ users: 60 }))
  expect(run('import', 'csv', 'shop.csv', '--out', 'shop').stderr).not.toMatch(/^error/m)
}, 120_000)

/** The command of the installed package. */
function run(...args: readonly string[]): Outcome {
  const main = join(folder, 'node_modules/tributary-rec/dist/cli/main.js')
  const env = { ...process.env, NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env,
  })
  return { code: status, stdout, stderr }
}

/** With `--json`, of a command that must succeed. */
function told<T>(...args: readonly string[]): T {
  const { code, stdout, stderr } = run(...args, '--json')
  expect(stderr).not.toMatch(/^error/m)
  expect(code).toBe(0)
  return JSON.parse(stdout) as T
}

const OWN = ['--plugin', './successor.mjs']

describe('a model of one’s own', () => {
  it('is listed, explained, trained, measured and compared like any other', () => {
    const { models } = told<{ models: { name: string }[] }>('models', ...OWN)
    expect(models.map(({ name }) => name)).toContain('successor')
    expect(run('train', 'successor', '--help', ...OWN).stdout).toContain('times that a pair must have been seen')
    const trained = run('train', 'successor', 'shop', '--out', 'runs/own', '--set', 'least=1', ...OWN)
    expect(trained.stdout, trained.stderr).toContain('evaluate runs/own --plugin ./successor.mjs')
    const { overall } = told<{ overall: { 'hr@10': number } }>('evaluate', 'runs/own', ...OWN)
    expect(overall['hr@10']).toBeGreaterThan(0)
    const compared = run('compare', 'popularity,successor', 'shop', '--seeds', '1', '--out', 'compared', ...OWN)
    expect(compared.stdout, compared.stderr).toContain('successor')
  }, 240_000)

  it('is asked for by its file where a run of it is opened without', () => {
    expect(JSON.parse(readFileSync(join(folder, 'runs/own/manifest.json'), 'utf8'))).toMatchObject({
      model: 'successor',
      plugin: './successor.mjs',
    })
    for (const command of ['evaluate', 'serve'])
      expectRefusal(run(command, 'runs/own'), [
        "runs/own is a run of 'successor' from the plug-in ./successor.mjs, which is not loaded; add --plugin ./successor.mjs",
      ])
    expectRefusal(run('train', 'successor', 'shop', '--out', 'runs/other'), ["unknown model 'successor'"])
  })

  it('is held to the contract by Vitest in its own project', () => {
    const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
    const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, 'run', '--maxWorkers=1'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', VITEST: undefined, CI: '1' },
    })
    expect(status, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/Tests +2\d passed/)
  }, 240_000)
})

it('a reader of one’s own is listed and reads', () => {
  writeText(
    folder,
    'pipes.mjs',
    `import { READERS } from 'tributary-rec'
    const csv = READERS.find(({ name }) => name === 'csv')
    export default {
      readers: [{
        name: 'pipes',
        summary: 'columns between bars',
        source: (file, options, connection) => csv.source(file, { ...options, delimiter: '|' }, connection),
      }],
    }`,
  )
  writeText(folder, 'log.txt', shopCsv({ users: 20 }).replaceAll(',', '|'))
  expect(run('import', '--help', '--plugin', 'pipes.mjs').stdout).toContain('columns between bars')
  const { domains } = told<{ domains: string[] }>(
    'import',
    'pipes',
    'log.txt',
    '--out',
    'piped',
    '--plugin',
    'pipes.mjs',
  )
  expect(domains).toEqual(['books', 'games', 'music'])
})

it('a metric of one’s own is measured', () => {
  writeText(
    folder,
    'early.mjs',
    `export default {
      metrics: [{ name: 'early', of: 'rank', summary: 'whether it came first', higherIsBetter: true, value: (rank) => Number(rank === 0) }],
    }`,
  )
  const plugins = [...OWN, '--plugin', 'early.mjs']
  const { overall } = told<{ overall: { early: number } }>('evaluate', 'runs/own', '--metrics', 'early', ...plugins)
  expect(overall.early).toBeGreaterThan(0)
})

it('a plug-in that cannot be used is refused in one sentence, before anything else', () => {
  writeText(folder, 'throws.mjs', "throw new Error('out of\\nluck')")
  expectRefusal(run('models', '--plugin=throws.mjs'), ['the plug-in throws.mjs cannot be loaded: out of luck'])
  writeText(
    folder,
    'takes.mjs',
    "import { MODELS } from 'tributary-rec'\nexport default { models: [{ ...MODELS[0] }] }",
  )
  expectRefusal(run('train', '--help', '--plugin', 'takes.mjs'), ['and there is one of that name already'])
})

it('reads TypeScript where Node does, and says so elsewhere', () => {
  writeText(
    folder,
    'typed.ts',
    "import own from './successor.mjs'\nconst plugin: object = own\nexport default plugin\n",
  )
  const outcome = run('models', '--plugin', './typed.ts')
  if ('typescript' in process.features && process.features.typescript) expect(outcome.stdout).toContain('successor')
  else expectRefusal(outcome, ['./typed.ts is TypeScript', 'use Node 22.18 or later, or give a .mjs file'])
})
