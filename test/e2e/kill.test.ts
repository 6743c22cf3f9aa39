import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRun, openRun, openRunToWrite } from '../../src/runs/run.ts'
import { versions } from '../../src/runs/versions.ts'

const writer = fileURLToPath(new URL('./checkpoint-writer.ts', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-kill-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function start(run: string): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', writer, run], { stdio: ['ignore', 'pipe', 'inherit'] })
}

it('a process killed -9 at any moment leaves a whole checkpoint and each epoch once in the metrics', async () => {
  const path = join(folder, 'run')
  const created = await createRun(path, {
    format: 1,
    model: 'none',
    task: 'ranking',
    config: {},
    dataset: { name: 'none', path: 'none', hash: 'none' },
    split: 'none',
    seed: 0,
    threads: 1,
    versions: await versions(),
    status: 'training',
  })
  await created.release()
  let previous = 0
  let leftovers = 0
  // At least eight kills, and more until one has fallen into a write: on a busy machine the writer may be waiting for its turn.
  for (let kill = 0; kill < 8 || (leftovers === 0 && kill < 60); kill++) {
    const child = start(path)
    await once(child.stdout!, 'data')
    // A write takes a few milliseconds; these delays fall on different moments of it.
    await new Promise((resolve) => setTimeout(resolve, 40 + 17 * (kill % 8)))
    child.kill('SIGKILL')
    await once(child, 'exit')

    leftovers += (await readdir(path)).filter((name) => name.endsWith('.unfinished')).length
    // The lock of the dead process is taken over.
    const run = await openRunToWrite(path)
    const checkpoint = (await run.loadCheckpoint())!
    expect(checkpoint.epoch).toBeGreaterThan(previous)
    expect(checkpoint.state).toEqual({ epoch: checkpoint.epoch })
    for (const { data } of checkpoint.tensors.values()) expect(data.every((x) => x === checkpoint.epoch)).toBe(true)
    const epochs = (await run.readMetrics()).map(({ epoch }) => epoch)
    expect(epochs).toEqual(Array.from({ length: checkpoint.epoch }, (_, index) => index + 1))
    await run.release()
    // The checkpoint before is missing where it has just become the last one again.
    const names = (await readdir(path)).filter((name) => name !== 'optimizer.previous.safetensors').sort()
    expect(names).toEqual(['manifest.json', 'metrics.jsonl', 'optimizer.safetensors'])
    previous = checkpoint.epoch
  }
  // Otherwise no kill fell into a write, and the test has shown nothing.
  expect(leftovers).toBeGreaterThan(0)
})

it.skipIf(process.platform === 'win32')('a full disk is one sentence, and the previous checkpoint stays', async () => {
  const path = join(folder, 'run')
  const before = (await (await openRun(path)).loadCheckpoint())!.epoch
  // The largest file that the process may write is smaller than a checkpoint: the system's answer to its write is an error.
  const child = spawn('bash', ['-c', `ulimit -f 200; exec "$0" --import tsx "$1" "$2"`, process.execPath, writer, path])
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  await once(child, 'close')
  expect(errors).toContain("code: 'disk-full'")
  expect(errors).toMatch(/cannot write .*optimizer\.safetensors: the file is larger than the system allows/)
  expect((await readdir(path)).filter((name) => name.endsWith('.unfinished'))).toEqual([])
  expect((await (await openRun(path)).loadCheckpoint())!.epoch).toBe(before)
})
