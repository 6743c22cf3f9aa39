import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Jobs, keepsItsWord, statesOf } from '../../test/jobs/engine-contract.ts'
import { PROGRAM } from '../../test/jobs/program.ts'
import { idOf, inOrder, type JobEngine } from './job.ts'
import { localEngine } from './local.ts'

describe('the local engine', () => {
  keepsItsWord(async () => ({ engine: localEngine({ workers: 2, program: PROGRAM }) }))
})

describe('one worker', () => {
  let jobs: Jobs
  let engine: JobEngine
  beforeEach(() => {
    jobs = new Jobs(mkdtempSync(join(tmpdir(), 'jobs-')))
    engine = localEngine({ workers: 1, program: PROGRAM })
  })
  afterEach(async () => {
    await engine.close()
    rmSync(jobs.folder, { recursive: true })
  })

  it('does no more at once', async () => {
    const asked = ['a', 'b', 'c'].map((name) => jobs.job(name))
    await engine.submit(asked)
    await statesOf(engine, asked)
    expect(jobs.log()).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
  })

  it('ends its children when it closes', async () => {
    await engine.submit([jobs.job('runs', { until: 'go' })])
    await jobs.until('begin runs')
    await engine.close()
    jobs.allow('go')
    expect(jobs.log()).toEqual(['begin runs', 'stop runs'])
  })
})

it('refuses jobs that wait for one another', () => {
  const job = (id: string, after: string[]) => ({ id, name: id, argv: [], cwd: '.', out: '.', after })
  expect(() => inOrder([job('a', ['b']), job('b', ['a'])])).toThrow('a → b → a')
  expect(() => inOrder([job('a', ['b'])])).toThrow('which is no job')
})

it('tells jobs apart by what they do and what they read', () => {
  expect(idOf(['train'], ['x'])).toBe(idOf(['train'], ['x']))
  expect(new Set([idOf(['train'], ['x']), idOf(['train'], ['y']), idOf(['train', 'x'], [])]).size).toBe(3)
})
