import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../src/math/index.ts'
import { createParameters, gru } from '../../src/nn/index.ts'
import { compile, grad, input, multiply, sum } from '../../src/tensor/index.ts'

type Nested = number | readonly Nested[]
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'gru.json'), 'utf8')) as {
  readonly config: Readonly<Record<'batch' | 'length' | 'inputs' | 'state', number>>
  readonly gradients: Readonly<Record<string, Nested>>
  readonly [name: string]: Nested | Readonly<Record<string, Nested | string>>
}
const { batch, length, inputs: width, state: hidden } = golden.config
const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat))
const values = (name: string) => Float32Array.from(flat(golden[name] as Nested))
const difference = (ours: ArrayLike<number>, theirs: Nested) =>
  Math.max(...flat(theirs).map((x, i) => Math.abs(x - ours[i])))

describe('a layer of gated recurrent units equals that of PyTorch', () => {
  it('in states and in every gradient, over left-padded rows and one that is padding alone', async () => {
    const parameters = createParameters(createRng(1))
    const x = input('inputs', [batch, length, width])
    const keep = input('mask', [batch, length])
    const states = gru(parameters, 'gru', x, keep, { width, hidden, layers: 1 })
    const loss = sum(multiply(states, input('outputGradient', [batch, length, hidden])))
    const names = ['inputs', ...parameters.tensors.keys()]
    const gradients = grad(loss, [x, ...parameters.symbols.values()])
    const program = await compile({ states, ...Object.fromEntries(names.map((name, i) => [name, gradients[i]])) })
    const short = (name: string) => name.replace('gru0/', '')
    const feeds = Object.fromEntries(
      [...parameters.tensors].map(([name, { shape }]) => [name, { shape, data: values(short(name)) }]),
    )
    const out = await program.run({
      ...feeds,
      inputs: { shape: [batch, length, width], data: values('inputs') },
      mask: { shape: [batch, length], data: values('mask') },
      outputGradient: { shape: [batch, length, hidden], data: values('outputGradient') },
    })
    await program.dispose()
    expect(difference(out.states.data, golden.states as Nested)).toBeLessThan(1e-6)
    expect(names.map(short).sort()).toEqual(Object.keys(golden.gradients).sort())
    for (const name of names) expect(difference(out[name].data, golden.gradients[short(name)]), name).toBeLessThan(2e-6)
  })
})
