import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'

/** The built command line, as users run it. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A started process whose output can be waited for. */
export interface Running {
  readonly process: ChildProcess
  /** Resolves with the match once stderr or stdout has it; rejects when the process ends before. */
  seen(pattern: RegExp): Promise<RegExpMatchArray>
  readonly ended: Promise<Outcome>
}

const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `tributary ...args`; `shell` puts a shell command such as a `ulimit` before it, `node` is another Node to run it. */
export function start(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; shell?: string; node?: string } = {},
): Running {
  const { shell, node = process.execPath } = options
  const command = [MAIN, ...args]
  const [file, argv] = shell ? ['bash', ['-c', `${shell} && exec "$@"`, 'bash', node, ...command]] : [node, command]
  const child = spawn(file as string, argv as string[], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const look of waiting) look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const look of waiting) look()
  })
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, stdout, stderr })
    })
  })
  const seen = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = () => {
        const match = stderr.match(pattern) ?? stdout.match(pattern)
        if (match === null) return
        waiting.delete(look)
        resolve(match)
      }
      waiting.add(look)
      look()
      void ended.then(({ code }) => reject(new Error(`ended with ${code} before ${pattern}\n${stdout}\n${stderr}`)))
    })
  return { process: child, seen, ended }
}

export function tributary(args: readonly string[], options: Parameters<typeof start>[1] = {}): Promise<Outcome> {
  return start(args, options).ended
}

/** Runs a command that must succeed with `--json` and returns its object. */
export async function tributaryJson<T>(args: readonly string[], cwd: string): Promise<T> {
  const { code, stdout, stderr } = await tributary([...args, '--json'], { cwd })
  expect(stderr).not.toMatch(/^error/m)
  expect(code).toBe(0)
  expect(stdout.trim().split('\n')).toHaveLength(1)
  return JSON.parse(stdout) as T
}

/** A failure as users should meet it: exit code 1, nothing on stdout, one sentence with all of `parts`, no stack. */
export function expectRefusal({ code, stdout, stderr }: Outcome, parts: readonly (string | RegExp)[]): void {
  const lines = stderr.trim().split('\n')
  const error = lines.at(-1)!
  expect(error).toMatch(/^error: /)
  for (const part of parts) expect(error).toMatch(part)
  expect(stderr).not.toMatch(/^\s+at |defect/m)
  expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1)
  expect(stdout).toBe('')
  expect(code).toBe(1)
}

/** An empty folder that the end of the test file removes. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-e2e-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function writeText(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}
