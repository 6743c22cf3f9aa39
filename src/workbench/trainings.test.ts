import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { type Training, Trainings, type TrainingTask } from './trainings.ts'

/** A process that says what it is told and ends as it is told; told to wait, it ends when it is asked to. */
const PROGRAM = `
const [what, ...words] = process.argv.slice(1)
if (what === 'priority') console.error(require('node:os').getPriority())
else console.error('begins ' + words.join(' '))
if (what === 'fails') { console.error('error: there is no dataset in ' + words[0]); process.exitCode = 1 }
if (what === 'waits') {
  setInterval(() => {}, 1000)
  process.on('SIGTERM', () => { console.error('interrupted'); process.exit(130) })
  console.error('waiting')
}
`

function task(run: string, ...words: string[]): TrainingTask {
  return { run, path: `runs/${run}`, model: 'sasrec', dataset: 'shop', seed: 1, resumes: false, words }
}

function trainings(atOnce = 1) {
  const told: string[] = []
  let clock = 0
  let heard = () => {}
  const all = new Trainings({
    command: [process.execPath, '-e', PROGRAM],
    atOnce,
    now: () => clock++,
  })
  all.onChange(({ run, status }) => {
    told.push(`${run} ${status}`)
    heard()
  })
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      heard = () => holds() && resolve()
      heard()
    })
  const is = (run: string, status: Training['status']) => until(() => all.get(run)?.status === status)
  return { all, told, is }
}

describe('trainings beside the process', () => {
  it.each([
    ['words that are too long', 'x'.repeat(3_000_000), /longer than a command/],
    ['the character 0', 'a\0b', /character 0/],
  ])('fail where the system begins none, because of %s, and the next one is made', async (_, word, reason) => {
    const { all, is } = trainings()
    all.add([task('a', 'ends'), task('b', 'ends', word), task('c', 'ends')])
    await is('c', 'done')
    expect(all.get('b')).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(reason),
      ended: expect.any(Number),
    })
    expect(all.get('a')?.status).toBe('done')
  })

  it('are made one after the other, in the order in which they were asked for', async () => {
    const { all, told, is } = trainings()
    const began = all.add([task('a', 'ends', 'one'), task('b', 'ends', 'two')])
    expect(began.map(({ status }) => status)).toEqual(['training', 'waiting'])
    await is('b', 'done')
    expect(told).toEqual(['a waiting', 'b waiting', 'a training', 'a done', 'b training', 'b done'])
    expect(all.linesOf('a')).toEqual(['begins one'])
    expect(all.all.map(({ run }) => run)).toEqual(['b', 'a'])
  })

  it('leave the processors to whoever is answered', async () => {
    const { all, is } = trainings()
    all.add([task('a', 'priority')])
    await is('a', 'done')
    expect(Number(all.linesOf('a')?.[0])).toBeGreaterThanOrEqual(constants.priority.PRIORITY_BELOW_NORMAL)
  })

  it('are made side by side where more at once are allowed', async () => {
    const { all, is } = trainings(2)
    all.add([task('a', 'waits'), task('b', 'waits'), task('c', 'ends')])
    expect(all.all.map(({ status }) => status)).toEqual(['waiting', 'training', 'training'])
    await all.end()
    expect(all.get('c')?.status).toBe('stopped')
    await is('a', 'stopped')
  })

  it('that fail say why, and the next one begins', async () => {
    const { all, is } = trainings()
    all.add([task('a', 'fails', 'shop'), task('b', 'ends')])
    await is('b', 'done')
    expect(all.get('a')).toMatchObject({ status: 'failed', reason: 'there is no dataset in shop' })
  })

  it('are stopped where they wait and where they are on', async () => {
    const { all, is, told } = trainings()
    all.add([task('a', 'waits'), task('b', 'ends'), task('c', 'ends')])
    expect(all.stop('b')).toBe('stopped')
    expect(all.isTaken('a')).toBe(true)
    expect(all.isTaken('a/seed1')).toBe(true)
    expect(all.isTaken('b')).toBe(false)
    expect(all.stop('a')).toBe('stopping')
    expect(all.stop('a')).toBe('stopping')
    await is('c', 'done')
    expect(told.filter((line) => /^[ab]/.test(line))).toEqual([
      ...['a waiting', 'b waiting', 'a training', 'b stopped', 'a stopping', 'a stopped'],
    ])
    expect(all.stop('a')).toBeUndefined()
    expect(all.stop('nobody')).toBeUndefined()
  })

  it('whose program is not there fail', async () => {
    const all = new Trainings({ command: ['/no/such/program'], now: () => 0 })
    all.add([task('a')])
    await all.end()
    expect(all.get('a')?.status).toMatch(/failed|stopped/)
    expect(all.linesOf('a')?.join()).toMatch('ENOENT')
  })
})
