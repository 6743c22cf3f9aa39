import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { eventsOf, Stream } from './stream.ts'

test('a listener hears what it asked for, from now on', async () => {
  const stream = new Stream()
  stream.tell('runs', { before: true })
  const gone = new AbortController()
  const reader = eventsOf(stream, new Set(['runs']), gone.signal).getReader()
  const read = async () => new TextDecoder().decode((await reader.read()).value)
  expect(await read()).toBe(': listening\n\n')
  expect([stream.isHeard('runs'), stream.isHeard('traffic')]).toEqual([true, false])
  stream.tell('traffic', { requests: 1 })
  stream.tell('runs', { text: 'two\nlines' })
  expect(await read()).toBe('event: runs\ndata: {"text":"two\\nlines"}\n\n')
  gone.abort()
  expect(await reader.read()).toMatchObject({ done: true })
  expect(stream.isHeard('runs')).toBe(false)
})

test('a listener who does not read is let go, and costs no memory', async () => {
  const stream = new Stream()
  const reader = eventsOf(stream, undefined, new AbortController().signal).getReader()
  for (let i = 0; i < 10_000; i++) stream.tell('runs', { i })
  expect(stream.isHeard('runs')).toBe(false)
  let count = 0
  while (!(await reader.read()).done) count++
  expect(count).toBeLessThan(300)
})

test('a listener who has gone is forgotten', async () => {
  const stream = new Stream()
  await eventsOf(stream, undefined, new AbortController().signal).cancel()
  expect(stream.isHeard('runs')).toBe(false)
})

test('what is told to somebody alone is found out while somebody listens', () => {
  const stream = new Stream()
  let now = 'rests'
  stream.whileHeard('traffic', () => {
    now = 'works'
    return () => {
      now = 'rests'
    }
  })
  stream.listen(() => {}, new Set(['runs']))
  expect(now).toBe('rests')
  const [leave, leaveToo] = [undefined, new Set(['traffic'])].map((types) => stream.listen(() => {}, types))
  expect(now).toBe('works')
  leave()
  expect(now).toBe('works')
  leaveToo()
  leaveToo()
  expect(now).toBe('rests')
})

test('keeps nothing of listeners that have gone', async () => {
  const stream = new Stream()
  for (let n = 0; n < 20; n++) await eventsOf(stream, undefined, new AbortController().signal).cancel()
  expect(getEventListeners(stream.ended, 'abort')).toEqual([])
})
