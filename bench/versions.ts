// Two checkouts' own program of one bench, run in turn on the same cores: what a change of the house cost.
//   npx tsx bench/versions.ts OLD bench/a2c.ts NEW bench/a2c/a2c.ts seconds --size coat
// The field is of the JSON object on the program's last line; a path goes into it, as `sasrec@1.p50Ms`. Seconds of the processor are
// told beside it, which other work on the machine sways less.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROUNDS = 7

interface Measured {
  readonly value: number
  /** Seconds of all cores, user and system together. */
  readonly processor: number
}

function measure(root: string, program: string, field: string, args: readonly string[]): Measured {
  const times = join(tmpdir(), `versions-${process.pid}`)
  const { status, stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `TIMEFORMAT='%U %S'; { time "$@" 2>&3; } 3>&2 2>${times}`,
      'time',
      process.execPath,
      '--import',
      'tsx',
      program,
      ...args,
    ],
    { cwd: root, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${program} in ${root} ended with ${status}: ${stderr}`)
  const value = field
    .split('.')
    .reduce<unknown>(
      (object, key) => (object as Record<string, unknown> | undefined)?.[key],
      JSON.parse(stdout.trim().split('\n').at(-1)!),
    )
  if (typeof value !== 'number') throw new Error(`${program} in ${root} printed no ${field}`)
  const processor = readFileSync(times, 'utf8')
    .trim()
    .split(' ')
    .reduce((sum, seconds) => sum + Number(seconds), 0)
  rmSync(times)
  return { value, processor }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]

const [oldRoot, oldProgram, newRoot, newProgram, field, ...args] = process.argv.slice(2)
if (field === undefined) throw new Error('usage: tsx bench/versions.ts OLD PROGRAM NEW PROGRAM FIELD [ARGUMENTS]')
const wall: number[] = []
const processor: number[] = []
for (let round = 1; round <= ROUNDS; round++) {
  const before = measure(oldRoot, oldProgram, field, args)
  const after = measure(newRoot, newProgram, field, args)
  wall.push(after.value / before.value)
  processor.push(after.processor / before.processor)
  console.log(
    `round ${round}: ${field} ${before.value.toFixed(3)} → ${after.value.toFixed(3)}; processor ${before.processor.toFixed(1)} → ${after.processor.toFixed(1)} s`,
  )
}
console.log(`median ratio of ${field} ${median(wall).toFixed(3)}, of processor seconds ${median(processor).toFixed(3)}`)
