import { mean } from '../math/index.ts'
import type { CurvePoint } from './charts/index.ts'

/** Where several runs have a point: their mean, and what they span. */
export function overSeeds(points: readonly CurvePoint[]): CurvePoint[] {
  const groups = new Map<string, CurvePoint[]>()
  for (const point of points) {
    const place = JSON.stringify([point.series, point.x])
    const group = groups.get(place)
    if (group === undefined) groups.set(place, [point])
    else group.push(point)
  }
  return [...groups.values()]
    .map((group): CurvePoint => {
      const [{ series, x }] = group
      const values = group.map(({ value }) => value)
      if (values.length === 1) return { series, x, value: values[0] }
      return { series, x, value: mean(values), low: Math.min(...values), high: Math.max(...values) }
    })
    .sort((a, b) => a.x - b.x)
}

/** What lines and shades are, where there are seeds. */
export const OVER_SEEDS = 'lines are means over the seeds that came so far, shaded from the lowest seed to the highest'
