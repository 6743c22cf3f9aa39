import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const at = (...parts: readonly string[]) => join(folder, ...parts)
const everything = (where = folder) => readdirSync(where, { recursive: true }).map(String).sort()
const importInto = (out: string, ...more: readonly string[]) => ['import', 'csv', 'shop.csv', '--out', out, ...more]
const succeeds = async (args: readonly string[], cwd = folder) =>
  expect(await tributary(args, { cwd })).toMatchObject({ code: 0 })

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 40 }))
  await succeeds(importInto('shop'))
  await succeeds(['train', 'popularity', 'shop', '--out', 'run'])
})

/** Runs a command that must be refused and leave everything as it was. */
async function refuses(args: readonly string[], parts: readonly (string | RegExp)[], cwd = folder): Promise<void> {
  const before = everything()
  expectRefusal(await tributary(args, { cwd }), parts)
  expect(everything()).toEqual(before)
}

describe('import --overwrite', () => {
  test('keeps a folder with the input and a thesis', async () => {
    writeText(folder, 'work/thesis.txt', 'three years of work')
    writeText(folder, 'work/shop.csv', shopCsv({ users: 40 }))
    await refuses(['import', 'csv', 'work/shop.csv', '--out', 'work', '--overwrite'], ['work holds the input'])
  })

  test('keeps the folder that one is in, and the home', async () => {
    cpSync(at('shop'), at('here'), { recursive: true })
    await refuses(
      ['import', 'csv', '../shop.csv', '--out', '.', '--overwrite'],
      ['holds the folder that you are in'],
      at('here'),
    )
    const outcome = await tributary(importInto('here', '--overwrite'), { cwd: folder, env: { HOME: at('here') } })
    expectRefusal(outcome, ['here holds your home'])
  })
})

describe('what a killed import leaves', () => {
  const leftovers = () => readdirSync(folder).filter((name) => name.endsWith('.unfinished'))
  const kill = async (out: string) => {
    const importing = start(['import', 'csv', 'large.csv', '--out', out], { cwd: folder })
    while (!leftovers().some((name) => existsSync(at(name, '.lock')))) await new Promise((done) => setTimeout(done, 1))
    return importing
  }
  beforeAll(() => {
    writeText(folder, 'large.csv', shopCsv({ users: 20_000 }))
  })

  test('is removed by the next one to the same place, and nothing else is', async () => {
    const killed = await kill('here-again')
    killed.process.kill('SIGKILL')
    await killed.ended
    expect(leftovers()).toHaveLength(1)
    const ofOthers = ['.here-again.old.0123abcd.unfinished', '.here-again.notes.unfinished']
    for (const name of ofOthers) writeText(folder, `${name}/x`, 'not ours')
    await succeeds(importInto('unlike'))
    expect(leftovers()).toHaveLength(3)
    await succeeds(importInto('here-again'))
    expect(leftovers().sort()).toEqual(ofOthers.sort())
    expect(everything(at('here-again'))).toEqual(everything(at('shop')))
  })

  test('stays as long as its process lives', async () => {
    const living = await kill('shared-place')
    const [own] = leftovers().filter((name) => name.startsWith('.shared-place.'))
    living.process.kill('SIGSTOP')
    await succeeds(importInto('shared-place'))
    expect(leftovers()).toContain(own)
    living.process.kill('SIGCONT')
    // Somebody was quicker, and is not replaced.
    expectRefusal(await living.ended, ['shared-place already exists'])
    expect(leftovers()).not.toContain(own)
  })

  test('is put back where it died between taking the old dataset away and putting the new one there', async () => {
    cpSync(at('shop'), at('away'), { recursive: true })
    const dead = JSON.stringify({ token: 'dead', host: 'none', pid: 1 })
    writeText(folder, 'away/.lock', dead)
    renameSync(at('away'), at('.away.0123abcd.replaced.unfinished'))
    const host = execFileSync('hostname').toString().trim()
    writeFileSync(
      at('.away.0123abcd.replaced.unfinished/.lock'),
      JSON.stringify({ token: 'dead', host, boot: 'before', pid: 1 }),
    )
    expectRefusal(await tributary(importInto('away'), { cwd: folder }), ['away already exists'])
    expect(await tributaryJson<{ users: number }>(['describe', 'away'], folder)).toMatchObject({ users: 40 })
    await succeeds(importInto('away', '--overwrite'))
    expect(readdirSync(folder).filter((name) => name.startsWith('.away'))).toEqual([])
  })
})

describe('a disk', () => {
  const canMount = (() => {
    try {
      execFileSync('unshare', ['-rm', 'true'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()
  test.skipIf(!canMount)(
    'that is read-only, or is mounted there, is one sentence (skipped where user namespaces are not allowed)',
    async () => {
      mkdirSync(at('read-only'))
      cpSync(at('shop'), at('mounted'), { recursive: true })
      const mount = `mount -t tmpfs -o ro none ${at('read-only')} && mount --bind ${at('shop')} ${at('mounted')} && "$@"`
      const inside = (args: readonly string[]) =>
        tributary(args, { cwd: folder, shell: `exec unshare -rm bash -c '${mount}' bash "$@"; true` })
      const readOnly = [/^error: cannot write read-only\/.*: the file system is read-only/]
      {
        const out = 'read-only/deep/er/ds'
        expectRefusal(await inside(importInto(out)), readOnly)
        expectRefusal(await inside(['train', 'popularity', 'shop', '--out', out]), readOnly)
      }
      expectRefusal(await inside(['report', 'run', '--out', 'read-only/report.html']), readOnly)
      expectRefusal(await inside(importInto('mounted', '--overwrite')), [/^error: cannot write mounted: .*mount point/])
    },
  )
})
