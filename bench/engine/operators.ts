/**
 * What single operators of onnxruntime cost at the shapes of a training step, from its own profiler.
 *
 *   taskset -c 0,1 npx tsx bench/engine/operators.ts [pattern] [--threads n]
 *
 * Prints, for each case, the median and the least over runs of the time inside kernels, in microseconds.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { elementCount } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import {
  type AttributeValue,
  encodeModel,
  type OnnxInitializer,
  type OnnxNode,
} from '../../src/tensor/executors/onnx/proto.ts'

// A case is written `inputs | statements`. An input is `name=extents`, with :u8 or :i32 where it is not float32. A statement is
// `Operator(operands) attributes > outputs`, joined by `;`; the first statement's operands may be inputs only by name, `#1.25` is a
// scalar, `[0,1]` a vector of int64; a leading `~` means onnxruntime's own operators, an attribute `a:0.5` is a float.
const ROWS = '12800,64'
const WIDE = '12800,256'
const SCORES = '256,2,50,50'
const LOGITS = '2000,2300'

const unary = [
  ...['Exp', 'Erf', 'Tanh', 'Sigmoid', 'Relu', 'Sqrt', 'Log', 'Abs', 'Neg', 'Reciprocal', 'Sign', 'Softplus', 'Gelu'],
  ...['~FastGelu', '~QuickGelu', 'Identity'],
].map((name) => `${name}(x) > y`)
const lastOf = (shape: string) => shape.split(',').at(-1)!
const columnOf = (shape: string) => shape.replace(/\d+$/, '1')

const elementwise = [ROWS, WIDE, SCORES].flatMap((s) => [
  ...unary.map((statement) => `x=${s} | ${statement}`),
  `x=${s} | HardSigmoid(x) alpha:3.4e38,beta:0 > y`,
  `x=${s} | Greater(x,#0) > m; Cast(m) to=1 > y`,
  `x=${s} z=${s} | Greater(x,#0) > m; Where(m,z,#0) > y`,
  `x=${s} m=${s}:u8 | Cast(m) to=9 > b; Where(b,x,#0) > y`,
  `m=${s}:u8 | Cast(m) to=1 > y`,
  `m=${s}:u8 | DequantizeLinear(m,#1.25) > y`,
  `x=${s} m=${s}:u8 | Cast(m) to=1 > c; Mul(c,#1.25) > d; Mul(x,d) > y`,
  `x=${s} m=${s}:u8 | DequantizeLinear(m,#1.25) > d; Mul(x,d) > y`,
  ...['Add', 'Mul', 'Sub', 'Div', 'Max'].flatMap((name) => [
    `x=${s} z=${s} | ${name}(x,z) > y`,
    `x=${s} z=${lastOf(s)} | ${name}(x,z) > y`,
    `x=${s} z=${columnOf(s)} | ${name}(x,z) > y`,
    `x=${s} | ${name}(x,#2) > y`,
  ]),
  `x=${s} z=${s} w=${s} | Sum(x,z,w) > y`,
  `x=${s} z=${s} w=${s} | Add(x,z) > a; Add(a,w) > y`,
])

const reductions = [
  ...[ROWS, WIDE, SCORES, LOGITS].flatMap((s) => [
    `x=${s} | Softmax(x) axis=-1 > y`,
    `x=${s} | LogSoftmax(x) axis=-1 > y`,
    ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceSumSquare', 'ReduceLogSumExp'].map(
      (name) => `x=${s} | ${name}(x,[-1]) > y`,
    ),
  ]),
  `x=${LOGITS} | ReduceMax(x,[-1]) > m; Softmax(x) axis=-1 > p; ReduceMax(p,[-1]) > q; Log(q) > l; Sub(m,l) > y`,
  `x=${SCORES} g=${SCORES} | Mul(g,x) > p; ReduceSum(p,[-1]) > r; Sub(g,r) > d; Mul(d,x) > y`,
  ...['64', '256'].flatMap((d) => [
    `x=12800,${d} | ReduceSum(x,[0]) > y`,
    `x=12800,${d} | ReduceSum(x,[0,1]) > y`,
    `x=12800,${d} ones=1,12800 | MatMul(ones,x) > y`,
    `x=256,50,${d} | ReduceSum(x,[0,1]) > y`,
    `x=256,50,${d} | ReduceSum(x,[1]) > a; ReduceSum(a,[0]) > y`,
  ]),
  ...[ROWS, '256,50,64'].flatMap((s) => [
    `x=${s} g=64 | LayerNormalization(x,g) axis=-1 > y`,
    `x=${s} g=64 | LayerNormalization(x,g) axis=-1 > y,m,s`,
    `x=${s} z=${s} g=64 b=64 | ~SkipLayerNormalization(x,z,g,b) > y`,
    `x=${s} | ReduceMean(x,[-1]) > m; Sub(x,m) > c; Mul(c,c) > q; ReduceMean(q,[-1]) keepdims=0 > v; Add(v,#0.1) > w; ` +
      `Sqrt(w) > r; Reciprocal(r) > i; Reshape(i,[${columnOf(s)}]) > j; Mul(c,j) > y`,
  ]),
  'x=12800,1 | Add(x,#2) > y',
  'x=12800 | Add(x,#2) > y',
]

const products = [
  ...[
    [64, 64],
    [64, 192],
    [64, 256],
    [256, 64],
  ].flatMap(([k, n]) => [
    `x=12800,${k} w=${k},${n} | MatMul(x,w) > y`,
    `x=12800,${k} w=${k},${n} b=${n} | Gemm(x,w,b) > y`,
    `x=12800,${k} w=${k},${n} b=${n} | MatMul(x,w) > a; Add(a,b) > y`,
    `x=12800,${k} w=${n},${k} | Gemm(x,w) transB=1 > y`,
    `x=12800,${k} w=${n},${k} | ~FusedMatMul(x,w) transB=1 > y`,
    `x=12800,${k} w=${n},${k} | Transpose(w) perm=1,0 > t; MatMul(x,t) > y`,
    `x=12800,${k} g=12800,${n} | Gemm(x,g) transA=1 > y`,
    `x=12800,${k} g=12800,${n} | ~FusedMatMul(x,g) transA=1 > y`,
    `x=12800,${k} g=12800,${n} | Transpose(x) perm=1,0 > t; MatMul(t,g) > y`,
    ...[2, 4, 8, 16].map(
      (parts) =>
        `x=${parts},${12800 / parts},${k} g=${parts},${12800 / parts},${n} | ~FusedMatMul(x,g) transA=1 > p; ReduceSum(p,[0]) > y`,
    ),
  ]),
  'q=256,2,50,32 k=256,2,50,32 | ~FusedMatMul(q,k) transB=1,alpha:0.17 > y',
  'q=256,2,50,32 k=256,2,32,50 | MatMul(q,k) > y',
  'q=256,2,50,32 k=256,2,50,32 | Transpose(k) perm=0,1,3,2 > t; MatMul(q,t) > a; Mul(a,#0.17) > y',
  `p=${SCORES} v=256,2,50,32 | MatMul(p,v) > y`,
  `p=${SCORES} v=256,2,50,32 | ~FusedMatMul(p,v) transA=1 > y`,
  'x=256,64 w=64,2300 | MatMul(x,w) > y',
  'x=2000,64 w=2300,64 | Gemm(x,w) transB=1 > y',
]

const layout = [
  'x=256,50,2,32 | Transpose(x) perm=0,2,1,3 > y',
  'x=256,2,50,32 | Transpose(x) perm=0,2,1,3 > y',
  'x=256,2,50,32 | Transpose(x) perm=0,1,3,2 > y',
  'x=400000,64 i=12800:i32 | Gather(x,i) > y',
  'x=8000,64 z=1,64 i=12800:i32 | Concat(x,z) axis=0 > c; Gather(c,i) > y',
  'x=8000,64 m=12800,1 i=12800:i32 | Gather(x,i) > g; Mul(g,m) > y',
  `x=${ROWS} z=${ROWS} | Concat(x,z) axis=1 > y`,
  `x=${WIDE} | Slice(x,[64],[128],[1]) > y`,
  'x=12800,192 | Split(x,[64,64,64]) axis=1 > y,a,b',
  `x=${ROWS} | Pad(x,[0,0,1,0]) > y`,
  'x=12800,1 | Expand(x,[12800,64]) > y',
]

const TYPES = { u8: 'uint8', i32: 'int32' } as const

function parse(text: string) {
  const [declared, code] = text.split(' | ') as [string, string]
  const inputs = declared.split(' ').map((part) => {
    const [, name, extents, type] = /^(\w+)=([\d,]+)(?::(u8|i32))?$/.exec(part)!
    const shape = extents.split(',').map(Number)
    return { name: name, shape, type: type === undefined ? ('float32' as const) : TYPES[type as 'u8' | 'i32'] }
  })
  const initializers: OnnxInitializer[] = []
  const operand = (word: string): string => {
    const name = `c${initializers.length}`
    if (word.startsWith('#'))
      initializers.push({ name, type: 'float32', shape: [], data: Float32Array.of(Number(word.slice(1))) })
    else if (word.startsWith('[')) {
      const data = BigInt64Array.from(word.slice(1, -1).split(','), BigInt)
      initializers.push({ name, type: 'int64', shape: [data.length], data })
    } else return word
    return name
  }
  const nodes = code.split('; ').map((statement, i): OnnxNode => {
    const [, own, operator, operands, written, outputs] = /^(~?)(\w+)\((.*?)\) ?(.*?) ?> ([\w,]+)$/.exec(statement)!
    const attributes: Record<string, AttributeValue> = {}
    for (const [, name, kind, value] of written.matchAll(/(\w+)([=:])([-\d.e]+(?:,\d+)*)/g)) {
      const numbers = value.split(',').map(Number)
      attributes[name] = kind === ':' ? { float: numbers[0] } : name === 'perm' ? numbers : numbers[0]
    }
    const names = operands.match(/\[[^\]]*\]|[^,]+/g)!.map(operand)
    const domain = own === '~' ? 'com.microsoft' : ''
    return {
      operator: operator,
      domain,
      name: `${operator}${i}`,
      inputs: names,
      outputs: outputs.split(','),
      attributes,
    }
  })
  return { inputs, nodes, initializers }
}

const rng = createRng(7)

function tensor(name: string, type: 'float32' | 'uint8' | 'int32', shape: readonly number[]): Tensor {
  const length = elementCount(shape)
  if (type === 'uint8')
    return new Tensor(
      type,
      Uint8Array.from({ length }, () => Number(rng.below(5) > 0)),
      shape,
    )
  if (type === 'int32')
    return new Tensor(
      type,
      Int32Array.from({ length }, () => rng.below(8000)),
      shape,
    )
  return new Tensor(
    type,
    Float32Array.from({ length }, () => (name === 'ones' ? 1 : rng.float() * 4 - 2)),
    shape,
  )
}

/** Microseconds inside kernels, for each run but the first three. */
async function measure(text: string, threads: number): Promise<number[]> {
  const { inputs, nodes, initializers } = parse(text)
  const folder = mkdtempSync(join(tmpdir(), 'operators-'))
  try {
    const model = { name: 'case', nodes, inputs, outputs: [{ name: 'y', type: 'float32' as const }], initializers }
    const session = await InferenceSession.create(encodeModel(model), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'disabled',
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
      logSeverityLevel: 4,
      extra: { session: { set_denormal_as_zero: '1', disable_quant_qdq: '1' } },
    })
    const feeds = Object.fromEntries(inputs.map(({ name, type, shape }) => [name, tensor(name, type, shape)]))
    const started = performance.now()
    for (let i = 0; i < 200 && (i < 12 || performance.now() - started < 400); i++) await session.run(feeds)
    session.endProfiling()
    await session.release()
    const file = join(folder, readdirSync(folder)[0])
    const events = JSON.parse(readFileSync(file, 'utf8')) as { cat: string; name: string; dur: number }[]
    const runs: number[] = []
    let sum = 0
    for (const event of events) {
      if (event.cat === 'Node' && event.name.endsWith('_kernel_time')) sum += event.dur
      if (event.name !== 'model_run') continue
      runs.push(sum)
      sum = 0
    }
    return runs.slice(3)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { values, positionals } = parseArgs({
  options: { threads: { type: 'string', default: '2' } },
  allowPositionals: true,
})
const pattern = new RegExp(positionals[0] ?? '.')
for (const text of [...elementwise, ...reductions, ...products, ...layout]) {
  if (!pattern.test(text)) continue
  const times = (await measure(text, Number(values.threads))).sort((a, b) => a - b)
  console.log(`${String(times[times.length >> 1]).padStart(7)} µs, at best ${String(times[0]).padStart(6)} µs  ${text}`)
}
