/**
 * What single operators of onnxruntime cost at the shapes of a training step, from its own profiler.
 *
 *   taskset -c 0,1 npx tsx bench/operators.ts [filter] [--threads n]
 *
 * Prints, for each case, the median and the least over runs of the time inside kernels, in microseconds.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { createRng } from '../src/core/index.ts'
import {
  type AttributeValue,
  type ElementType,
  encodeModel,
  type OnnxInitializer,
  type OnnxNode,
} from '../src/tensor/executors/onnx-proto.ts'

interface Case {
  readonly name: string
  readonly inputs: Readonly<Record<string, readonly [ElementType, readonly number[]]>>
  readonly initializers?: readonly OnnxInitializer[]
  readonly nodes: readonly OnnxNode[]
  readonly output: readonly [ElementType, readonly number[]]
  readonly level?: 'disabled' | 'all'
}

let serial = 0
function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain: '' | 'com.microsoft' = '',
): OnnxNode {
  return { operator, domain, name: `${operator}${serial++}`, inputs, outputs, attributes }
}
function int64(name: string, ...values: number[]): OnnxInitializer {
  return { name, type: 'int64', shape: [values.length], data: BigInt64Array.from(values.map(BigInt)) }
}
function scalar(name: string, value: number, shape: readonly number[] = []): OnnxInitializer {
  return { name, type: 'float32', shape, data: Float32Array.of(value) }
}

const rows = ['float32', [12800, 64]] as const
const wide = ['float32', [12800, 256]] as const
const scores = ['float32', [256, 2, 50, 50]] as const
const cases: Case[] = []
const add = (c: Case) => cases.push(c)
const unary = (
  operator: string,
  x: readonly [ElementType, readonly number[]],
  attributes = {},
  domain: '' | 'com.microsoft' = '',
) =>
  add({
    name: `${operator} [${x[1]}]`,
    inputs: { x },
    nodes: [node(operator, ['x'], ['y'], attributes, domain)],
    output: x,
  })

for (const x of [rows, wide, scores]) {
  for (const operator of [
    'Exp',
    'Erf',
    'Tanh',
    'Sigmoid',
    'Relu',
    'Sqrt',
    'Log',
    'Abs',
    'Neg',
    'Reciprocal',
    'Sign',
    'Softplus',
    'Gelu',
  ])
    unary(operator, x)
  unary('FastGelu', x, {}, 'com.microsoft')
  unary('QuickGelu', x, {}, 'com.microsoft')
  unary('HardSigmoid', x, { alpha: { float: 1e30 }, beta: { float: 0 } })
  unary('Clip', x)
  unary('LeakyRelu', x, { alpha: { float: 0 } })
  unary('Softmax', x, { axis: -1 })
  unary('LogSoftmax', x, { axis: -1 })
  unary('Identity', x)
  add({
    name: `Greater+Cast [${x[1]}]`,
    inputs: { x },
    initializers: [scalar('zero', 0)],
    nodes: [node('Greater', ['x', 'zero'], ['m']), node('Cast', ['m'], ['y'], { to: 1 })],
    output: x,
  })
  add({
    name: `Greater+Where [${x[1]}]`,
    inputs: { x, z: x },
    initializers: [scalar('zero', 0)],
    nodes: [node('Greater', ['x', 'zero'], ['m']), node('Where', ['m', 'z', 'zero'], ['y'])],
    output: x,
  })
  add({
    name: `Where uint8->bool [${x[1]}]`,
    inputs: { x, m: ['uint8', x[1]] },
    initializers: [scalar('zero', 0)],
    nodes: [node('Cast', ['m'], ['b'], { to: 9 }), node('Where', ['b', 'x', 'zero'], ['y'])],
    output: x,
  })
  add({
    name: `Cast uint8->float [${x[1]}]`,
    inputs: { m: ['uint8', x[1]] },
    nodes: [node('Cast', ['m'], ['y'], { to: 1 })],
    output: x,
  })
  add({
    name: `Cast+Mul+Mul dropout [${x[1]}]`,
    inputs: { x, m: ['uint8', x[1]] },
    initializers: [scalar('s', 1.25)],
    nodes: [node('Cast', ['m'], ['c'], { to: 1 }), node('Mul', ['c', 's'], ['d']), node('Mul', ['d', 'x'], ['y'])],
    output: x,
  })
  add({
    name: `DequantizeLinear [${x[1]}]`,
    inputs: { m: ['uint8', x[1]] },
    initializers: [scalar('s', 1.25)],
    nodes: [node('DequantizeLinear', ['m', 's'], ['y'])],
    output: x,
  })
  add({
    name: `DequantizeLinear+Mul dropout [${x[1]}]`,
    inputs: { x, m: ['uint8', x[1]] },
    initializers: [scalar('s', 1.25)],
    nodes: [node('DequantizeLinear', ['m', 's'], ['d']), node('Mul', ['d', 'x'], ['y'])],
    output: x,
  })
  add({
    name: `ms.DequantizeLinear [${x[1]}]`,
    inputs: { m: ['uint8', x[1]] },
    initializers: [scalar('s', 1.25)],
    nodes: [node('DequantizeLinear', ['m', 's'], ['y'], {}, 'com.microsoft')],
    output: x,
  })
  for (const operator of ['Add', 'Mul', 'Div', 'Max', 'Sub']) {
    add({
      name: `${operator} same [${x[1]}]`,
      inputs: { x, z: x },
      nodes: [node(operator, ['x', 'z'], ['y'])],
      output: x,
    })
    add({
      name: `${operator} row [${x[1]}]`,
      inputs: { x, z: ['float32', [x[1].at(-1)!]] },
      nodes: [node(operator, ['x', 'z'], ['y'])],
      output: x,
    })
    add({
      name: `${operator} column [${x[1]}]`,
      inputs: { x, z: ['float32', [...x[1].slice(0, -1), 1]] },
      nodes: [node(operator, ['x', 'z'], ['y'])],
      output: x,
    })
    add({
      name: `${operator} scalar [${x[1]}]`,
      inputs: { x },
      initializers: [scalar('s', 2)],
      nodes: [node(operator, ['x', 's'], ['y'])],
      output: x,
    })
  }
  add({ name: `Sum3 [${x[1]}]`, inputs: { x, z: x, w: x }, nodes: [node('Sum', ['x', 'z', 'w'], ['y'])], output: x })
  add({
    name: `Add Add [${x[1]}]`,
    inputs: { x, z: x, w: x },
    nodes: [node('Add', ['x', 'z'], ['a']), node('Add', ['a', 'w'], ['y'])],
    output: x,
  })
  for (const operator of ['ReduceSum', 'ReduceMax', 'ReduceLogSumExp', 'ReduceMean', 'ReduceSumSquare']) {
    add({
      name: `${operator} last [${x[1]}]`,
      inputs: { x },
      initializers: [int64('axes', -1)],
      nodes: [node(operator, ['x', 'axes'], ['y'], { keepdims: 1 })],
      output: ['float32', [...x[1].slice(0, -1), 1]],
    })
  }
  add({
    name: `row sums of a*b: Mul+ReduceSum [${x[1]}]`,
    inputs: { x, z: x },
    initializers: [int64('axes', -1)],
    nodes: [node('Mul', ['x', 'z'], ['p']), node('ReduceSum', ['p', 'axes'], ['y'], { keepdims: 1 })],
    output: ['float32', [...x[1].slice(0, -1), 1]],
  })
}
// Bias gradients.
for (const [n, d] of [
  [12800, 64],
  [12800, 256],
] as const) {
  add({
    name: `ReduceSum axis 0 [${n},${d}]`,
    inputs: { x: ['float32', [n, d]] },
    initializers: [int64('axes', 0)],
    nodes: [node('ReduceSum', ['x', 'axes'], ['y'], { keepdims: 0 })],
    output: ['float32', [d]],
  })
  add({
    name: `ReduceSum axes 0,1 [256,50,${d}]`,
    inputs: { x: ['float32', [256, 50, d]] },
    initializers: [int64('axes', 0, 1)],
    nodes: [node('ReduceSum', ['x', 'axes'], ['y'], { keepdims: 0 })],
    output: ['float32', [d]],
  })
  add({
    name: `ReduceSum 0 then 0 [256,50,${d}]`,
    inputs: { x: ['float32', [256, 50, d]] },
    initializers: [int64('axes', 0)],
    nodes: [
      node('ReduceSum', ['x', 'axes'], ['a'], { keepdims: 0 }),
      node('ReduceSum', ['a', 'axes'], ['y'], { keepdims: 0 }),
    ],
    output: ['float32', [d]],
  })
  add({
    name: `ReduceSum 1 then 0 [256,50,${d}]`,
    inputs: { x: ['float32', [256, 50, d]] },
    initializers: [int64('a1', 1), int64('a0', 0)],
    nodes: [
      node('ReduceSum', ['x', 'a1'], ['a'], { keepdims: 0 }),
      node('ReduceSum', ['a', 'a0'], ['y'], { keepdims: 0 }),
    ],
    output: ['float32', [d]],
  })
  add({
    name: `ones MatMul [1,${n}]x[${n},${d}]`,
    inputs: { x: ['float32', [n, d]], ones: ['float32', [1, n]] },
    nodes: [node('MatMul', ['ones', 'x'], ['y'])],
    output: ['float32', [1, d]],
  })
  add({
    name: `ones Gemm transA [${n},1]'x[${n},${d}]`,
    inputs: { x: ['float32', [n, d]], ones: ['float32', [n, 1]] },
    nodes: [node('Gemm', ['ones', 'x'], ['y'], { transA: 1 })],
    output: ['float32', [1, d]],
  })
  add({
    name: `ReduceMean+Mul axis 0 [${n},${d}]`,
    inputs: { x: ['float32', [n, d]] },
    initializers: [int64('axes', 0), scalar('n', n)],
    nodes: [node('ReduceMean', ['x', 'axes'], ['a'], { keepdims: 0 }), node('Mul', ['a', 'n'], ['y'])],
    output: ['float32', [d]],
  })
  add({
    name: `Transpose+ReduceSum last [${n},${d}]`,
    inputs: { x: ['float32', [n, d]] },
    initializers: [int64('axes', 1)],
    nodes: [
      node('Transpose', ['x'], ['a'], { perm: [1, 0] }),
      node('ReduceSum', ['a', 'axes'], ['y'], { keepdims: 0 }),
    ],
    output: ['float32', [d]],
  })
  add({
    name: `ReduceSum all via flatten [${n},${d}]`,
    inputs: { x: ['float32', [n * d]] },
    initializers: [int64('axes', 0)],
    nodes: [node('ReduceSum', ['x', 'axes'], ['y'], { keepdims: 0 })],
    output: ['float32', []],
  })
  add({
    name: `ReduceSum all 2 axes [${n},${d}]`,
    inputs: { x: ['float32', [n, d]] },
    initializers: [int64('axes', 0, 1)],
    nodes: [node('ReduceSum', ['x', 'axes'], ['y'], { keepdims: 0 })],
    output: ['float32', []],
  })
}
// Layer normalization.
for (const x of [rows, ['float32', [256, 50, 64]] as const]) {
  const d = 64
  const stat = ['float32', [...x[1].slice(0, -1), 1]] as const
  add({
    name: `LayerNormalization 1 output [${x[1]}]`,
    inputs: { x, g: ['float32', [d]], b: ['float32', [d]] },
    nodes: [node('LayerNormalization', ['x', 'g', 'b'], ['y'], { axis: -1, epsilon: { float: 1e-5 } })],
    output: x,
  })
  add({
    name: `LayerNormalization no bias [${x[1]}]`,
    inputs: { x, g: ['float32', [d]] },
    nodes: [node('LayerNormalization', ['x', 'g'], ['y'], { axis: -1, epsilon: { float: 1e-5 } })],
    output: x,
  })
  add({
    name: `LayerNormalization 3 outputs [${x[1]}]`,
    inputs: { x, g: ['float32', [d]] },
    nodes: [
      node('LayerNormalization', ['x', 'g'], ['n', 'mean', 's'], { axis: -1, epsilon: { float: 1e-5 } }),
      node('Mul', ['n', 's'], ['y']),
    ],
    output: x,
  })
  add({
    name: `SkipLayerNormalization [${x[1]}]`,
    inputs: { x, z: x, g: ['float32', [d]], b: ['float32', [d]] },
    nodes: [node('SkipLayerNormalization', ['x', 'z', 'g', 'b'], ['y'], { epsilon: { float: 1e-5 } }, 'com.microsoft')],
    output: x,
  })
  add({
    name: `norm by hand [${x[1]}]`,
    inputs: { x },
    initializers: [int64('axes', -1), scalar('e', 1e-5)],
    nodes: [
      node('ReduceMean', ['x', 'axes'], ['m']),
      node('Sub', ['x', 'm'], ['c']),
      node('Mul', ['c', 'c'], ['q']),
      node('ReduceMean', ['q', 'axes'], ['v']),
      node('Add', ['v', 'e'], ['ve']),
      node('Sqrt', ['ve'], ['r']),
      node('Div', ['c', 'r'], ['y']),
    ],
    output: x,
    level: 'disabled',
  })
  void stat
}
// Matrix products.
const mm = (m: number, k: number, n: number) => {
  add({
    name: `MatMul [${m},${k}]x[${k},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [k, n]] },
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    output: ['float32', [m, n]],
  })
  add({
    name: `Gemm+bias [${m},${k}]x[${k},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [k, n]], b: ['float32', [n]] },
    nodes: [node('Gemm', ['x', 'w', 'b'], ['y'])],
    output: ['float32', [m, n]],
  })
  add({
    name: `Gemm [${m},${k}]x[${k},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [k, n]] },
    nodes: [node('Gemm', ['x', 'w'], ['y'])],
    output: ['float32', [m, n]],
  })
  add({
    name: `MatMul+Add [${m},${k}]x[${k},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [k, n]], b: ['float32', [n]] },
    nodes: [node('MatMul', ['x', 'w'], ['a']), node('Add', ['a', 'b'], ['y'])],
    output: ['float32', [m, n]],
    level: 'disabled',
  })
  add({
    name: `Gemm transB [${m},${k}]x[${n},${k}]'`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [n, k]] },
    nodes: [node('Gemm', ['x', 'w'], ['y'], { transB: 1 })],
    output: ['float32', [m, n]],
  })
  add({
    name: `FusedMatMul transB [${m},${k}]x[${n},${k}]'`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [n, k]] },
    nodes: [node('FusedMatMul', ['x', 'w'], ['y'], { transB: 1 }, 'com.microsoft')],
    output: ['float32', [m, n]],
  })
  add({
    name: `Transpose+MatMul [${m},${k}]x[${n},${k}]'`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [n, k]] },
    nodes: [node('Transpose', ['w'], ['t'], { perm: [1, 0] }), node('MatMul', ['x', 't'], ['y'])],
    output: ['float32', [m, n]],
    level: 'disabled',
  })
  // Weight gradient: x' g, the long axis contracted.
  add({
    name: `Gemm transA [${m},${k}]'x[${m},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [m, n]] },
    nodes: [node('Gemm', ['x', 'w'], ['y'], { transA: 1 })],
    output: ['float32', [k, n]],
  })
  add({
    name: `FusedMatMul transA [${m},${k}]'x[${m},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [m, n]] },
    nodes: [node('FusedMatMul', ['x', 'w'], ['y'], { transA: 1 }, 'com.microsoft')],
    output: ['float32', [k, n]],
  })
  add({
    name: `Transpose+MatMul [${m},${k}]'x[${m},${n}]`,
    inputs: { x: ['float32', [m, k]], w: ['float32', [m, n]] },
    nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0] }), node('MatMul', ['t', 'w'], ['y'])],
    output: ['float32', [k, n]],
    level: 'disabled',
  })
  for (const blocks of [2, 4, 8, 16, 32]) {
    add({
      name: `split-K ${blocks} FusedMatMul+ReduceSum [${m},${k}]'x[${m},${n}]`,
      inputs: { x: ['float32', [blocks, m / blocks, k]], w: ['float32', [blocks, m / blocks, n]] },
      initializers: [int64('axes', 0)],
      nodes: [
        node('FusedMatMul', ['x', 'w'], ['p'], { transA: 1 }, 'com.microsoft'),
        node('ReduceSum', ['p', 'axes'], ['y'], { keepdims: 0 }),
      ],
      output: ['float32', [k, n]],
    })
  }
  add({
    name: `MatMul rank 3 x rank 2 [256,${m / 256},${k}]x[${k},${n}]`,
    inputs: { x: ['float32', [256, m / 256, k]], w: ['float32', [k, n]] },
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    output: ['float32', [256, m / 256, n]],
  })
  add({
    name: `FusedMatMul rank 3 x rank 2 transB [256,${m / 256},${k}]x[${n},${k}]'`,
    inputs: { x: ['float32', [256, m / 256, k]], w: ['float32', [n, k]] },
    nodes: [node('FusedMatMul', ['x', 'w'], ['y'], { transB: 1 }, 'com.microsoft')],
    output: ['float32', [256, m / 256, n]],
  })
}
mm(12800, 64, 64)
mm(12800, 64, 192)
mm(12800, 64, 256)
mm(12800, 256, 64)
// Attention, T 50, two heads of 32.
const heads = ['float32', [256, 2, 50, 32]] as const
add({
  name: 'qk FusedMatMul transB',
  inputs: { q: heads, k: heads },
  nodes: [node('FusedMatMul', ['q', 'k'], ['y'], { transB: 1, alpha: { float: 0.17 } }, 'com.microsoft')],
  output: scores,
})
add({
  name: 'qk MatMul of transposed k',
  inputs: { q: heads, k: ['float32', [256, 2, 32, 50]] },
  nodes: [node('MatMul', ['q', 'k'], ['y'])],
  output: scores,
})
add({
  name: 'qk Transpose+MatMul+Mul',
  inputs: { q: heads, k: heads },
  initializers: [scalar('s', 0.17)],
  nodes: [
    node('Transpose', ['k'], ['t'], { perm: [0, 1, 3, 2] }),
    node('MatMul', ['q', 't'], ['a']),
    node('Mul', ['a', 's'], ['y']),
  ],
  output: scores,
  level: 'disabled',
})
add({
  name: 'qk transB on [B,T,H,d] via transBatchA',
  inputs: { q: ['float32', [256, 50, 2, 32]], k: ['float32', [256, 50, 2, 32]] },
  nodes: [
    node('Transpose', ['q'], ['qt'], { perm: [0, 2, 1, 3] }),
    node('Transpose', ['k'], ['kt'], { perm: [0, 2, 1, 3] }),
    node('FusedMatMul', ['qt', 'kt'], ['y'], { transB: 1 }, 'com.microsoft'),
  ],
  output: scores,
  level: 'disabled',
})
add({
  name: 'qk head slices: 2x FusedMatMul + Concat',
  inputs: { q: ['float32', [256, 50, 64]], k: ['float32', [256, 50, 64]] },
  initializers: [int64('split', 32, 32)],
  nodes: [
    node('Split', ['q', 'split'], ['q0', 'q1'], { axis: 2 }),
    node('Split', ['k', 'split'], ['k0', 'k1'], { axis: 2 }),
    node('FusedMatMul', ['q0', 'k0'], ['s0'], { transB: 1 }, 'com.microsoft'),
    node('FusedMatMul', ['q1', 'k1'], ['y'], { transB: 1 }, 'com.microsoft'),
    node('Identity', ['s0'], ['unused']),
  ],
  output: ['float32', [256, 50, 50]],
  level: 'disabled',
})
add({ name: 'pv MatMul', inputs: { p: scores, v: heads }, nodes: [node('MatMul', ['p', 'v'], ['y'])], output: heads })
add({
  name: 'pv transA FusedMatMul',
  inputs: { p: scores, v: heads },
  nodes: [node('FusedMatMul', ['p', 'v'], ['y'], { transA: 1 }, 'com.microsoft')],
  output: heads,
})
add({
  name: 'Transpose heads [256,50,2,32]',
  inputs: { x: ['float32', [256, 50, 2, 32]] },
  nodes: [node('Transpose', ['x'], ['y'], { perm: [0, 2, 1, 3] })],
  output: heads,
})
add({
  name: 'Transpose merge [256,2,50,32]',
  inputs: { x: heads },
  nodes: [node('Transpose', ['x'], ['y'], { perm: [0, 2, 1, 3] })],
  output: ['float32', [256, 50, 2, 32]],
})
add({
  name: 'Transpose last two [256,2,50,32]',
  inputs: { x: heads },
  nodes: [node('Transpose', ['x'], ['y'], { perm: [0, 1, 3, 2] })],
  output: ['float32', [256, 2, 32, 50]],
})
add({
  name: 'Add mask [1,1,50,50] to scores',
  inputs: { x: scores, m: ['float32', [1, 1, 50, 50]] },
  nodes: [node('Add', ['x', 'm'], ['y'])],
  output: scores,
})
add({
  name: 'Add mask [256,1,1,50] to scores',
  inputs: { x: scores, m: ['float32', [256, 1, 1, 50]] },
  nodes: [node('Add', ['x', 'm'], ['y'])],
  output: scores,
})
add({
  name: 'Add mask [256,1,50,50] to scores',
  inputs: { x: scores, m: ['float32', [256, 1, 50, 50]] },
  nodes: [node('Add', ['x', 'm'], ['y'])],
  output: scores,
})
add({
  name: 'BiasSoftmax [1,1,50,50]',
  inputs: { x: scores, m: ['float32', [1, 1, 50, 50]] },
  nodes: [node('BiasSoftmax', ['x', 'm'], ['y'], { axis: 3, is_inner_broadcast: 0 }, 'com.microsoft')],
  output: scores,
})
add({
  name: 'softmax derivative by hand',
  inputs: { g: scores, y0: scores },
  initializers: [int64('axes', -1)],
  nodes: [
    node('Mul', ['g', 'y0'], ['p']),
    node('ReduceSum', ['p', 'axes'], ['r']),
    node('Sub', ['g', 'r'], ['d']),
    node('Mul', ['d', 'y0'], ['y']),
  ],
  output: scores,
})
add({
  name: 'softmax derivative reusing g*y',
  inputs: { g: scores, y0: scores },
  initializers: [int64('axes', -1)],
  nodes: [
    node('Mul', ['g', 'y0'], ['p']),
    node('ReduceSum', ['p', 'axes'], ['r']),
    node('Mul', ['r', 'y0'], ['d']),
    node('Sub', ['p', 'd'], ['y']),
  ],
  output: scores,
})
// Full-vocabulary loss.
add({
  name: 'MatMul [256,64]x[64,2300]',
  inputs: { x: ['float32', [256, 64]], w: ['float32', [64, 2300]] },
  nodes: [node('MatMul', ['x', 'w'], ['y'])],
  output: ['float32', [256, 2300]],
})
add({
  name: 'Gemm transB [2000,64]x[2300,64]',
  inputs: { x: ['float32', [2000, 64]], w: ['float32', [2300, 64]] },
  nodes: [node('Gemm', ['x', 'w'], ['y'], { transB: 1 })],
  output: ['float32', [2000, 2300]],
})
const logits = ['float32', [2000, 2300]] as const
for (const operator of ['Softmax', 'LogSoftmax', 'Exp']) unary(operator, logits)
for (const operator of ['ReduceMax', 'ReduceLogSumExp', 'ReduceSum'])
  add({
    name: `${operator} last [2000,2300]`,
    inputs: { x: logits },
    initializers: [int64('axes', -1)],
    nodes: [node(operator, ['x', 'axes'], ['y'])],
    output: ['float32', [2000, 1]],
  })
add({
  name: 'logsumexp by max/exp/sum [2000,2300]',
  inputs: { x: logits },
  initializers: [int64('axes', -1)],
  nodes: [
    node('ReduceMax', ['x', 'axes'], ['m']),
    node('Sub', ['x', 'm'], ['c']),
    node('Exp', ['c'], ['e']),
    node('ReduceSum', ['e', 'axes'], ['s']),
    node('Log', ['s'], ['l']),
    node('Add', ['l', 'm'], ['y']),
  ],
  output: ['float32', [2000, 1]],
})
add({
  name: 'ReduceSum axis 0 [2000,2300]',
  inputs: { x: logits },
  initializers: [int64('axes', 0)],
  nodes: [node('ReduceSum', ['x', 'axes'], ['y'])],
  output: ['float32', [1, 2300]],
})
add({
  name: 'OneHot [2000,2300]',
  inputs: { i: ['int32', [2000]] },
  initializers: [int64('depth', 2300), { name: 'v', type: 'float32', shape: [2], data: Float32Array.of(0, 1) }],
  nodes: [node('OneHot', ['i', 'depth', 'v'], ['y'])],
  output: logits,
})
add({
  name: 'Equal one-hot [2000,2300]',
  inputs: { i: ['int32', [2000, 1]], r: ['int32', [2300]] },
  nodes: [node('Equal', ['i', 'r'], ['b']), node('Cast', ['b'], ['y'], { to: 1 })],
  output: logits,
})
add({
  name: 'GatherElements [2000,2300]',
  inputs: { x: logits, i: ['int32', [2000, 1]] },
  nodes: [node('GatherElements', ['x', 'i'], ['y'], { axis: 1 })],
  output: ['float32', [2000, 1]],
})
// Data movement.
for (const type of ['int32', 'int64'] as const)
  add({
    name: `Gather ${type} 12800 of [400000,64]`,
    inputs: { x: ['float32', [400000, 64]], i: [type, [12800]] },
    nodes: [node('Gather', ['x', 'i'], ['y'])],
    output: rows,
  })
add({
  name: 'Gather 8000 of [12800,64]',
  inputs: { x: rows, i: ['int32', [8000]] },
  nodes: [node('Gather', ['x', 'i'], ['y'])],
  output: ['float32', [8000, 64]],
})
add({
  name: 'takeRows: Concat zero row + Gather 12800 of [8000,64]',
  inputs: { x: ['float32', [8000, 64]], i: ['int32', [12800]], z: ['float32', [1, 64]] },
  nodes: [node('Concat', ['x', 'z'], ['c'], { axis: 0 }), node('Gather', ['c', 'i'], ['y'])],
  output: rows,
})
add({
  name: 'takeRows: Gather * mask',
  inputs: { x: ['float32', [8000, 64]], i: ['int32', [12800]], m: ['float32', [12800, 1]] },
  nodes: [node('Gather', ['x', 'i'], ['g']), node('Mul', ['g', 'm'], ['y'])],
  output: rows,
})
add({
  name: 'takeRows: Max(i,0) Gather, Greater, Where',
  inputs: { x: ['float32', [8000, 64]], i: ['int32', [12800]] },
  initializers: [scalar('zf', 0), { name: 'zi', type: 'int32', shape: [], data: Int32Array.of(0) }, int64('ax', 1)],
  nodes: [
    node('Max', ['i', 'zi'], ['p']),
    node('Gather', ['x', 'p'], ['g']),
    node('Less', ['i', 'zi'], ['b']),
    node('Unsqueeze', ['b', 'ax'], ['c']),
    node('Where', ['c', 'zf', 'g'], ['y']),
  ],
  output: rows,
})
add({
  name: 'Where column bool [12800,1] zero',
  inputs: { x: rows, b: ['bool', [12800, 1]] },
  initializers: [scalar('zf', 0)],
  nodes: [node('Where', ['b', 'zf', 'x'], ['y'])],
  output: rows,
})
add({
  name: 'Concat last 2 of [12800,64]',
  inputs: { x: rows, z: rows },
  nodes: [node('Concat', ['x', 'z'], ['y'], { axis: 1 })],
  output: ['float32', [12800, 128]],
})
add({
  name: 'Slice last 64 of [12800,256]',
  inputs: { x: wide },
  initializers: [int64('s', 64), int64('e', 128), int64('a', 1)],
  nodes: [node('Slice', ['x', 's', 'e', 'a'], ['y'])],
  output: rows,
})
add({
  name: 'Split 3 of [12800,192]',
  inputs: { x: ['float32', [12800, 192]] },
  initializers: [int64('split', 64, 64, 64)],
  nodes: [node('Split', ['x', 'split'], ['y', 'b', 'c'], { axis: 1 })],
  output: rows,
})
add({
  name: 'Pad rows [12800,64]->[12801,64]',
  inputs: { x: rows },
  initializers: [int64('p', 0, 0, 1, 0)],
  nodes: [node('Pad', ['x', 'p'], ['y'])],
  output: ['float32', [12801, 64]],
})
add({
  name: 'Expand [12800,1]->[12800,64]',
  inputs: { x: ['float32', [12800, 1]] },
  initializers: [int64('s', 12800, 64)],
  nodes: [node('Expand', ['x', 's'], ['y'])],
  output: rows,
})
add({
  name: 'BiasGelu [12800,256]',
  inputs: { x: wide, b: ['float32', [256]] },
  nodes: [node('BiasGelu', ['x', 'b'], ['y'], {}, 'com.microsoft')],
  output: wide,
})

const args = process.argv.slice(2)
const threads = args.includes('--threads') ? Number(args[args.indexOf('--threads') + 1]) : 2
const filter = args[0] !== undefined && !args[0].startsWith('--') ? new RegExp(args[0]) : /./
const rng = createRng(7)

function tensor(name: string, type: ElementType, shape: readonly number[]): ort.Tensor {
  const count = shape.reduce((a, b) => a * b, 1)
  if (type === 'float32')
    return new ort.Tensor(
      'float32',
      Float32Array.from({ length: count }, () => (name === 'ones' ? 1 : rng.float() * 4 - 2)),
      shape,
    )
  if (type === 'uint8')
    return new ort.Tensor(
      'uint8',
      Uint8Array.from({ length: count }, () => (rng.float() < 0.8 ? 1 : 0)),
      shape,
    )
  if (type === 'bool')
    return new ort.Tensor(
      'bool',
      Uint8Array.from({ length: count }, () => (rng.float() < 0.8 ? 1 : 0)),
      shape,
    )
  if (type === 'int32')
    return new ort.Tensor(
      'int32',
      Int32Array.from({ length: count }, (_, i) => (name === 'r' ? i : rng.below(2000))),
      shape,
    )
  return new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: count }, () => BigInt(rng.below(2000))),
    shape,
  )
}

for (const c of cases) {
  if (!filter.test(c.name)) continue
  const folder = mkdtempSync(join(tmpdir(), 'operators-'))
  try {
    const bytes = encodeModel({
      name: 'case',
      nodes: c.nodes,
      inputs: Object.entries(c.inputs).map(([name, [type, shape]]) => ({ name, type, shape })),
      outputs: [{ name: 'y', type: c.output[0], shape: c.output[1] }],
      initializers: c.initializers ?? [],
    })
    const session = await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: c.level ?? 'all',
      enableProfiling: true,
      profileFilePrefix: join(folder, 'p'),
      logSeverityLevel: 3,
    })
    const feeds: Record<string, ort.Tensor> = {}
    for (const [name, [type, shape]] of Object.entries(c.inputs)) feeds[name] = tensor(name, type, shape)
    const fetches = { y: tensor('y', c.output[0], c.output[1]) }
    const started = performance.now()
    for (let i = 0; i < 200 && (i < 12 || performance.now() - started < 400); i++) await session.run(feeds, fetches)
    session.endProfiling()
    await session.release()
    const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')) as {
      cat: string
      name: string
      dur: number
    }[]
    const runs: number[] = []
    let sum = 0
    for (const event of events) {
      if (event.cat === 'Node' && event.name.endsWith('_kernel_time')) sum += event.dur
      if (event.name === 'model_run') {
        runs.push(sum)
        sum = 0
      }
    }
    const sorted = runs.slice(3).sort((a, b) => a - b)
    const [median, fastest] = [sorted[sorted.length >> 1], sorted[0]]
    console.log(`${String(median).padStart(8)} µs, at best ${String(fastest).padStart(6)} µs  ${c.name}`)
  } catch (error) {
    console.log(`   error     ${c.name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
