// Checks that imports point one way (see LAYERS), that no two files of src/ need each other at run time, and that every model
// and policy has its docs page and its line in the registry. Prints one line a violation; exit code 1 when there is any.
// Usage: tsx scripts/check-imports.ts [root of the repository]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What each part of src/ may import besides itself. `flows` are the files directly in src/: train, evaluate, recommend, …. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  tensor: ['core'],
  nn: ['core', 'tensor'],
  data: ['core'],
  metrics: ['core'],
  sequential: ['core', 'tensor', 'nn', 'data'],
  'cross-domain': ['core', 'tensor', 'nn', 'data'],
  models: ['core', 'tensor', 'nn', 'data', 'sequential', 'cross-domain', 'rl'],
  rl: ['core', 'tensor', 'nn'],
  policies: ['core', 'tensor', 'nn', 'data', 'rl'],
  registry: ['core', 'data', 'metrics', 'models', 'rl', 'policies'],
  flows: ['core', 'tensor', 'data', 'metrics', 'rl', 'registry'],
  server: ['core', 'data', 'metrics', 'registry', 'flows'],
  cli: ['core', 'data', 'metrics', 'rl', 'registry', 'flows', 'server'],
  index: ['core', 'tensor', 'nn', 'data', 'metrics', 'models', 'rl', 'policies', 'registry', 'flows', 'server'],
}

/** Folders of flows that outgrew one file. */
const FLOW_FOLDERS: readonly string[] = ['report']

/** Models that wrap another one and so import it. All others stand alone: a paper is a file. */
const WRAPPERS: Readonly<Record<string, readonly string[]>> = {}

export interface Violation {
  /** From the root of the repository. */
  readonly file: string
  readonly line: number
  readonly message: string
}

interface Import {
  /** Source files from src/, with `/`. */
  readonly from: string
  readonly to: string
  readonly line: number
  /** Gone at run time. */
  readonly typeOnly: boolean
}

/** All violations in the repository at `root`, in the order of files and lines. */
export function checkImports(root: string): Violation[] {
  const src = join(root, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
  const imports = files.flatMap((file) => importsOf(src, file))
  const violations = [
    ...imports.flatMap(directionOf),
    ...cyclesIn(imports.filter(({ typeOnly }) => !typeOnly)),
    ...['models', 'policies'].flatMap((layer) => incompleteIn(root, layer, files)),
  ]
  return violations.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}

const STATEMENT = /^(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g

function importsOf(src: string, file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  const found: { at: number; specifier: string; typeOnly: boolean }[] = []
  for (const match of text.matchAll(STATEMENT)) {
    const [, clause = '', specifier = match[3]] = match
    found.push({ at: match.index + match[0].length, specifier, typeOnly: isTypeOnly(clause) })
  }
  for (const match of text.matchAll(DYNAMIC))
    found.push({ at: match.index + match[0].length, specifier: match[1], typeOnly: false })
  return found
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ at, specifier, typeOnly }) => ({
      from: file,
      to: relative(src, resolve(src, dirname(file), specifier)).replaceAll('\\', '/'),
      line: text.slice(0, at).split('\n').length,
      typeOnly,
    }))
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]?.split(',') ?? ['']
  return (
    names.every((name) => name.trim() === '' || /^\s*type\s/.test(name)) && names.some((name) => name.trim() !== '')
  )
}

/** `models/sasrec.ts` → models; `registry.ts` → registry; `train.ts` → flows. */
function layerOf(file: string): string {
  const [first, ...rest] = file.split('/')
  if (rest.length > 0) return FLOW_FOLDERS.includes(first) ? 'flows' : first
  return first === 'registry.ts' || first === 'index.ts' ? first.slice(0, -'.ts'.length) : 'flows'
}

/** The implementation that a file belongs to: `models/syncrec/gates.ts` and `models/syncrec.ts` → syncrec. */
function implementationOf(file: string): string {
  return file.split('/')[1].replace(/\.ts$/, '')
}

function directionOf({ from, to, line }: Import): Violation[] {
  const violation = (message: string): Violation[] => [{ file: `src/${from}`, line, message }]
  if (to.startsWith('..')) return violation(`imports ${to.replace(/^(\.\.\/)+/, '')}, which is outside src`)
  const [own, other] = [layerOf(from), layerOf(to)]
  if (own === other) {
    if (own !== 'models' && own !== 'policies') return []
    const [importer, imported] = [implementationOf(from), implementationOf(to)]
    if (importer === imported || importer === 'index' || WRAPPERS[importer]?.includes(imported)) return []
    return violation(
      `${importer} imports ${imported}, but ${own} stand alone; share code through nn, data or sequential`,
    )
  }
  const allowed = LAYERS[own]
  if (allowed === undefined) return violation(`src/${own} is in no layer; add it to LAYERS of scripts/check-imports.ts`)
  if (allowed.includes(other)) return []
  const list = allowed.length === 0 ? 'nothing' : allowed.join(', ')
  return violation(`${own} imports ${other} (src/${to}), but may import only ${list}`)
}

/** One violation for each import that closes a circle, found by depth-first search. */
function cyclesIn(imports: readonly Import[]): Violation[] {
  const byFile = new Map<string, Import[]>()
  for (const one of imports) byFile.set(one.from, [...(byFile.get(one.from) ?? []), one])
  const violations: Violation[] = []
  const finished = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    path.push(file)
    for (const { from, to, line } of byFile.get(file) ?? []) {
      const start = path.indexOf(to)
      if (start >= 0) {
        const circle = [...path.slice(start), to].join(' → ')
        violations.push({ file: `src/${from}`, line, message: `closes a circle of imports: ${circle}` })
      } else if (!finished.has(to)) visit(to)
    }
    path.pop()
    finished.add(file)
  }
  for (const file of byFile.keys()) if (!finished.has(file)) visit(file)
  return violations
}

/** Models and policies without a docs page or a line in the registry. */
function incompleteIn(root: string, layer: string, files: readonly string[]): Violation[] {
  const own = files.filter((file) => layerOf(file) === layer && file !== `${layer}/index.ts`)
  const registry = join(root, 'src', 'registry.ts')
  const registered = existsSync(registry) ? readFileSync(registry, 'utf8') : ''
  return [...new Set(own.map(implementationOf))].flatMap((name) => {
    const file = `src/${own.find((candidate) => implementationOf(candidate) === name)}`
    const violations: Violation[] = []
    if (!existsSync(join(root, 'docs', layer, `${name}.md`)))
      violations.push({ file, line: 1, message: `${name} has no docs page; write docs/${layer}/${name}.md` })
    if (!new RegExp(`from '\\./${layer}/${name}(/index)?\\.ts'`).test(registered))
      violations.push({ file, line: 1, message: `${name} has no line in src/registry.ts` })
    return violations
  })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..')
  const violations = checkImports(root)
  for (const { file, line, message } of violations) console.log(`${file}:${line}: ${message}`)
  if (violations.length > 0) process.exitCode = 1
}
