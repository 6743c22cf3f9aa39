import { expect, test } from 'vitest'
import { timeLeft } from './time-left.ts'

let time = 0
const seconds = (s: number) => {
  time += s * 1000
}
const left = (...kinds: string[]) =>
  timeLeft(
    kinds.map((kind) => ({ kind })),
    'trainings',
    () => time,
  )

test('nothing is said before there is something to go by', () => {
  const work = left('a', 'b')
  expect(work.toString()).toBe('')
  work.begin()
  seconds(60)
  expect(work.toString()).toBe('')
  work.reached(0.01)
  expect(work.toString()).toBe('')
})

test('at most what the first job would take at its rate, for all jobs', () => {
  const work = left('a', 'b', 'a')
  work.begin()
  work.reached(0.01)
  seconds(9)
  work.reached(0.1)
  // 90 s of the first, and 99 s for each of two that may be as long.
  expect(work.toString()).toBe('at most 4 min 48 s left of 3 trainings')
})

test('what goes before the first of the work, or was done by an earlier run, says nothing of how fast it is', () => {
  const work = left('a', 'a')
  work.begin()
  work.reached(0)
  seconds(1000)
  work.reached(0.5)
  expect(work.toString()).toBe('')
  seconds(10)
  work.reached(0.6)
  // 40 s of this one; the next is prepared, too.
  expect(work.toString()).toBe('at most 18 min 10 s left of 2 trainings')
})

test('what a kind took is what it will take', () => {
  const work = left('slow', 'fast', 'slow', 'fast')
  work.begin()
  seconds(100)
  work.end()
  work.begin()
  seconds(10)
  work.end()
  work.begin()
  seconds(40)
  work.reached(0.01)
  expect(work.toString()).toBe('about 1 min 10 s left of 4 trainings')
  seconds(100)
  expect(work.toString()).toBe('about 10 s left of 4 trainings')
})

test('a job that was done before tells nothing of how long one takes', () => {
  const work = left('a', 'a')
  work.begin()
  work.end(true)
  work.begin()
  expect(work.toString()).toBe('')
  work.reached(0.1)
  seconds(10)
  work.reached(0.6)
  expect(work.toString()).toBe('at most 8 s left of 2 trainings')
})

test('one job needs no count', () => {
  const work = left('a')
  work.begin()
  work.reached(0.1)
  seconds(10)
  work.reached(0.6)
  expect(work.toString()).toBe('at most 8 s left')
})
