import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { transferReportOf } from '../../test/worlds/transfer-report.ts'
import { readTransferReport } from '../experiments/transfer-file.ts'
import { Folders } from './folders.ts'
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
      return readTransferReport(put(join(root, 'damaged'), JSON.stringify(report)))
    }
    await expect(damaged((report) => delete report.leastUsers)).rejects.toThrow(
      /is no whole report of tributary transfer \(leastUsers: .*make it again$/,
    )
    await expect(damaged((report) => delete (report.domains as { books?: object }).books)).resolves.toBeDefined()
    await expect(
      damaged(({ domains }) => delete (domains as { books: { cases?: number } }).books.cases),
    ).rejects.toThrow(/is no whole report of tributary transfer \(domains\.books\.cases: /)
    await expect(damaged((report) => ((report.validation as { domains: object }).domains = {}))).rejects.toThrow(
      /\(validation\.domains: there is no /,
    )
    await expect(readTransferReport(put(join(root, 'half'), text().slice(0, 900)))).rejects.toThrow(
      'is no whole report of tributary transfer (the file: it is not JSON); make it again',
    )
  })
})

describe('reports below folders', () => {
  const reports = new TransferReports()
  const all = async (...folders: string[]) => reports.in(await new Folders(folders).look())

  it('are found wherever they lie, the last one first, and damaged ones are told', async () => {
    const runs = join(root, 'runs')
    put(join(runs, 'monday', 'run'), text(), 1_000)
    put(join(runs, 'tuesday', 'run'), text(), 2_000)
    put(join(runs, 'broken'), '{"format": 1', 3_000)
    put(join(runs, 'other', 'kind'), '{"format": 2}', 500)
    mkdirSync(join(runs, 'folder', 'transfer.json'), { recursive: true })
    symlinkSync(runs, join(runs, 'circle'))
    const found = await all(runs)
    expect(found.map(({ id, report }) => [id, report !== undefined])).toEqual([
      ['broken', false],
      ['tuesday/run', true],
      ['monday/run', true],
      ['other/kind', false],
    ])
    expect(found[0].reason).toBe(
      `${join(runs, 'broken', 'transfer.json')} is no whole report of tributary transfer (the file: it is not JSON); make it again`,
    )
  })

  it('are read again when they have changed, and gone when they are', async () => {
    const folder = join(root, 'changing')
    put(join(folder, 'one'), text())
    const [first] = await all(folder)
    expect((await all(folder))[0]).toBe(first)
    put(join(folder, 'one'), text([0.5]), 2_000)
    const [second] = await all(folder)
    expect(second.report?.domains.get('books')?.difference['ndcg@10'].mean).toBe(0.5)
    rmSync(join(folder, 'one'), { recursive: true })
    expect(await all(folder)).toEqual([])
  })
})
