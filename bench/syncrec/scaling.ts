// SyNCRec's step against the number of domains (2 … 16, K 5) and of experts (2 … 8, five domains), with the same users and events
// throughout. Domains either share 8,000 items, so that each event is told from fewer the more there are, or have 1,000 items
// each. All sizes take turns, so that a busy neighbor slows them alike. Prints the median times, a straight line fitted to each
// series and how far the times lie from it; the last line is JSON.
import { parseArgs } from 'node:util'
import { createStep, type StepSize } from './syncrec.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '2' },
    width: { type: 'string', default: '16' },
  },
})
const common = { width: Number(values.width), dropout: 0.3, threads: Number(values.threads) }
const crossExperts = (experts: number) => Math.min(experts - 1, Math.ceil(0.6 * experts))
const series: Readonly<Record<string, readonly (readonly [number, StepSize])[]>> = {
  'domains of 8,000 items': [2, 4, 8, 16].map((domains) => [
    domains,
    { ...common, domains, items: 8_000, experts: 5, crossExperts: 3 },
  ]),
  'domains of 1,000 items each': [2, 4, 8, 16].map((domains) => [
    domains,
    { ...common, domains, items: 1_000 * domains, experts: 5, crossExperts: 3 },
  ]),
  experts: [2, 3, 4, 5, 6, 7, 8].map((experts) => [
    experts,
    { ...common, domains: 5, items: 7_000, experts, crossExperts: crossExperts(experts) },
  ]),
}

const WARMUP = 2
const result: Record<string, unknown> = {}
for (const [name, sizes] of Object.entries(series)) {
  const steps = await Promise.all(sizes.map(([, size]) => createStep(size)))
  const times = sizes.map((): number[] => [])
  for (let round = 0; round < WARMUP + Number(values.rounds); round++)
    for (const [i, step] of steps.entries()) {
      const milliseconds = await step.run()
      if (round >= WARMUP) times[i].push(milliseconds)
    }
  for (const step of steps) await step.dispose()
  const x = sizes.map(([n]) => n)
  const y = times.map((own) => own.sort((a, b) => a - b)[own.length >> 1])
  const { intercept, slope, residual } = straightLine(x, y)
  for (const [i, n] of x.entries()) {
    const last = i === 0 ? '' : `, ${(y[i] / y[i - 1]).toFixed(2)} × that of ${x[i - 1]}`
    console.log(`${String(n).padStart(2)} ${name}: ${y[i].toFixed(1)} ms${last}`)
  }
  console.log(
    `${name}: ${intercept.toFixed(1)} ms + ${slope.toFixed(2)} ms each; times lie within ${(100 * residual).toFixed(1)} % of the line`,
  )
  result[name] = { counts: x, milliseconds: y, intercept, slope, residual }
}
console.log(JSON.stringify(result))

/** Least squares; `residual` is the largest distance of a point from the line, relative to the point. */
function straightLine(x: readonly number[], y: readonly number[]) {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const slope = mean(x.map((v, i) => (v - mx) * (y[i] - my))) / mean(x.map((v) => (v - mx) ** 2))
  const intercept = my - slope * mx
  return { intercept, slope, residual: Math.max(...x.map((v, i) => Math.abs(intercept + slope * v - y[i]) / y[i])) }
}
