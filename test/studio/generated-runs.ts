import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { type Manifest, manifestText } from '../../src/runs/manifest.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const METRICS = ['hr@5', 'hr@10', 'ndcg@5', 'ndcg@10', 'mrr@10', 'mrr']

export interface GeneratedRun {
  readonly model: string
  readonly overrides?: Readonly<Record<string, unknown>>
  readonly seed?: number
  readonly epochs: number
  /** Of `done` runs the best, at which its validation peaks. */
  readonly bestEpoch?: number
  readonly dataset?: string
  readonly status?: Manifest['status']
  readonly cautions?: readonly string[]
}

/** A finished run of no real training, as the files of one: curves that rise, peak and fall. Returns its folder. */
export function writeGeneratedRun(
  folder: string,
  { model, overrides = {}, seed = 1, epochs, status = 'done', dataset = 'generated', ...rest }: GeneratedRun,
): string {
  mkdirSync(folder, { recursive: true })
  const spec = findModel(model)
  const rng = createRng(seed).split(`generated ${model} ${JSON.stringify(overrides)}`)
  const height = 0.2 + 0.2 * rng.float()
  const speed = 10 + 20 * rng.float()
  const best = rest.bestEpoch ?? Math.max(1, Math.round(epochs * (0.5 + 0.4 * rng.float())))
  const peak = (epoch: number) =>
    height * (1 - Math.exp(-epoch / speed)) * (1 - 0.3 * (Math.max(0, epoch - best) / epochs)) + 0.004 * rng.normal()
  const lines: string[] = []
  let bestSoFar = Number.NEGATIVE_INFINITY
  let bestEpoch = 1
  let validation: Record<string, number> = {}
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const value = peak(epoch)
    const measured = Object.fromEntries(METRICS.map((metric, i) => [metric, Number((value * (1 - i / 12)).toFixed(6))]))
    const isBest = value > bestSoFar
    if (isBest) [bestSoFar, bestEpoch, validation] = [value, epoch, measured]
    const losses = { loss: 4 * Math.exp(-epoch / speed) + 1 + 0.02 * rng.float(), regularization: 0.1 * rng.float() }
    lines.push(
      JSON.stringify({
        type: 'epoch',
        epoch,
        epochs,
        losses,
        validation: measured,
        best: isBest,
        seconds: 0.5 + rng.float(),
      }),
    )
  }
  writeFileSync(join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`)
  const manifest: Manifest = {
    format: 1,
    model: spec.name,
    task: spec.task,
    config: parseConfig(spec, overrides).sources,
    dataset: { name: dataset, path: 'datasets/generated', hash: hashOf(dataset) },
    split: 'leave-two-out',
    seed,
    threads: 1,
    versions: { tributary: '0.1.0', node: '24.0.0', onnxruntime: '1.30.0' },
    status,
    ...(status === 'done' && {
      result: {
        ...{ epochs, bestEpoch, reason: 'no better epoch came', seconds: epochs, validation },
        ...(rest.cautions && { cautions: [...rest.cautions] }),
      },
      weightsHash: createHash('sha256')
        .update(`${seed} ${JSON.stringify(overrides)}`)
        .digest('hex'),
    }),
  }
  writeFileSync(join(folder, 'manifest.json'), manifestText(manifest))
  if (status === 'done') writeFileSync(join(folder, 'weights.safetensors'), new Uint8Array(16))
  return folder
}

/** A tuning: `count` runs of SASRec, five seeds of each configuration, each run of 200 epochs. */
export function writeTuning(folder: string, { count = 1000, epochs = 200 } = {}): void {
  for (let run = 0; run < count; run++) {
    const point = Math.floor(run / 5)
    const overrides = {
      width: [32, 64, 128][point % 3],
      dropout: 0.1 + 0.1 * (Math.floor(point / 3) % 5),
      learningRate: [0.0003, 0.001, 0.003, 0.01][Math.floor(point / 15) % 4],
      epochs: epochs + Math.floor(point / 60),
    }
    const seed = 1 + (run % 5)
    writeGeneratedRun(join(folder, `point${point}`, `seed${seed}`), { model: 'sasrec', overrides, seed, epochs })
  }
}

/** What users and file systems call things, and no page may act on. */
export const HOSTILE = {
  markup: '<script>globalThis.acted = 1</script><img src=x onerror="globalThis.acted = 1">',
  rightToLeft: 'كتب \u202e evil \u2066 שלום',
  long: 'x'.repeat(10_000),
  surrogate: 'half \ud800 of a pair',
  path: '../../etc/passwd',
  template: '{{acted = 1}} $' + '{acted} %s %n',
} as const

/** Runs whose every text is hostile; folders have as much of it as a file system takes. */
export function writeHostileRuns(folder: string): void {
  const names: Record<keyof typeof HOSTILE, string> = {
    markup: '<img src=x onerror=alert(1)>',
    rightToLeft: HOSTILE.rightToLeft,
    long: 'x'.repeat(200),
    surrogate: 'half',
    path: '..%2f..%2fetc',
    template: HOSTILE.template,
  }
  for (const kind of Object.keys(HOSTILE) as (keyof typeof HOSTILE)[])
    writeGeneratedRun(join(folder, names[kind]), {
      ...{ model: 'sasrec', epochs: 4, dataset: HOSTILE[kind], cautions: [HOSTILE[kind]] },
    })
}

/** Folders that look like runs and are none, or are half of one. */
export function writeBrokenRuns(folder: string): void {
  const cut = writeGeneratedRun(join(folder, 'cut'), { model: 'sasrec', epochs: 3 })
  writeFileSync(join(cut, 'manifest.json'), '{"format": 1, "model": "sasr')
  const halfLine = writeGeneratedRun(join(folder, 'half-line'), { model: 'sasrec', epochs: 3, status: 'training' })
  writeFileSync(join(halfLine, 'metrics.jsonl'), '{"type":"epoch","epoch":1,"epochs":3,"losses":{"loss":1}', {
    flag: 'a',
  })
  const foreign = join(folder, 'web-app')
  mkdirSync(foreign, { recursive: true })
  writeFileSync(join(foreign, 'manifest.json'), JSON.stringify({ name: 'a web app', icons: [], start_url: '/' }))
  const other = writeGeneratedRun(join(folder, 'other-model'), { model: 'popularity', epochs: 1 })
  writeFileSync(join(other, 'metrics.jsonl'), 'not JSON\n')
}
