import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CurvesFile, downsample } from './series.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-series-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const line = (epoch: number, more: object = {}) =>
  `${JSON.stringify({ type: 'epoch', epoch, epochs: 9, losses: { loss: 1 / epoch }, best: true, seconds: 2, ...more })}\n`

async function written(name: string, text: string | Buffer): Promise<string> {
  const path = join(home, name)
  await writeFile(path, text)
  return path
}

describe('curves', () => {
  it('are read by epoch, with what each one says', async () => {
    const trust = {
      of: 'domain',
      signals: [{ name: 'gap', summary: '', keys: { domain: [1, -1] }, values: [0.5, null] }],
    }
    const more = { validation: { 'ndcg@10': 0.2 }, simulation: { free: { rTra: 3 } }, trust, best: false }
    const path = await written('whole.jsonl', line(1) + line(2, more))
    const { tracks, cautions } = await new CurvesFile(path, async () => ['books', 'music']).read()
    expect(cautions).toEqual([])
    expect(tracks).toHaveLength(1)
    const [{ epochs, seconds, best, of, columns }] = tracks
    expect({ epochs, seconds, best, of }).toEqual({ epochs: [1, 2], seconds: [2, 4], best: 1, of: 9 })
    expect(Object.fromEntries(columns)).toEqual({
      'losses/loss': [1, 0.5],
      'validation/ndcg@10': [Number.NaN, 0.2],
      'simulation/free/rTra': [Number.NaN, 3],
      'trust/gap/music': [Number.NaN, 0.5],
      'trust/gap/all domains': [Number.NaN, Number.NaN],
    })
  })

  it('of domains that were trained one after the other stand apart', async () => {
    const path = await written(
      'apart.jsonl',
      ['a', 'a', 'b'].map((domain, i) => line((i % 2) + 1, { domain })).join(''),
    )
    const { tracks } = await new CurvesFile(path).read()
    expect(tracks.map(({ domain, epochs }) => [domain, epochs])).toEqual([
      ['a', [1, 2]],
      ['b', [1]],
    ])
  })

  it('go on where the file grows, and a line counts once it is whole', async () => {
    const path = await written('grows.jsonl', line(1) + line(2).slice(0, 20))
    const file = new CurvesFile(path)
    expect((await file.read()).tracks[0].epochs).toEqual([1])
    await appendFile(path, line(2).slice(20))
    expect((await file.read()).tracks[0].epochs).toEqual([1, 2])
  })

  it('begin anew where a resumed training has cut the file, though it is longer by now', async () => {
    const path = await written('cut.jsonl', line(1) + line(2) + line(3))
    const file = new CurvesFile(path)
    await file.read()
    await truncate(path, line(1).length)
    await appendFile(path, line(2, { losses: { loss: 7 } }) + line(3, { best: false }) + line(4, { best: false }))
    const [{ epochs, best, columns }] = (await file.read()).tracks
    expect(epochs).toEqual([1, 2, 3, 4])
    expect(best).toBe(2)
    expect(columns.get('losses/loss')).toEqual([1, 7, 1 / 3, 0.25])
  })

  it('take the last line of an epoch that was written twice', async () => {
    const path = await written(
      'twice.jsonl',
      line(1) + line(2) + line(3) + line(2, { losses: { loss: 9 }, best: false }),
    )
    const [{ epochs, best, columns }] = (await new CurvesFile(path).read()).tracks
    expect({ epochs, best, loss: columns.get('losses/loss') }).toEqual({ epochs: [1, 2], best: 1, loss: [1, 9] })
  })

  it('leave out what is damaged, and say so', async () => {
    const trust = { of: 'domain', signals: 'none' }
    const path = await written(
      'damaged.jsonl',
      `${line(1)}{"type":\n[]\n\0\n${line(2, { trust })}${line(3, { losses: [2] })}`,
    )
    const { tracks, cautions } = await new CurvesFile(path).read()
    expect(tracks[0].epochs).toEqual([1, 3])
    expect(cautions).toEqual([
      ...[2, 3, 4].map((n) => `${path}: line ${n} is not a JSON object and is left out`),
      `${path}: line 5 is not what a training writes and is left out`,
    ])
  })

  it('are none where there is no file, and gone where it is deleted', async () => {
    const path = await written('gone.jsonl', line(1))
    const file = new CurvesFile(path)
    expect((await file.read()).tracks).toHaveLength(1)
    await rm(path)
    expect((await file.read()).tracks).toEqual([])
    await expect(new CurvesFile(home).read()).rejects.toMatchObject({ code: 'file-missing' })
  })

  it('tell a signal of very many things by its mean', async () => {
    const keys = { item: Array.from({ length: 100 }, (_, i) => i) }
    const trust = { of: 'behavior', signals: [{ name: 'weight', summary: '', keys, values: keys.item }], scale: 2 }
    const { tracks } = await new CurvesFile(await written('many.jsonl', line(1, { trust }))).read()
    expect([...tracks[0].columns.keys()]).toEqual(['losses/loss', 'trust/scale', 'trust/weight/mean'])
    expect(tracks[0].columns.get('trust/weight/mean')).toEqual([49.5])
  })
})

describe('downsampling', () => {
  it('keeps the ends, the extremes and what it is told to, in order and within the number', () => {
    const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.NaN)), {
      minLength: 1,
      maxLength: 300,
    })
    fc.assert(
      fc.property(values, fc.integer({ min: 6, max: 60 }), fc.nat(299), (values, points, place) => {
        const keep = place % values.length
        const kept = downsample(values, points, keep)
        expect(kept.length).toBeLessThanOrEqual(Math.max(points, 0))
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b))
        expect(kept).toEqual(expect.arrayContaining([0, values.length - 1, keep]))
        const finite = values.filter((value) => !Number.isNaN(value))
        const found = kept.map((i) => values[i]).filter((value) => !Number.isNaN(value))
        if (finite.length === 0) return
        expect(Math.max(...found)).toBe(Math.max(...finite))
        expect(Math.min(...found)).toBe(Math.min(...finite))
      }),
    )
  })

  it('needs points to draw with', () => {
    expect(() => downsample([1], 3)).toThrow('a curve takes 4 points or more, not 3')
  })
})
