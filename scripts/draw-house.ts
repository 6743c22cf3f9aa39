// Draws the rooms of src/ and the imports between them, as they are in the code: docs/architecture.svg, and the tables of rooms in
// docs/architecture.md and CONTRIBUTING.md. A test holds the files to the code.
// Usage: tsx scripts/draw-house.ts [--check]
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsIn, roomOf } from './check-imports.ts'
import { ROOMS } from './rooms.ts'

interface Drawn {
  readonly path: string
  /** Rooms it really imports. */
  readonly imports: readonly string[]
  /** Longest way down to a room that imports nothing. */
  readonly floor: number
}

/** The rooms as the code has them, in the order of ROOMS. */
export function houseOf(root: string): Drawn[] {
  const imports = new Map(ROOMS.map(({ path }) => [path, new Set<string>()]))
  for (const { from, to } of importsIn(root)) {
    const [own, other] = [roomOf(from), roomOf(to)]
    if (own !== undefined && other !== undefined && own !== other) imports.get(own.path)!.add(other.path)
  }
  const floors = new Map<string, number>()
  // Rooms stand below whatever imports them in ROOMS, so that one pass finds the floors.
  return ROOMS.map(({ path }) => {
    const below = ROOMS.map((room) => room.path).filter((other) => imports.get(path)!.has(other))
    const floor = Math.max(0, ...below.map((other) => (floors.get(other) ?? 0) + 1))
    floors.set(path, floor)
    return { path, imports: below, floor }
  })
}

/** The imports that do not follow from others: a → c goes without saying where a → b → c. */
function tellingImports(house: readonly Drawn[]): [Drawn, Drawn][] {
  const byPath = new Map(house.map((room) => [room.path, room]))
  const reach = new Map<string, Set<string>>()
  for (const { path, imports } of house)
    reach.set(path, new Set(imports.flatMap((other) => [other, ...(reach.get(other) ?? [])])))
  return house.flatMap((room) =>
    room.imports
      .filter((to) => !room.imports.some((between) => between !== to && reach.get(between)!.has(to)))
      .map((to): [Drawn, Drawn] => [room, byPath.get(to)!]),
  )
}

const [WIDTH, HEIGHT, GAP, RISE, MARGIN] = [172, 30, 14, 40, 16]

/** The picture: a floor a row, the ground at the bottom, an arrow from each room down to what it imports. */
export function pictureOf(house: readonly Drawn[]): string {
  const floors = Math.max(...house.map(({ floor }) => floor)) + 1
  const rows = Array.from({ length: floors }, (_, floor) => house.filter((room) => room.floor === floor))
  const width = 2 * MARGIN + Math.max(...rows.map(({ length }) => length)) * (WIDTH + GAP) - GAP
  const height = 2 * MARGIN + floors * (HEIGHT + RISE) - RISE
  const place = new Map<string, { x: number; y: number }>()
  for (const [floor, row] of rows.entries()) {
    const left = (width - row.length * (WIDTH + GAP) + GAP) / 2
    const y = height - MARGIN - HEIGHT - floor * (HEIGHT + RISE)
    for (const [i, { path }] of row.entries()) place.set(path, { x: left + i * (WIDTH + GAP), y })
  }
  const arrows = tellingImports(house).map(([from, to]) => {
    const [a, b] = [place.get(from.path)!, place.get(to.path)!]
    const [x1, y1, x2, y2] = [a.x + WIDTH / 2, a.y + HEIGHT, b.x + WIDTH / 2, b.y]
    const bend = (y1 + y2) / 2
    return `<path d="M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2 - 3}" marker-end="url(#tip)"><title>${from.path} imports ${to.path}</title></path>`
  })
  const boxes = house.map(({ path }) => {
    const { x, y } = place.get(path)!
    return `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="5"/><text x="${x + WIDTH / 2}" y="${y + 19}">${path}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img" aria-label="The folders of src and what each imports">`,
    '<style>svg{color:#1b1f24}rect{fill:#f6f8fa;stroke:#8c959f}path{fill:none;stroke:#8c959f;stroke-opacity:.75}text{font-size:11.5px;text-anchor:middle;fill:#1b1f24}@media (prefers-color-scheme:dark){rect{fill:#161b22;stroke:#6e7681}text{fill:#e6edf3}}</style>',
    '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" style="fill:#8c959f;stroke:none"/></marker></defs>',
    ...arrows,
    ...boxes,
    '</svg>\n',
  ].join('\n')
}

/** One row a room, from the ground up. */
export function tableOfRooms(): string {
  const list = (imports: readonly string[]) => imports.map((path) => `\`${path}\``).join(', ')
  return [
    '| in `src/` | holds | may import |',
    '|---|---|---|',
    ...ROOMS.map(
      ({ path, holds, imports }) => `| \`${path}\` | ${holds} | ${imports.length === 0 ? 'nothing' : list(imports)} |`,
    ),
  ].join('\n')
}

const [BEGIN, END] = ['<!-- rooms: written by scripts/draw-house.ts -->', '<!-- end of rooms -->']

/** What each file must hold. */
export function drawings(root: string): Map<string, string> {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))]
  return new Map([
    ['docs/architecture.svg', pictureOf(houseOf(root))],
    ['docs/architecture.md', `${before}${BEGIN}\n${tableOfRooms()}\n${rest}`],
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  for (const [file, text] of drawings(root)) {
    if (!process.argv.includes('--check')) writeFileSync(join(root, file), text)
    else if (readFileSync(join(root, file), 'utf8') !== text) {
      console.log(`${file} is not what the code says; run npx tsx scripts/draw-house.ts`)
      process.exitCode = 1
    }
  }
}
