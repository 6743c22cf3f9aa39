import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { TrainEvent } from '../core/index.ts'
import { crc32c, figuresRecord, versionRecord } from './event-file.ts'
import { trackerOf } from './open.ts'
import { tracked } from './tracked.ts'

const epoch = (n: number): TrainEvent => ({
  type: 'epoch',
  epoch: n,
  epochs: 2,
  losses: { loss: 1.5 / n },
  validation: { 'ndcg@10': 0.25 * n, mrr: Number.NaN },
  best: true,
  seconds: 0.5,
})
const training = async () => ({ name: 'sasrec', parameters: { model: 'sasrec', seed: '1', rate: 'x'.repeat(600) } })
const never = (reason: string) => expect.unreachable(reason)

let ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending) await end()
  ending = []
})

describe('an event file of TensorBoard', () => {
  it('has the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  })

  it('frames messages whose bytes are those computed by hand', () => {
    const framed = Buffer.from(versionRecord(0))
    // wall_time 0 as a double of field 1, then field 3 of 13 bytes.
    const data = Buffer.concat([Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 13]), Buffer.from('brain.Event:2')])
    expect(framed.readBigUInt64LE(0)).toBe(24n)
    expect(framed.subarray(12, 36)).toEqual(data)
    // Of the length 24 in eight bytes, the masked checksum that all files of TensorFlow begin with.
    expect(framed.subarray(8, 12).toString('hex')).toBe('a37f4b22')

    const figures = Buffer.from(figuresRecord({ step: 300, time: 1000, values: { a: 1 } }))
    expect(figures.subarray(12, -4).toString('hex')).toBe(
      '09000000000000f03f' + // 1 s as a double of field 1
        '10ac02' + // 300 as a varint of field 2
        '2a0a' + // field 5, ten bytes: a summary
        '0a08' + // its value, eight bytes
        '0a0161' + // tag 'a'
        '150000803f', // 1 as a float of field 2
    )
  })

  it('is read back with every figure of every epoch', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-tracker-'))
    ending.push(() => rm(folder, { recursive: true }))
    const told = tracked(trackerOf(`tensorboard:${join(folder, 'new')}`), training, never, () => 1_700_000_000_000)
    told.tell(epoch(1))
    told.tell(epoch(2))
    await told.end('finished')
    const [name, ...others] = await readdir(join(folder, 'new'))
    expect(others).toEqual([])
    expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./)
    expect(read(await readFile(join(folder, 'new', name ?? '')))).toEqual([
      {},
      { step: 1, 'loss/loss': 1.5, 'validation/ndcg@10': 0.25, seconds: 0.5 },
      { step: 2, 'loss/loss': 0.75, 'validation/ndcg@10': 0.5, seconds: 0.5 },
    ])
  })
})

describe('an MLflow server', () => {
  it('hears of the run, its parameters, its figures and its end', async () => {
    const { url, heard } = await server()
    const told = tracked(
      trackerOf(`mlflow:${url}/#my shop`, { MLFLOW_TRACKING_TOKEN: 'key' }),
      training,
      never,
      () => 5,
    )
    told.tell(epoch(1))
    await told.end('stopped')
    expect(heard).toEqual([
      ['GET experiments/get-by-name?experiment_name=my%20shop', 'Bearer key'],
      ['POST experiments/create', 'Bearer key', { name: 'my shop' }],
      [
        'POST runs/create',
        'Bearer key',
        expect.objectContaining({ experiment_id: '7', run_name: 'sasrec', start_time: 5 }),
      ],
      [
        'POST runs/log-batch',
        'Bearer key',
        {
          run_id: 'r1',
          params: [
            { key: 'model', value: 'sasrec' },
            { key: 'seed', value: '1' },
            { key: 'rate', value: 'x'.repeat(500) },
          ],
        },
      ],
      [
        'POST runs/log-batch',
        'Bearer key',
        {
          run_id: 'r1',
          metrics: [
            { key: 'loss/loss', value: 1.5, timestamp: 5, step: 1 },
            { key: 'validation/ndcg_at_10', value: 0.25, timestamp: 5, step: 1 },
            { key: 'seconds', value: 0.5, timestamp: 5, step: 1 },
          ],
        },
      ],
      ['POST runs/update', 'Bearer key', { run_id: 'r1', status: 'KILLED', end_time: 5 }],
    ])
  })

  it('that is gone is told of once, whatever comes after', async () => {
    const { url, close } = await server()
    await close()
    const reasons: string[] = []
    const told = tracked(trackerOf(`mlflow:${url}`, {}), training, (reason) => reasons.push(reason))
    told.tell(epoch(1))
    told.tell(epoch(2))
    await told.end('finished')
    expect(reasons).toEqual([expect.stringContaining('ECONNREFUSED')])
  })
})

it.each(['tensorboard:', 'mlflow:there', 'mlflow:http://me:secret@host', 'wandb:x', 'x'])('%s is refused', (target) =>
  expect(() => trackerOf(target)).toThrow('tensorboard:FOLDER'),
)

/** Another reader of the format: the figures of each record by name. */
function read(file: Buffer): Record<string, number>[] {
  const records: Record<string, number>[] = []
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at))
    const unmask = (masked: number) => {
      const rotated = (masked - 0xa282ead8) >>> 0
      return ((rotated >>> 17) | (rotated << 15)) >>> 0
    }
    const data = file.subarray(at + 12, at + 12 + length)
    expect(unmask(file.readUInt32LE(at + 8))).toBe(crc32c(file.subarray(at, at + 8)))
    expect(unmask(file.readUInt32LE(at + 12 + length))).toBe(crc32c(data))
    const found: Record<string, number> = {}
    // Steps and lengths of this file are below 128, a byte each.
    if (data[9] === 0x10) {
      found.step = data[10] ?? 0
      const summary = data.subarray(data.indexOf(0x2a, 11) + 2)
      for (let v = 0; v < summary.length; ) {
        const value = summary.subarray(v + 2, v + 2 + (summary[v + 1] ?? 0))
        const tagLength = value[1] ?? 0
        found[value.subarray(2, 2 + tagLength).toString()] = value.readFloatLE(3 + tagLength)
        v += 2 + value.length
      }
    }
    records.push(found)
    at += 16 + length
  }
  return records
}

async function server() {
  const heard: unknown[][] = []
  const answers: Record<string, object> = {
    'experiments/create': { experiment_id: '7' },
    'runs/create': { run: { info: { run_id: 'r1' } } },
  }
  const one: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = (request.url ?? '').replace('/api/2.0/mlflow/', '')
      const body = Buffer.concat(chunks).toString()
      heard.push([`${request.method} ${path}`, request.headers.authorization, ...(body ? [JSON.parse(body)] : [])])
      response.writeHead(request.method === 'GET' ? 404 : 200).end(JSON.stringify(answers[path] ?? {}))
    })
  })
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      one.close(() => resolve())
      one.closeAllConnections()
    })
  ending.push(close)
  return { url: `http://127.0.0.1:${(one.address() as AddressInfo).port}`, heard, close }
}
