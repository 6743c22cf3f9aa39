import type { Rng } from '../../math/index.ts'
import { normalCdf } from '../../statistics/index.ts'
import { choiceAt, type Dimension, type Point, randomPoint } from './space.ts'

/** A point that was tried; more is better, NaN where it failed. */
export interface Tried {
  readonly point: Point
  readonly value: number
}

/** So many points are drawn at random before anything is learned of them. */
const AT_RANDOM = 10
/** So many candidates are drawn of the good ones, of which the one is tried that is likeliest to be better. */
const CANDIDATES = 24
/** The good ones are the best tenth, and never more. */
const MOST_GOOD = 25

/**
 * The next point by the tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter Optimization, NeurIPS 2011):
 * what was tried is divided into the good l and the others g, both get a density, dimension by dimension, and of candidates drawn from l
 * the one with the largest l(x) / g(x) is tried.
 * @param tried in any order; those that are still on their way count as the worst so far, so that not all of a batch are alike
 */
export function nextPoint(space: readonly Dimension[], tried: readonly Tried[], rng: Rng): Point {
  const known = tried.map((one) => ({
    ...one,
    value: Number.isFinite(one.value) ? one.value : Number.NEGATIVE_INFINITY,
  }))
  if (known.length < AT_RANDOM) return randomPoint(space, rng)
  const ordered = [...known].sort((a, b) => b.value - a.value)
  const good = Math.min(MOST_GOOD, Math.ceil(ordered.length / 10))
  const [best, others] = [ordered.slice(0, good), ordered.slice(good)]
  return space.map((dimension, d) => {
    const density = dimension.kind === 'choice' ? overChoices(dimension.choices.length) : overRange
    const l = density(best.map(({ point }) => point[d]))
    const g = density(others.map(({ point }) => point[d]))
    let chosen = 0
    let most = Number.NEGATIVE_INFINITY
    for (let c = 0; c < CANDIDATES; c++) {
      const x = l.draw(rng)
      const ratio = Math.log(l.at(x)) - Math.log(g.at(x))
      if (ratio > most) [chosen, most] = [x, ratio]
    }
    return chosen
  })
}

interface Density {
  at(x: number): number
  draw(rng: Rng): number
}

/** Gaussians at what was tried, cut at the ends, and one over the whole range, so that no place is out of the question. */
function overRange(tried: readonly number[]): Density {
  const sorted = [...tried].sort((a, b) => a - b)
  const least = 1 / Math.min(100, tried.length + 2)
  const kernels = sorted.map((at, i) => {
    const left = at - (sorted[i - 1] ?? 0)
    const right = (sorted[i + 1] ?? 1) - at
    return kernel(at, Math.min(1, Math.max(least, left, right)))
  })
  kernels.push(kernel(0.5, 1))
  return {
    at: (x) => {
      let sum = 0
      for (const { at, width, height } of kernels) sum += height * Math.exp(-0.5 * ((x - at) / width) ** 2)
      return sum / kernels.length
    },
    draw: (rng) => {
      const { at, width } = kernels[Math.min(kernels.length - 1, Math.floor(rng.float() * kernels.length))]
      // Far ends are cut seldom: the widest Gaussian has a third of itself inside.
      for (;;) {
        const x = at + width * rng.normal()
        if (x >= 0 && x < 1) return x
      }
    },
  }
}

/** A Gaussian whose part from 0 to 1 has the area 1. */
function kernel(at: number, width: number) {
  const inside = normalCdf((1 - at) / width) - normalCdf(-at / width)
  return { at, width, height: 1 / (width * Math.sqrt(2 * Math.PI) * inside) }
}

/** How often each choice was tried, and once more. */
function overChoices(count: number): (tried: readonly number[]) => Density {
  return (tried) => {
    const weights = new Array<number>(count).fill(1)
    for (const x of tried) weights[choiceAt(count, x)]++
    const total = tried.length + count
    return {
      at: (x) => weights[choiceAt(count, x)] / total,
      draw: (rng) => {
        let left = rng.float() * total
        const choice = weights.findIndex((weight) => {
          left -= weight
          return left < 0
        })
        return ((choice === -1 ? count - 1 : choice) + 0.5) / count
      },
    }
  }
}
