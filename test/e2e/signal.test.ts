import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('./slow-server.ts', import.meta.url))

describe.skipIf(process.platform === 'win32')('a server that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('answers what is in flight and ends with 0: %s', async (signal) => {
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const url = (await lines.next()).value as string
    const answer = fetch(`${url}/v1/recommendations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ domain: 'a', user: 'ann' }),
    })
    expect((await lines.next()).value).toBe('asked')
    child.kill(signal)
    expect((await answer).status).toBe(200)
    expect((await lines.next()).value).toBe('closed')
    expect(await exited).toEqual([0, null])
  })

  it('ends at once at the second signal', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const url = (await lines.next()).value as string
    const answer = fetch(`${url}/v1/recommendations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ domain: 'a', user: 'ann' }),
    }).catch((error: unknown) => error)
    expect((await lines.next()).value).toBe('asked')
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill('SIGINT')
    expect(await exited).toEqual([null, 'SIGINT'])
    expect(await answer).toBeInstanceOf(Error)
  })
})
