import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Flaw, loggedWorld } from '../worlds/logged-worlds.ts'
import { createFolder, expectRefusal, tributary, writeText } from './tributary.ts'

const folder = createFolder()

/** The log of a world as somebody would have it in a file. */
function writeLog(file: string, flaw?: Flaw): void {
  const { logged, target, item } = loggedWorld({ users: 900, ...(flaw && { flaw }) })
  const rows = Array.from(logged.users, (user, unit) => [
    `u${user}`,
    logged.domainNames[logged.domains[unit]],
    new Date((logged.times as Float64Array)[unit]).toISOString(),
    item[unit],
    logged.propensities[unit],
    logged.rewards[unit],
    target.probabilities[unit],
  ])
  writeText(folder, file, `${['user,domain,time,item,propensity,bought,candidate', ...rows].join('\n')}\n`)
}

const ope = (...args: string[]) =>
  tributary(['ope', '--policy', 'candidate', '--reward', 'bought', ...args], { cwd: folder })

describe('tributary ope', () => {
  it('says what a policy would have earned, by service, and writes it down', async () => {
    writeLog('log.csv')
    const { code, stdout, stderr } = await ope('--log', 'log.csv', '--out', 'out', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const said = JSON.parse(stdout)
    expect(said).toMatchObject({
      log: 'log.csv',
      reward: 'bought',
      level: 'item',
      users: 900,
      estimators: ['ipw', 'snipw'],
    })
    const [{ name, overall, domains }] = said.targets
    expect({ name, verdict: overall.verdict, by: overall.by }).toEqual({
      name: 'candidate',
      verdict: 'better',
      by: 'snipw',
    })
    expect(domains.map(({ domain }: { domain: string }) => domain).sort()).toEqual(['books', 'games', 'music'])
    expect(JSON.parse(readFileSync(join(folder, 'out', 'ope.json'), 'utf8'))).toEqual(said)
    expect(readFileSync(join(folder, 'out', 'ope.html'), 'utf8')).toContain('candidate against what was served')
    // Again, over what it wrote itself, and for people.
    const again = await ope('--log', 'log.csv', '--out', 'out', '--anytime')
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/overall +900 .*\n[\s\S]*anytime[\s\S]*what to do next\n/)
  })

  it('ends with 1 and one sentence where the log does not say it, and has no numbers then', async () => {
    writeLog('greedy.csv', 'deterministic')
    const refused = await ope('--log', 'greedy.csv', '--json')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^error: candidate cannot be judged by this log: this log was served without exploration; .*\n$/,
    )
    expect(JSON.parse(refused.stdout).targets[0].overall).toMatchObject({ verdict: 'not supported', estimates: [] })
    const forced = await ope('--log', 'greedy.csv', '--force')
    expect(forced.code).toBe(0)
    expect(forced.stdout).toMatch(/snipw[\s\S]*not supported: this log was served without exploration/)
  })

  it('refuses what it cannot read', async () => {
    expectRefusal(await ope('--log', 'nowhere.csv'), ['nowhere.csv', 'no such file'])
    expectRefusal(await ope('--log', 'log.csv', '--estimators', 'snipv'), ["did you mean 'snipw'"])
    expectRefusal(await ope('--log', 'log.csv', '--estimators', 'dr'), ['dr needs a reward model'])
    expectRefusal(await ope('--log', 'log.csv', '--placement', 'home'), ['--placement', 'is a table'])
    expectRefusal(await ope('--log', 'log.csv', '--world', 'runs/world'), ['--world', 'episodes'])
    expectRefusal(await ope('--log', 'log.csv', '--per', 'place'), ["no column 'place'"])
    writeText(folder, 'mine/ope.html', 'mine')
    expectRefusal(await ope('--log', 'log.csv', '--out', 'mine'), ['ope.html', 'not written by tributary'])
  })
})

it('import obd makes logs that ope reads', async () => {
  const log = (rows: readonly string[]) =>
    `,timestamp,item_id,position,click,propensity_score\n${rows.map((row, i) => `${i},2019-11-24 00:00:0${i}+00:00,${row}\n`).join('')}`
  writeText(folder, 'obd/random.csv', log(['0,1,0,0.5', '1,1,1,0.5']))
  writeText(folder, 'obd/bts.csv', log(['0,1,0,0.75', '1,1,0,0.25']))
  const imported = await tributary(['import', 'obd', 'obd', '--out', 'logs'], { cwd: folder })
  expect(imported).toMatchObject({ code: 0, stderr: '' })
  expect(imported.stdout).toContain('logs/bts.parquet: 2 shown items, 0 clicks, 2 items, served by bts')
  const { code, stderr } = await tributary(['ope', '--log', 'logs/random.parquet', '--policy', 'bts'], { cwd: folder })
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('an answer takes 200 users') })
  expectRefusal(await tributary(['import', 'obd', 'obd', '--out', 'other', '--min-user', '3'], { cwd: folder }), [
    '--min-user',
  ])
})
