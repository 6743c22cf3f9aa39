// Figures of the house, to be held against those of another commit: loose files, rooms, arrows, floors, circles, the longest functions, marks
// that assert nothing, branches on a model's task, options that are declared more than once.
// Usage: tsx scripts/house-figures.ts [root of a repository]
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/\.(wasm|contract)\.ts$/.test(file))
  .sort()
const texts = new Map(files.map((file) => [file, readFileSync(join(src, file), 'utf8')]))

/** A folder of src/ is a room, and so is each file directly in it, as nothing else says where that belongs. */
const roomOf = (file: string) => file.split('/')[0]

const arrows = new Map<string, Set<string>>()
for (const [file, text] of texts)
  for (const [, specifier] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    const to = normalize(join(dirname(file), specifier)).replaceAll('\\', '/')
    const [own, other] = [roomOf(file), roomOf(to)]
    if (own === other || !texts.has(to)) continue
    arrows.set(own, (arrows.get(own) ?? new Set()).add(other))
  }

/** The longest way down from a room, and whether it leads back to where it came from. */
const floors = new Map<string, number>()
let circles = 0
function floorOf(room: string, above: readonly string[]): number {
  if (above.includes(room)) {
    circles++
    return 0
  }
  const known = floors.get(room)
  if (known !== undefined) return known
  const below = [...(arrows.get(room) ?? [])].map((other) => floorOf(other, [...above, room]))
  const floor = 1 + Math.max(0, ...below)
  floors.set(room, floor)
  return floor
}
const rooms = new Set(files.map(roomOf))
const deepest = Math.max(...[...rooms].map((room) => floorOf(room, [])))

/** Functions by their length: from a line that begins one to the line that closes it at the same indent. */
const functions: { name: string; file: string; lines: number }[] = []
for (const [file, text] of texts) {
  const lines = text.split('\n')
  for (const [start, line] of lines.entries()) {
    const [, indent, name] = /^(\s*)(?:export )?(?:async )?function\*?\s+(\w+)/.exec(line) ?? []
    if (indent === undefined) continue
    const length = lines.slice(start + 1).indexOf(`${indent}}`)
    if (length >= 0) functions.push({ name, file, lines: length + 2 })
  }
}
functions.sort((a, b) => b.lines - a.lines)

const count = (pattern: RegExp) =>
  [...texts.values()].reduce((sum, text) => sum + [...text.matchAll(pattern)].length, 0)
const declared = new Map<string, number>()
for (const text of texts.values())
  for (const [, name] of text.matchAll(/^ {2,4}(\w+): z$|^ {2,4}(\w+): z\b/gm))
    declared.set(name, (declared.get(name) ?? 0) + 1)
const options = new Set([...declared.keys()])
/** Fields of interfaces whose name is that of an option. */
const retyped = [...texts].flatMap(([, text]) =>
  [...text.matchAll(/^export interface (\w*(?:Options|Config|Weights))\b[^{]*\{\n([\s\S]*?)^\}/gm)].flatMap(
    ([, , body]) => [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].filter(([, name]) => options.has(name)),
  ),
)

const figures: [string, string | number][] = [
  ['source files', files.length],
  ['lines', [...texts.values()].reduce((sum, text) => sum + text.split('\n').length - 1, 0)],
  ['loose files in src/', files.filter((file) => !file.includes('/')).length],
  ['rooms', rooms.size],
  ['arrows between rooms', [...arrows.values()].reduce((sum, { size }) => sum + size, 0)],
  ['deepest stair, floors', deepest],
  ['ways that lead back up', circles],
  ['functions over 60 lines', functions.filter(({ lines }) => lines > 60).length],
  ...functions.slice(0, 5).map(({ name, file, lines }): [string, string] => [`longest: ${name}`, `${lines} (${file})`]),
  ["marks behind an index, ']!'", count(/\]!/g)],
  [
    'places that branch on a task',
    count(/\btask (?:===|!==) '|\.task\b.*\?|case '(?:ranking|ctr|rating|policy)'|ranksItems\(/g),
  ],
  ["places that tell protocols apart by 'candidates' in", count(/'candidates' in/g)],
  ['option fields typed a second time', retyped.length],
  ['optimizer.begin() by hand', count(/optimizer\.begin\(\)|\.begin\(\)$/gm)],
  ['gradients found by counting', count(/gradient\(\d|gradient\$\{i\}/g)],
]
for (const [what, figure] of figures) console.log(`${what.padEnd(54)} ${figure}`)
