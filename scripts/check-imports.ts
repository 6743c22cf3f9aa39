// Checks that imports point one way (see rooms.ts), that no two files of src/ need each other at run time, and that every model
// and policy has its docs page, its contract beside it and its line in the list. Prints one line a violation; exit code 1 when there is any.
// Usage: tsx scripts/check-imports.ts [root of the repository]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOMS, type Room } from './rooms.ts'

export interface Violation {
  /** From the root of the repository. */
  readonly file: string
  readonly line: number
  readonly message: string
}

export interface Import {
  /** Source files from src/, with `/`. */
  readonly from: string
  readonly to: string
  readonly line: number
  /** Gone at run time. */
  readonly typeOnly: boolean
}

/** All violations in the repository at `root`, in the order of files and lines. */
export function checkImports(root: string): Violation[] {
  const files = sourceFiles(root)
  const imports = importsIn(root)
  const violations = [
    ...files.flatMap(strayIn),
    ...imports.flatMap(directionOf),
    ...cyclesIn(imports.filter(({ typeOnly }) => !typeOnly)),
    ...['models', 'policies'].flatMap((layer) => incompleteIn(root, layer, files)),
  ]
  return violations.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}

/** The source files of the repository, from src/, without tests. */
export function sourceFiles(root: string): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(file))
    .sort()
}

/** All imports between source files. */
export function importsIn(root: string): Import[] {
  return sourceFiles(root).flatMap((file) => importsOf(join(root, 'src'), file))
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

/** The room that a file of src/ lies in: of `data/readers/csv.ts` it is `data/readers`, of `registry.ts` itself. */
export function roomOf(file: string): Room | undefined {
  const around = ROOMS.filter(({ path }) => file === path || file.startsWith(`${path}/`))
  return around.reduce<Room | undefined>(
    (inner, room) => (inner === undefined || room.path.length > inner.path.length ? room : inner),
    undefined,
  )
}

/** Where a file stands that is in no room. */
function strayIn(file: string): Violation[] {
  if (roomOf(file) !== undefined) return []
  return [{ file: `src/${file}`, line: 1, message: `src/${file} is in no room; add one to scripts/rooms.ts` }]
}

/**
 * The implementation that a file belongs to: `models/sequence/syncrec/gates.ts` and `models/sequence/syncrec.ts` → syncrec. Models lie in
 * a folder a kind, policies do not.
 */
function implementationOf(file: string): string {
  const parts = file.split('/')
  return parts[parts[0] === 'models' ? Math.min(2, parts.length - 1) : 1].replace(/\.ts$/, '')
}

function directionOf({ from, to, line }: Import): Violation[] {
  const violation = (message: string): Violation[] => [{ file: `src/${from}`, line, message }]
  if (to.startsWith('..')) return violation(`imports ${to.replace(/^(\.\.\/)+/, '')}, which is outside src`)
  const [own, other] = [roomOf(from), roomOf(to)]
  if (own === undefined || other === undefined) return []
  if (own === other) {
    if (own.path !== 'models' && own.path !== 'policies') return []
    const [importer, imported] = [implementationOf(from), implementationOf(to)]
    if (importer === imported || importer === 'index') return []
    return violation(`${importer} imports ${imported}, but ${own.path} stand alone; share code through families`)
  }
  if (other.onlyFor?.some((file) => from === file || (file.endsWith('/') && from.startsWith(file))) === false)
    return violation(`imports ${other.path} (src/${to}), which only ${other.onlyFor.join(', ')} may`)
  if (own.imports.includes(other.path)) return []
  const list = own.imports.length === 0 ? 'nothing' : own.imports.join(', ')
  return violation(`${own.path} imports ${other.path} (src/${to}), but may import only ${list}`)
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

/** They stand beside the policies and are no models: the contract does not speak of them. */
const NO_MODELS = ['controls']

/** Models and policies without a docs page, a contract beside them, or a line in the list of their folder. */
function incompleteIn(root: string, layer: string, files: readonly string[]): Violation[] {
  const own = files.filter((file) => file.startsWith(`${layer}/`) && file !== `${layer}/index.ts`)
  const index = join(root, 'src', layer, 'index.ts')
  const listed = existsSync(index) ? readFileSync(index, 'utf8') : ''
  return [...new Set(own.map(implementationOf))].flatMap((name) => {
    const file = own.find((candidate) => implementationOf(candidate) === name)!
    const violations: Violation[] = []
    if (!existsSync(join(root, 'docs', layer, `${name}.md`)))
      violations.push({
        file: `src/${file}`,
        line: 1,
        message: `${name} has no docs page; write docs/${layer}/${name}.md`,
      })
    const contract = join(dirname(file), `${name}.contract.ts`).replaceAll('\\', '/')
    if (!NO_MODELS.includes(name) && !existsSync(join(root, 'src', contract)))
      violations.push({ file: `src/${file}`, line: 1, message: `${name} has no contract; write src/${contract}` })
    if (!new RegExp(`from '\\./([^/']+/)?${name}(/index)?\\.ts'`).test(listed))
      violations.push({ file: `src/${file}`, line: 1, message: `${name} has no line in src/${layer}/index.ts` })
    return violations
  })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..')
  const violations = checkImports(root)
  for (const { file, line, message } of violations) console.log(`${file}:${line}: ${message}`)
  if (violations.length > 0) process.exitCode = 1
}
