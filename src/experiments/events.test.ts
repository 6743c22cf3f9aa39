import { describe, expect, it } from 'vitest'
import { outcomeOf, retold, toldBy } from './events.ts'

async function* counting(closed: () => void): AsyncGenerator<number, string> {
  try {
    yield 1
    yield 2
    return 'counted'
  } finally {
    closed()
  }
}

describe('the outcome of a generator', () => {
  it('comes after its events, each shown', async () => {
    const shown: number[] = []
    expect(
      await outcomeOf(
        counting(() => {}),
        (event) => shown.push(event),
      ),
    ).toBe('counted')
    expect(shown).toEqual([1, 2])
    expect(
      await outcomeOf(
        retold(
          counting(() => {}),
          String,
        ),
      ),
    ).toBe('counted')
  })

  it('is none where who listens fails, and the work ends', async () => {
    let closed = false
    const failing = outcomeOf(
      counting(() => {
        closed = true
      }),
      () => {
        throw new Error('no room on the screen')
      },
    )
    await expect(failing).rejects.toThrow('no room on the screen')
    expect(closed).toBe(true)
  })
})

describe('work that calls back', () => {
  it('gives who comes late its last event, and its result', async () => {
    let ended = () => {}
    const over = new Promise<void>((resolve) => {
      ended = resolve
    })
    const work = toldBy<number, string>(async (tell) => {
      tell(1)
      await new Promise(setImmediate)
      tell(2)
      tell(3)
      setImmediate(ended)
      return 'ready'
    })
    expect(await work.next()).toEqual({ done: false, value: 1 })
    await over
    expect(await work.next()).toEqual({ done: false, value: 3 })
    expect(await work.next()).toEqual({ done: true, value: 'ready' })
  })

  it('fails as the work does', async () => {
    const work = toldBy<number, void>(async (tell) => {
      tell(1)
      throw new Error('damaged')
    })
    await expect(outcomeOf(work)).rejects.toThrow('damaged')
  })

  it('stops when nobody asks for more, and when its signal says so', async () => {
    const waiting = (signal?: AbortSignal) => {
      const state = { stopped: false }
      const work = toldBy<number, void>(async (tell, stop) => {
        tell(1)
        await new Promise((resolve) => stop.addEventListener('abort', resolve))
        state.stopped = true
      }, signal)
      return { work, state }
    }
    const left = waiting()
    for await (const event of left.work) {
      expect(event).toBe(1)
      break
    }
    expect(left.state.stopped).toBe(true)
    const stop = new AbortController()
    const stopped = waiting(stop.signal)
    await outcomeOf(stopped.work, () => stop.abort())
    expect(stopped.state.stopped).toBe(true)
  })
})
