import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Folders } from './folders.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-folders-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

async function made(name: string, ...files: string[]): Promise<string> {
  const root = join(home, name)
  await mkdir(root)
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true })
    await writeFile(join(root, file), '')
  }
  return root
}

const idsOf = async (folders: Folders) => (await folders.look()).map(({ id }) => id)

describe('folders', () => {
  it('are found level by level, without what holds no runs', async () => {
    const root = await made(
      'levels',
      'b/seed1/manifest.json',
      'a/x',
      'node_modules/deep/x',
      '.git/x',
      'd.parquet/x',
      'x',
    )
    const found = await new Folders([root]).look()
    expect(found.map(({ id }) => id)).toEqual(['levels', 'a', 'b', 'b/seed1'])
    expect([...found[3].files]).toEqual(['manifest.json'])
    expect(found[3].path).toBe(join(root, 'b/seed1'))
  })

  it('are told apart by where they were given, and one in another is no other', async () => {
    const [one, two] = [await made('one', 'runs/a/x'), await made('two', 'runs/a/x')]
    const roots = [join(one, 'runs'), join(two, 'runs'), join(one, 'runs/a'), join(one, 'runs')]
    expect(await idsOf(new Folders(roots))).toEqual(['runs', 'runs-2', 'runs/a', 'runs-2/a'])
  })

  it('have other names than what is given itself', async () => {
    expect(await idsOf(new Folders([await made('same', 'same/x')]))).toEqual(['same-itself', 'same'])
  })

  it('are found once where links lead to them again or in a circle', async () => {
    const root = await made('links', 'real/x')
    await symlink(root, join(root, 'real', 'up'))
    await symlink(join(root, 'real'), join(root, 'same'))
    await symlink(join(root, 'nowhere'), join(root, 'broken'))
    await symlink('circle', join(root, 'circle'))
    expect(await idsOf(new Folders([root]))).toEqual(['links', 'real'])
  })

  it('are looked at again: what comes, goes or is renamed is seen', async () => {
    const root = await made('again', 'a/x')
    const folders = new Folders([root])
    const [, before] = await folders.look()
    await writeFile(join(root, 'a', 'y'), '')
    const [, after] = await folders.look()
    expect(after.stamp).not.toBe(before.stamp)
    expect([...after.files].sort()).toEqual(['x', 'y'])
    await rename(join(root, 'a'), join(root, 'b'))
    expect(await idsOf(folders)).toEqual(['again', 'b'])
    await rm(join(root, 'b'), { recursive: true })
    expect(await idsOf(folders)).toEqual(['again'])
  })

  it('are read again while their time may hide a change', async () => {
    const root = await made('hidden', 'a/x')
    const folders = new Folders([root])
    const now = new Date()
    await utimes(join(root, 'a'), now, now)
    await folders.look()
    await writeFile(join(root, 'a', 'y'), '')
    await utimes(join(root, 'a'), now, now)
    const [, after] = await folders.look()
    expect([...after.files].sort()).toEqual(['x', 'y'])
  })

  it('have names of any kind', async () => {
    const names = [
      '<script>alert(1)</script>'.replace('/', ''),
      '\u202eabc',
      '..a',
      ' ',
      'é'.normalize('NFD'),
      '\ud800',
      '%2e%2e',
    ]
    const root = await made('names', ...names.map((name) => join(name, 'x')))
    // A lone surrogate is no name for a file system: what stands there is read back as it was kept.
    const ids = await idsOf(new Folders([root]))
    expect(ids).toHaveLength(1 + names.length)
    expect(ids).toEqual(expect.arrayContaining(names.filter((name) => name !== '\ud800')))
  })

  it('say what cannot be looked into', async () => {
    const root = await made('limits', 'a/b/c/x')
    const folders = new Folders([root, join(home, 'absent'), join(root, '../levels/x')], { depth: 1 })
    expect(await idsOf(folders)).toEqual(['limits', 'limits/a'])
    expect(folders.problems.map(({ reason }) => reason)).toEqual([
      `cannot read ${join(home, 'absent')}: there is no such file`,
      `${join(home, 'levels/x')} is a file, where a folder is expected`,
      'there are more than 50,000 folders or 1 levels; give the folders of the runs themselves',
    ])
  })
})
