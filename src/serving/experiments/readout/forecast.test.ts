import { describe, expect, it } from 'vitest'
import { createRng } from '../../../math/index.ts'
import { calibrationOf, forecastOf } from './forecast.ts'
import type { Reading } from './readings.ts'

/** Forecasts of effects that promise `promise` times as much as there is, with intervals of `width` times what they should be. */
function forecasts({ promise = 1, width = 1 } = {}) {
  const rng = createRng(5)
  return Array.from({ length: 400 }, () => {
    const [truth, error] = [rng.normal(), 0.1]
    const [mean, found] = [promise * truth + error * rng.normal(), truth + error * rng.normal()]
    const half = 1.96 * error * width
    const difference = { mean: found, low: found - half, high: found + half, p: 0 }
    return forecastOf({ mean, low: mean - half, high: mean + half, source: 'dr' }, {
      difference,
      error: error * width,
    } as Reading)
  })
}

describe('forecasts over experiments', () => {
  it('are right where they say what they know', () => {
    const { experiments, right, slope, spread } = calibrationOf(forecasts())
    expect(experiments).toBe(400)
    expect(Math.abs(right - 0.95)).toBeLessThan(0.03)
    expect(slope).toBeCloseTo(1, 1)
    expect(spread).toBeCloseTo(1, 1)
  })

  it('show where they promise too much, or are surer than they should be', () => {
    expect(calibrationOf(forecasts({ promise: 2 })).slope).toBeCloseTo(0.5, 1)
    expect(calibrationOf(forecasts({ width: 0.5 })).spread).toBeCloseTo(2, 0)
    expect(calibrationOf(forecasts({ width: 0.5 })).right).toBeLessThan(0.8)
  })
})
