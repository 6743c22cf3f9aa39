import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Manifest, manifestText } from '../../runs/manifest.ts'
import { Comparer, Workbench } from '../../workbench/index.ts'
import { createServer } from '../app.ts'

const MANIFEST: Manifest = {
  format: 1,
  model: 'sasrec',
  task: 'ranking',
  config: {},
  dataset: { name: 'shop', path: 'shop', hash: 'abc' },
  split: 'leave-two-out',
  seed: 1,
  threads: 1,
  versions: { tributary: '0.1.0', node: '20', onnxruntime: '1' },
  status: 'done',
  weightsHash: 'w',
  result: { epochs: 3, bestEpoch: 3, reason: 'enough', seconds: 7, validation: { 'ndcg@10': 0.25 } },
}
const { result: _, weightsHash: __, ...begun } = MANIFEST
const RESULTS = JSON.stringify({
  ...{ dataset: 'shop', measure: 'ranking', metric: 'ndcg@10', described: '', against: 'a', allUsers: 9, models: {} },
  cases: { z: 1, 1: 2 },
}).replace('{"1":2,"z":1}', '{"z":1,"1":2}')

let home: string
let app: ReturnType<typeof createServer>
let comparer: Comparer
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-compared-'))
  const put = async (id: string, file: string, text: string) => {
    await mkdir(join(home, id), { recursive: true })
    await writeFile(join(home, id, file), text)
  }
  await put('a/seed1', 'manifest.json', manifestText(MANIFEST))
  await put('b', 'manifest.json', manifestText({ ...begun, status: 'training' }))
  await put('a', 'results.json', RESULTS)
  comparer = new Comparer({ command: [process.execPath, '-e', 'console.log(JSON.stringify(process.argv))', '--'] })
  app = createServer({ models: [], workbench: new Workbench({ folders: [home] }), comparer })
})
afterAll(() => rm(home, { recursive: true }))

const send = async (path: string, body?: object, method = body ? 'POST' : 'GET') => {
  const headers = { 'Content-Type': 'application/json' }
  const response = await app.request(`/v1/comparisons${path}`, {
    method,
    ...(body && { headers, body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

describe('comparisons', () => {
  it('that were written are listed, and answered as they stand in their file', async () => {
    const { written, asked } = JSON.parse((await send('')).text)
    expect(written).toMatchObject([{ id: 'a', dataset: 'shop', metric: 'ndcg@10' }])
    expect(asked).toEqual([])
    expect(await send('/a')).toEqual({ status: 200, text: `{"id":"a","status":"done","results":${RESULTS}}` })
    expect((await send('/absent')).status).toBe(404)
  })

  it('of runs that somebody picks are begun, told of on the stream, and answered', async () => {
    const response = await app.request('/v1/stream?of=comparisons')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    const { status, text } = await send('', { runs: ['a/seed1'], part: 'valid' })
    expect(status).toBe(202)
    const { id, ...asked } = JSON.parse(text)
    const command = ['compare', '--runs', join(home, 'a/seed1'), '--split', 'valid']
    expect(asked).toEqual({ runs: ['a/seed1'], command, status: 'running' })
    let told = ''
    while (!told.includes('"status":"done"')) told += (await reader.read()).value
    await reader.cancel()
    const answer = JSON.parse((await send(`/${id}`)).text)
    expect(answer).toMatchObject({ id, status: 'done', command })
    expect(answer.results.slice(1)).toEqual([...command, '--json'])
    expect(JSON.parse((await send('')).text).asked).toMatchObject([{ id, status: 'done' }])
    expect((await send(`/${id}`, undefined, 'DELETE')).status).toBe(404)
  })

  it('of what cannot be compared are refused', async () => {
    const refused = async (body: object) => {
      const { status, text } = await send('', body)
      return [status, JSON.parse(text).error.message]
    }
    expect(await refused({ runs: ['absent'] })).toEqual([404, "there is no run 'absent'"])
    expect(await refused({ runs: ['b'] })).toEqual([409, "the run 'b' is not finished (stopped); leave it out"])
    expect((await refused({ runs: [] }))[0]).toBe(400)
    expect((await refused({ runs: ['a/seed1'], candidates: '/etc/passwd' }))[0]).toBe(400)
    expect((await refused({ runs: ['a/seed1'], metrics: ['--out=x'] }))[0]).toBe(400)
    expect((await refused({ runs: ['a/seed1'], other: 1 }))[0]).toBe(400)
  })
})
