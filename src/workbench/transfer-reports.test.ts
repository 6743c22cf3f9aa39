import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { transferReportOf } from '../../test/worlds/transfer-report.ts'
import { readTransferReport } from '../experiments/transfer-file.ts'
import { TransferReports } from './transfer-reports.ts'

const root = mkdtempSync(join(tmpdir(), 'tributary-reports-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const HOSTILE = ['books', '__proto__', '10', '2', '<script>alert(1)</script>', '\u202Eright to left']
const text = (places: readonly number[] = [-0.02, 0.01, 0, 0.03, Number.NaN, 0.1]) =>
  JSON.stringify(transferReportOf(HOSTILE.map((domain, d) => ({ domain, difference: places[d] ?? 0 }))))

function put(folder: string, written: string, seconds = 1_000): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'transfer.json')
  writeFileSync(path, written)
  utimesSync(path, seconds, seconds)
  return path
}

describe('a transfer.json', () => {
  it('is read whole: written again it is the same to the last digit, whatever domains are called', async () => {
    const path = put(join(root, 'whole'), text())
    const report = await readTransferReport(path)
    expect(JSON.parse(JSON.stringify(report))).toEqual(JSON.parse(text()))
    expect([...report.domains.keys()].sort()).toEqual([...HOSTILE].sort())
    expect(report.domains.get('__proto__')?.difference['ndcg@10'].mean).toBe(0.01)
    expect(report.domains.get('<script>alert(1)</script>')?.difference['ndcg@10'].mean).toBeNaN()
  })

  it('is refused where anything is missing, with the place', async () => {
    const damaged = (change: (report: { [key: string]: unknown }) => void) => {
      const report = JSON.parse(text()) as { [key: string]: unknown }
      change(report)
      return readTransferReport(put(join(root, 'damaged'), JSON.stringify(report)), 'it')
    }
    await expect(damaged((report) => delete report.leastUsers)).rejects.toThrow(
      /^it is no whole report of tributary transfer \(leastUsers: .*make it again$/,
    )
    await expect(damaged((report) => delete (report.domains as { books?: object }).books)).resolves.toBeDefined()
    await expect(
      damaged(({ domains }) => delete (domains as { books: { cases?: number } }).books.cases),
    ).rejects.toThrow(/^it is no whole report of tributary transfer \(domains\.books\.cases: /)
    await expect(damaged((report) => ((report.validation as { domains: object }).domains = {}))).rejects.toThrow(
      /\(validation\.domains: there is no /,
    )
    await expect(readTransferReport(put(join(root, 'half'), text().slice(0, 900)), 'it')).rejects.toThrow(
      'it is no whole report of tributary transfer (the file: it is not JSON); make it again',
    )
  })
})

describe('reports below folders', () => {
  const runs = join(root, 'runs')

  it('are found wherever they lie, the last one first, and damaged ones are told without a path', async () => {
    put(join(runs, 'monday', 'run'), text(), 1_000)
    put(join(runs, 'tuesday', 'run'), text(), 2_000)
    put(join(runs, 'broken'), '{"format": 1', 3_000)
    put(join(runs, 'other', 'kind'), '{"format": 2}', 500)
    put(join(runs, '.hidden'), text())
    mkdirSync(join(runs, 'folder', 'transfer.json'), { recursive: true })
    symlinkSync(runs, join(runs, 'circle'))
    const reports = new TransferReports([runs])
    const found = await reports.all()
    expect(found.map(({ id, report }) => [id, report !== undefined])).toEqual([
      ['broken', false],
      ['tuesday/run', true],
      ['monday/run', true],
      ['other/kind', false],
    ])
    expect(found[0].reason).toBe(
      'broken/transfer.json is no whole report of tributary transfer (the file: it is not JSON); make it again',
    )
    expect(JSON.stringify(found.map(({ reason }) => reason))).not.toContain(root)
  })

  it('are read again when they have changed, and gone when they are', async () => {
    const folder = join(root, 'changing')
    put(join(folder, 'one'), text())
    const reports = new TransferReports([folder])
    const [first] = await reports.all()
    expect((await reports.all())[0]).toBe(first)
    put(join(folder, 'one'), text([0.5]), 2_000)
    const [second] = await reports.all()
    expect(second.report?.domains.get('books')?.difference['ndcg@10'].mean).toBe(0.5)
    rmSync(join(folder, 'one'), { recursive: true })
    expect(await reports.all()).toEqual([])
  })

  it('of several folders have names of their own, and of one that is not there there are none', async () => {
    const [a, b] = [join(root, 'a'), join(root, 'b')]
    put(join(a, 'run'), text(), 2_000)
    put(join(b, 'run'), text(), 1_000)
    const found = await new TransferReports([a, b, a, join(root, 'nowhere')]).all()
    expect(found.map(({ id }) => id)).toEqual(['run', 'b/run'])
    expect((await new TransferReports([join(a, 'run')]).all()).map(({ id }) => id)).toEqual(['.'])
  })
})
