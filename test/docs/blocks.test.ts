import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, describe, expect, it, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { createProgram } from '../../src/cli/program.ts'
import { parseEntries } from '../../src/cli/terminal/entries.ts'
import { parseAssignments, parseConfig } from '../../src/core/index.ts'
import { addPlugin, findModel } from '../../src/registry.ts'
import { commandsIn, tributaryArguments } from './commands.ts'
import { type Block, PAGES, type Page, readPage, root } from './pages.ts'

// Stands for the plug-in of the pages' examples.
addPlugin({ models: [{ ...findModel('random'), name: 'successor' }] })

const pages: readonly Page[] = PAGES.map(readPage)
const blocksIn = (language: string): readonly Block[] =>
  pages.flatMap(({ blocks }) => blocks.filter((block) => block.language === language))

/** Entries of the package by the folder of src/ that each exports. */
const subpaths = new Map(
  Object.entries(packageJson.exports).map(([subpath, { default: file }]) => [
    file.replace('./dist/', '').replace(/\/?index\.js$/, ''),
    subpath.slice(1),
  ]),
)

describe('TypeScript', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-blocks-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noUnusedLocals: false, typeRoots: [join(root, 'node_modules/@types')] },
      include: ['**/*.ts'],
      exclude: ['node_modules'],
    }),
  )

  /** A module of its own: what the page's reader is told to have, then the block as it stands. */
  function write({ place, given, text, file: name = `${place.replaceAll(/[/:]/g, '-')}.ts` }: Block): string {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    // Blocks that belong in this repository name its folders; those are entries of the package, too.
    const inPackage = (folder: string) => `'tributary-rec${subpaths.get(folder) ?? `/${folder}`}'`
    writeFileSync(
      file,
      `${given}${text}\nexport {}\n`.replaceAll(/'(?:\.\.\/)+([\w/-]+)\/index\.ts'/g, (_, folder) => inPackage(folder)),
    )
    return file
  }

  function typeErrors(): string {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    return spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
      .stdout
  }

  test('every block has the right types', () => {
    const blocks = blocksIn('ts')
    expect(blocks.length).toBeGreaterThan(10)
    blocks.forEach(write)
    expect(typeErrors()).toBe('')
    const wrong = write({
      place: 'wrong',
      language: 'ts',
      given: '',
      file: undefined,
      text: "import { compiel } from 'tributary-rec/tensor'",
    })
    expect(typeErrors()).toContain("'compiel'")
    rmSync(wrong)
  })

  it('runs the block of the engine', () => {
    const [block] = readPage('docs/engine.md').blocks.filter(({ language }) => language === 'ts')
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
    const printed = execFileSync(process.execPath, [tsx, write(block)], {
      env: { ...process.env, TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json') },
      encoding: 'utf8',
    })
    expect(printed).toBe('0.125\n')
  })
})

test.each(blocksIn('json'))('the JSON at $place is JSON', ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow()
})

describe('the command line', () => {
  /** Parses without doing: every command keeps its arguments and options, none of its actions. */
  function dryRun(args: readonly string[]): void {
    const program = createProgram('0')
    for (const command of commandsOf(program))
      if (command.commands.length === 0) command.action(() => check(command)).configureOutput({ writeErr() {} })
    program.configureOutput({ writeOut() {}, writeErr() {} })
    program.parse(args, { from: 'user' })
  }

  /** Of a program, those of commands such as `keys` among them. */
  function commandsOf(command: Command): readonly Command[] {
    return command.commands.flatMap((one) => [one, ...commandsOf(one)])
  }

  /** Models and their options, which the commands look up themselves. */
  function check(command: Command): void {
    const [model] = command.args
    const { set } = command.opts<{ set?: readonly string[] }>()
    if (command.name() === 'compare') parseEntries(model)
    if (command.name() === 'train') parseConfig(findModel(model), parseAssignments(set ?? []))
  }

  const scripts = ['sh', 'bash'].flatMap(blocksIn).flatMap(commandsIn)
  const ours = scripts.flatMap(({ place, words }) => {
    const args = tributaryArguments(words)
    return args === undefined ? [] : [{ place, args }]
  })

  test.each(ours)('knows: $place', ({ args }) => {
    expect(() => dryRun(args)).not.toThrow()
  })

  it.each([
    'tributary trian sasrec datasets/shop --out runs/a',
    'tributary train sasrec datasets/shop --otu runs/a',
    'tributary train sasrek datasets/shop --out runs/a',
    'tributary train sasrec datasets/shop --out runs/a --set widht=32',
    'tributary compare sasrec,sasrec:layrs=1 datasets/shop --out runs/a',
    'tributary evaluate',
  ])('is red for %s', (line) => {
    const { words } = commandsIn({ place: '', text: line })[0]
    expect(() => dryRun(tributaryArguments(words)!)).toThrow()
  })

  test.each(scripts.filter(({ words: [first] }) => first === 'npm' || first === 'npx'))(
    'has the script or file: $place',
    ({ words: [first, second, third] }) => {
      if (first === 'npm' && second === 'run') expect(Object.keys(packageJson.scripts)).toContain(third)
      if (first === 'npx' && second === 'tsx') expect(existsSync(join(root, third)), third).toBe(true)
    },
  )

  // Usage lines (`tributary serve RUN... [--port n]`) and options within sentences.
  const flags = new Set(commandsOf(createProgram('0')).flatMap(({ options }) => options.map(({ long }) => long)))
  /** Pages of other programs' options: scripts of this repository, and a diary. */
  const others = new Set(['CONTRIBUTING.md', 'docs/reproduce.md', 'docs/log.md', 'docs/installing.md'])
  test.each(PAGES.filter((page) => !others.has(page) && !page.startsWith('docs/results/')))(
    'has every option that %s names',
    (page) => {
      const { codes, blocks } = readPage(page)
      const usage = blocks.filter(({ language, text }) => language === '' && text.startsWith('tributary '))
      const unknown = [...codes.filter(({ text }) => /^(--|tributary )/.test(text)), ...usage].flatMap(
        ({ place, text }) =>
          (text.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [])
            .filter((flag) => !known(flag))
            .map((flag) => `${place} ${flag}`),
      )
      expect(unknown).toEqual([])
    },
  )

  function known(flag: string): boolean {
    return flags.has(flag) || flags.has(flag.replace(/^--/, '--no-')) || ['--help', '--version'].includes(flag)
  }
})
