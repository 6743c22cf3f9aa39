import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createFolder, expectRefusal, MAIN, tributary, tributaryJson } from './tributary.ts'

const COMMANDS = [
  'quickstart',
  'import',
  'describe',
  'data',
  'models',
  'train',
  'evaluate',
  'compare',
  'tune',
  'transfer',
  'explain',
  'simulate',
  'demonstrate',
  'demonstrator',
  'report',
  'recommend',
  'export',
  'serve',
  'studio',
  'experiment',
  'keys',
  'help',
]
const folder = createFolder()

test.each(COMMANDS)('%s --help explains itself with examples', async (command) => {
  const { code, stdout, stderr } = await tributary([command, '--help'])
  expect(stderr).toBe('')
  expect(stdout).toMatch(new RegExp(`^Usage: tributary ${command} `))
  expect(stdout).toMatch(new RegExp(`Examples:\\n {2}\\$ tributary ${command}`))
  expect(stdout).toContain('--json')
  expect(code).toBe(0)
})

test('--help lists every command; no arguments are a usage error with the same list', async () => {
  const help = await tributary(['--help'])
  for (const command of COMMANDS) expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  expect(help.code).toBe(0)
  const nothing = await tributary([])
  expect(nothing.stderr).toBe(help.stdout)
  expect(nothing.code).toBe(1)
})

test('train MODEL --help and help MODEL list the options of the model with type, default and meaning', async () => {
  const train = await tributary(['train', 'sasrec', '--help'])
  const model = await tributary(['help', 'sasrec'])
  expect(train.stdout).toContain(model.stdout.trim())
  expect(model.stdout).toMatch(/^ {2}width +64 +.*\(an integer of at least 1\)$/m)
  expect(model.stdout).toMatch(/^ {2}sequences +mixed +.*\(one of mixed, single\)$/m)
})

test('help COMMAND equals COMMAND --help; an unknown topic is refused', async () => {
  expect((await tributary(['help', 'train'])).stdout).toBe((await tributary(['train', '--help'])).stdout)
  expectRefusal(await tributary(['help', 'sasrek']), ["did you mean 'sasrec'"])
})

test('models --json lists every model with its options', async () => {
  const { models } = await tributaryJson<{ models: { name: string; options: { name: string; default: unknown }[] }[] }>(
    ['models'],
    folder,
  )
  expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining(['popularity', 'item-knn', 'sasrec']))
  const sasrec = models.find(({ name }) => name === 'sasrec')!
  expect(sasrec.options).toContainEqual(expect.objectContaining({ name: 'width', default: 64 }))
})

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect((await tributary(['--version'])).stdout).toBe(`${version}\n`)
})

test.each([
  { args: ['trian'], parts: ["'trian'", 'train'] },
  { args: ['models', '--jsn'], parts: ["'--jsn'", '--json'] },
  { args: ['describe'], parts: ["'dataset'", 'describe --help'] },
  { args: ['train', 'sasrec', 'shop'], parts: ['--out', 'train --help'] },
  { args: ['train', 'sasrec', 'shop', '--out', 'x', '--seed', 'one'], parts: ['--seed', "'one'", 'whole number'] },
  { args: ['describe', 'a', 'b'], parts: ['arguments'] },
])('a usage error is one sentence and exit code 1: $args', async ({ args, parts }) => {
  expectRefusal(await tributary(args), parts)
})

test('in a checkout, hints are commands of a checkout', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const shell = (command: string) => execFileSync('bash', ['-c', command], { cwd: root, encoding: 'utf8' })
  const hint = shell('npm run --silent tributary -- models').match(/^the options of one: (.*)$/m)![1]
  expect(shell(hint.replace('MODEL', 'sasrec'))).toMatch(/^sasrec: /)
})

test('a reader that has seen enough is no failure', () => {
  const shell = `set -o pipefail; "$0" "$1" help sasrec | true; exit \${PIPESTATUS[0]}`
  const { status, stderr } = spawnSync('bash', ['-c', shell, process.execPath, MAIN], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
