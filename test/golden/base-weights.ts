// The names of base models' weights here and in the golden files.
import { expect } from 'vitest'
import { flat, type Named } from './cross-domain.ts'

/** Our name → values. */
export type Weights = ReadonlyMap<string, readonly number[]>

/** Values by our names. Names that the golden case lacks are left out; each of its own must be taken. */
function renamed(named: Named, names: readonly (readonly [ours: string, theirs: string])[]): Map<string, number[]> {
  const known = names.filter(([, theirs]) => theirs in named)
  expect(new Set(known.map(([, theirs]) => theirs))).toEqual(new Set(Object.keys(named)))
  return new Map(known.map(([ours, theirs]) => [ours, flat(named[theirs])]))
}

const TABLES = ['user', 'item', 'category'].map((name) => [name, name] as const)
const SIDES = ['target', 'source'] as const
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

export function conetWeights(named: Named, layers: number): Weights {
  return renamed(named, [
    ...TABLES,
    ...numbers(layers).flatMap((i) =>
      ['target', 'source', 'cross'].map(
        (name) => [`layer${i}/${name}`, `layer${i}/${name === 'cross' ? 'transfer' : name}`] as const,
      ),
    ),
    ...SIDES.flatMap((side) => ['weight', 'bias'].map((part) => [`${side}/${part}`, `head/${side}/${part}`] as const)),
  ])
}

export function minetWeights(named: Named, layers: number): Weights {
  return renamed(named, [
    ...TABLES,
    ...SIDES.flatMap((side) => [
      [`attention/${side}/weight`, `attention/${side}/inner`] as const,
      [`attention/${side}/vector`, `attention/${side}/outer`] as const,
      ...numbers(layers).map((i) => [`${side}/layer${i}`, `tower/${side}/${i}`] as const),
      [`${side}/output`, `tower/${side}/${layers}`] as const,
    ]),
    ...['down', 'up'].map((name) => [`transfer/${name}`, `transfer/${name}`] as const),
    ...['user', ...SIDES].flatMap((name) => [
      [`interest/${name}/weight`, `interest/${name}/inner`] as const,
      [`interest/${name}/vector`, `interest/${name}/outer`] as const,
      [`interest/${name}/bias`, `interest/${name}/bias`] as const,
    ]),
  ])
}

export function perceptronWeights(named: Named, layers: number): Weights {
  const parts = ['weight', 'bias']
  return renamed(named, [
    ...parts.map((part) => [`perceptron/global1/${part}`, `global/${part}`] as const),
    ...SIDES.flatMap((side) =>
      ['query', 'key', 'value', 'output'].map(
        (name) => [`perceptron/${side}/${name}`, `history/${side}/${name}`] as const,
      ),
    ),
    ...numbers(layers + 1).flatMap((i) =>
      parts.map((part) => [`perceptron/user${i + 1}/${part}`, `local/${i}/${part}`] as const),
    ),
    ['perceptron/scale', 'scale'],
  ])
}

export function daslWeights(named: Named, layers: number): Weights {
  const parts = ['weight', 'bias']
  return renamed(named, [
    ['item', 'item'],
    ['category', 'category'],
    ['item/bias', 'bias/item'],
    ['mapping', 'mapping'],
    ...SIDES.flatMap((side) => [
      [`user/${side}`, `user/${side}`] as const,
      [`user/${side}/bias`, `bias/user/${side}`] as const,
      ...['input', 'state'].flatMap((name) =>
        parts.map((part) => [`${side}/gru0/${name}/${part}`, `gru/${side}/${name}/${part}`] as const),
      ),
      ...[...parts, 'vector'].map((part) => [`${side}/attention/${part}`, `attention/${side}/${part}`] as const),
      ...['gain', 'bias'].map((part) => [`${side}/norm/${part}`, `norm/${side}/${part}`] as const),
      ...numbers(layers).flatMap((i) =>
        parts.map((part) => [`${side}/layer${i}/${part}`, `tower/${side}/${i}/${part}`] as const),
      ),
      ...parts.map((part) => [`${side}/output/${part}`, `tower/${side}/${layers}/${part}`] as const),
    ]),
  ])
}
