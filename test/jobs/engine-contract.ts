import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CommandJob, JobEngine, JobEvent } from '../../src/jobs/index.ts'
import { isLasting } from '../../src/jobs/index.ts'

export interface Opened {
  readonly engine: JobEngine
  /** Ends whoever does its jobs. */
  readonly end?: () => Promise<void>
}

/** Jobs of one test, and what became of them. */
export class Jobs {
  readonly folder: string
  constructor(folder: string) {
    this.folder = folder
    appendFileSync(join(folder, 'log'), '')
  }

  job(name: string, { until = '', code = 0, after = [] as string[] } = {}): CommandJob {
    const argv = [join(this.folder, 'log'), name, until && join(this.folder, until), String(code)]
    return { id: `${name}-${this.folder.slice(-6)}`, name, argv, cwd: this.folder, out: this.folder, after }
  }

  log(): string[] {
    return readFileSync(join(this.folder, 'log'), 'utf8').split('\n').filter(Boolean)
  }

  async until(line: string): Promise<void> {
    while (!this.log().includes(line)) await pause(10)
  }

  allow(name: string): void {
    if (!existsSync(join(this.folder, name))) writeFileSync(join(this.folder, name), '')
  }
}

export async function statesOf(engine: JobEngine, jobs: readonly CommandJob[]): Promise<JobEvent[]> {
  const events: JobEvent[] = []
  for await (const event of engine.watch(jobs.map(({ id }) => id))) events.push(event)
  return events
}

/** What every engine owes. @param open for one test; two jobs run at once */
export function keepsItsWord(open: (folder: string) => Promise<Opened>): void {
  let jobs: Jobs
  let opened: Opened
  beforeEach(async () => {
    jobs = new Jobs(mkdtempSync(join(tmpdir(), 'jobs-')))
    opened = await open(jobs.folder)
  })
  afterEach(async () => {
    await opened.engine.close()
    await opened.end?.()
    rmSync(jobs.folder, { recursive: true, force: true })
  })

  it('does every job once, those that need others after them', async () => {
    const { engine } = opened
    const first = jobs.job('first')
    const second = jobs.job('second')
    const asked = [jobs.job('last', { after: [first.id, second.id] }), first, second]
    await engine.submit(asked)
    await engine.submit(asked)
    const events = await statesOf(engine, asked)
    const begun = jobs.log().filter((line) => line.startsWith('begin'))
    expect([...begun].sort()).toEqual(['begin first', 'begin last', 'begin second'])
    expect(jobs.log().at(-2)).toBe('begin last')
    expect(events.filter(({ state }) => state === 'done')).toHaveLength(3)
  })

  it('gives a job its words as they are', async () => {
    const { engine } = opened
    const name = ` two  words, 'quotes" and \\ $HOME * \n a line — é `
    const job = { ...jobs.job('words'), argv: [join(jobs.folder, 'log'), name, '', '0'] }
    await engine.submit([job])
    await statesOf(engine, [job])
    expect(readFileSync(join(jobs.folder, 'log'), 'utf8')).toBe(`begin ${name}\nend ${name}\n`)
  })

  it('says why a job failed, and fails what needed it; asked again it tries again', async () => {
    const { engine } = opened
    const bad = jobs.job('bad', { code: 1 })
    const needs = jobs.job('needs', { after: [bad.id] })
    await engine.submit([bad, needs])
    const failed = (await statesOf(engine, [bad, needs])).filter(({ state }) => state === 'failed')
    expect(failed).toMatchObject([
      { id: bad.id, reason: 'bad broke' },
      { id: needs.id, reason: 'what it needs is not done' },
    ])
    await engine.submit([jobs.job('bad')])
    expect((await statesOf(engine, [bad])).at(-1)?.state).toBe('done')
  })

  it('asks a job that is canceled to stop, and never begins one that waits', async () => {
    const { engine } = opened
    const runs = jobs.job('runs', { until: 'never' })
    const other = jobs.job('other', { until: 'go' })
    const waits = jobs.job('waits', { after: [other.id] })
    await engine.submit([runs, other, waits])
    await jobs.until('begin runs')
    await jobs.until('begin other')
    await engine.cancel([waits.id, runs.id])
    jobs.allow('go')
    const events = await statesOf(engine, [runs, other, waits])
    expect(
      events
        .filter(({ state }) => state === 'canceled')
        .map(({ id }) => id)
        .sort(),
    ).toEqual([runs.id, waits.id].sort())
    expect(events.at(-1)?.state).not.toBe('waiting')
    expect(jobs.log()).toContain('stop runs')
    expect(jobs.log()).not.toContain('begin waits')
  })

  it('tells all that it keeps, with what became of it, where it outlives a process', async ({ skip }) => {
    const { engine } = opened
    if (!isLasting(engine)) return skip('it ends with this process')
    const [good, bad] = [jobs.job('good'), jobs.job('bad', { code: 3 })]
    await engine.submit([good, bad])
    await statesOf(engine, [good, bad])
    const kept = (await engine.list()).filter(({ job }) => [good.id, bad.id].includes(job.id))
    expect(kept.map(({ job, last }) => [job.name, job.out, last.state, last.reason])).toEqual([
      ['good', jobs.folder, 'done', undefined],
      ['bad', jobs.folder, 'failed', 'bad broke'],
    ])
  })
}
