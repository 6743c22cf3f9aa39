import { describe } from 'vitest'
import { dot, holdToEquations, type PlainScore, times } from '../../../test/checks/domain-factors.ts'
import { dtcdr } from './dtcdr.ts'

const DOMAINS = ['books', 'films', 'games']
const WIDTH = 3

type Vectors = readonly (readonly number[] | undefined)[]
const known = (own: Vectors) => own.filter((vector) => vector !== undefined)
const combinations: Readonly<Record<string, (own: Vectors) => readonly number[]>> = {
  max: (own) => Array.from({ length: WIDTH }, (_, k) => Math.max(...known(own).map((vector) => vector[k]))),
  mean: (own) =>
    Array.from({ length: WIDTH }, (_, k) => known(own).reduce((sum, vector) => sum + vector[k], 0) / known(own).length),
  concatenation: (own) => own.flatMap((vector) => vector ?? new Array<number>(WIDTH).fill(0)),
}

/** The tower of the domain over what the user is in all domains, and the item. */
const plainOf =
  (combine: string): PlainScore =>
  (rows, { own }, domain, item) => {
    const part = (name: string) => rows(`tower/${DOMAINS[domain]}/${name}`)
    const [bias0] = part('bias0')
    const [bias1] = part('bias1')
    const [ofUser, ofItem] = [times(combinations[combine](own), part('user')), times(item, part('item'))]
    const first = bias0.map((b, k) => Math.max(0, ofUser[k] + ofItem[k] + b))
    const second = times(first, part('layer1')).map((x, k) => Math.max(0, x + bias1[k]))
    return dot(
      second,
      part('output').map(([w]) => w),
    )
  }

describe.each(Object.keys(combinations))('dtcdr, %s', (combine) => {
  holdToEquations(
    dtcdr,
    { width: WIDTH, hidden: [4, 3], combine },
    plainOf(combine),
    combine === 'max' ? undefined : ['bpr'],
  )
})
