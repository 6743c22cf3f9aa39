import { parseHTML } from 'linkedom'
import { expect, it } from 'vitest'
import { draw } from '../draw.ts'
import {
  barChart,
  courseChart,
  curveChart,
  histogramChart,
  looksOf,
  matrixChart,
  parallelChart,
  rankChart,
  shareChart,
  shortened,
  sparkline,
  spreadChart,
  trafficChart,
  whiskerChart,
} from './index.ts'

const HOSTILE = `<img src=x onerror="alert('1')"> & co`
const SURROGATES = '\u{1f600}'.repeat(40)
const open = (svg: string) => parseHTML(svg).document
const time = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute))

const CHARTS = {
  curve: curveChart(
    [1, 2, 3].flatMap((x) => [
      { series: HOSTILE, x, value: x, low: x - 1, high: x + 1 },
      { series: 'b', x, value: 2 * x },
    ]),
    { series: ['other', HOSTILE, 'b'], label: 'loss', lines: [{ name: HOSTILE, value: 2 }], width: 860, tips: true },
  ),
  bar: barChart([{ place: HOSTILE, name: 'b', mean: 1, low: 0.5, high: 1.5 }], { label: 'ndcg@10', names: ['b'] }),
  share: shareChart([{ name: HOSTILE, shares: [0.2, 0.8] }], { parts: ['a', 'b'], label: 'share', says: 'shares' }),
  whisker: whiskerChart([{ place: HOSTILE, mean: 1, low: 0.5, high: 1.5, verdict: 'helped' }], {
    label: 'd',
    says: 'd',
  }),
  matrix: matrixChart([{ from: HOSTILE, to: 'b', value: -0.25 }], { label: 'who gives', names: [HOSTILE, 'b'] }),
  parallel: parallelChart([{ name: HOSTILE, values: { width: 64, loss: 'bce', metric: 0.1 } }], {
    axes: [{ name: 'width', logarithmic: true }, { name: 'loss' }, { name: 'metric' }],
    label: 'options and their result',
    chosen: new Set([HOSTILE]),
  }),
  ranks: rankChart(
    ['a', 'b'].map((name) => ({ name, items: [{ id: '1', title: HOSTILE }] })),
    { label: 'ranks' },
  ),
  spread: spreadChart([{ group: HOSTILE, name: 'seed 1', value: 1 }], { label: 'ndcg@10' }),
  histogram: histogramChart([1, 2, 2, 3, Number.NaN], { label: 'ndcg@10' }),
  traffic: trafficChart(
    [0, 1, 2].map((minute) => ({ series: HOSTILE, time: time(minute), value: minute === 1 ? Number.NaN : minute })),
    { series: [HOSTILE], label: 'requests', tips: true },
  ),
  course: courseChart(
    [0, 1].map((minute) => ({
      time: time(minute),
      mean: 1,
      low: 1 - 1 / (minute + 1),
      high: 2,
      verdict: 'helped' as const,
    })),
    { label: 'difference', tips: true },
  ),
  sparkline: sparkline([1, 2, 3], { label: 'requests a second' }),
}

it.each(Object.entries(CHARTS))('%s has a name, draws numbers alone, and names as text', (_, options) => {
  const svg = draw(options)
  expect(svg).not.toMatch(/NaN|Infinity|⚠|undefined|<img/)
  const document = open(svg)
  const [root] = document.querySelectorAll('svg')
  expect(root!.getAttribute('role')).toBe('img')
  expect(root!.getAttribute('aria-label')).not.toBe('')
  for (const group of document.querySelectorAll('g[aria-label]')) {
    expect(group.getAttribute('role')).toBe('group')
    expect(group.children.length).toBeGreaterThan(0)
  }
})

it('a series has one look in every chart that is drawn from one list', () => {
  const series = ['a', 'b', 'c']
  const lookOf = (of: string, drawn: readonly string[]) => {
    const points = drawn.flatMap((name) => [1, 2].map((x) => ({ series: name, x, value: x })))
    const lines = open(draw(curveChart(points, { series, label: 'loss' }))).querySelectorAll('[aria-label="line"]')
    const line = lines[drawn.indexOf(of)]!
    return [line.getAttribute('stroke'), line.getAttribute('stroke-dasharray')]
  }
  expect(lookOf('c', ['c'])).toEqual(lookOf('c', series))
  expect(lookOf('c', ['c'])).not.toEqual(lookOf('b', ['b']))
  // No two of as many as a chart can hold look alike.
  const looks = looksOf(Array.from({ length: 40 }, (_, i) => String(i))).map(({ color, dash }) => color + dash)
  expect(new Set(looks).size).toBe(40)
})

it('has a place for what is told at the pointer, nameless until it is told', () => {
  expect(draw(CHARTS.course).match(/<g(?=[ >])/g)!.length).toBeGreaterThan(
    draw({ ...CHARTS.course, marks: CHARTS.course.marks!.slice(0, -1) }).match(/<g(?=[ >])/g)!.length,
  )
})

it('a line is broken where nothing was measured', () => {
  const path = open(draw(CHARTS.traffic)).querySelector('[aria-label="line"] path')!
  expect(path.getAttribute('d')!.match(/M/g)).toHaveLength(2)
})

it('a name is never cut within a character', () => {
  expect(shortened(SURROGATES)).toBe(`${'\u{1f600}'.repeat(15)}…${'\u{1f600}'.repeat(14)}`)
  expect(shortened('x'.repeat(10_000), 360)).toHaveLength(13)
  // What tells names apart stands at their ends.
  expect(shortened('sasrec:sequences=single', 360)).toBe('sasrec…single')
  expect(shortened('thirteen long', 360)).toBe('thirteen long')
})

it('tells no value on an axis that would lie on another', () => {
  const runs = [0.001, 0.00105, 0.01].map((rate, i) => ({ name: `run ${i}`, values: { rate, metric: i } }))
  const texts = open(
    draw(parallelChart(runs, { axes: [{ name: 'rate' }, { name: 'metric' }], label: 'runs', chosen: new Set() })),
  )
  const told = [...texts.querySelectorAll('text')].map(({ textContent }) => textContent)
  expect(told).toEqual(expect.arrayContaining(['0.001', '0.01', '0', '1', '2']))
  expect(told).not.toContain('0.00105')
})
