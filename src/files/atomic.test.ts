import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomic } from './atomic.ts'
import { type FolderKind, writeFolderAtomic } from './folders.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const text = (path: string) => readFile(join(folder, path), 'utf8')

describe('writeFileAtomic', () => {
  it('replaces a file and leaves nothing else', async () => {
    await writeFileAtomic(join(folder, 'a'), 'one')
    await writeFileAtomic(join(folder, 'a'), [Buffer.from('tw'), Buffer.from('o')])
    expect(await text('a')).toBe('two')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('says that the folder is missing', async () => {
    await expect(writeFileAtomic(join(folder, 'no/a'), 'x')).rejects.toMatchObject({ code: 'file-missing' })
  })

  it('removes the temporary file when the write fails', async () => {
    await mkdir(join(folder, 'a'))
    await expect(writeFileAtomic(join(folder, 'a'), 'x')).rejects.toMatchObject({ code: 'file-missing' })
    expect(await readdir(folder)).toEqual(['a'])
  })

  it.skipIf(process.getuid?.() === 0)('says that permission is lacking (root may write anywhere)', async () => {
    await chmod(folder, 0o500)
    await expect(writeFileAtomic(join(folder, 'a'), 'x')).rejects.toMatchObject({ code: 'disk-full' })
    await chmod(folder, 0o700)
  })
})

const kind: FolderKind = { name: 'thing', holds: /^inner\/a$/, is: async () => true }

describe('writeFolderAtomic', () => {
  const fill = (content: string) => async (temporary: string) => {
    await mkdir(join(temporary, 'inner'))
    await writeFile(join(temporary, 'inner/a'), content)
  }

  it('makes the folder and its parents', async () => {
    await writeFolderAtomic(join(folder, 'x/y'), fill('one'))
    expect(await text('x/y/inner/a')).toBe('one')
    expect(await readdir(join(folder, 'x'))).toEqual(['y'])
  })

  it('refuses a taken name and keeps what is there, unless asked to overwrite', async () => {
    const path = join(folder, 'y')
    await writeFolderAtomic(path, fill('one'))
    await expect(writeFolderAtomic(path, fill('two'))).rejects.toMatchObject({ code: 'file-exists' })
    expect(await text('y/inner/a')).toBe('one')
    await writeFolderAtomic(path, fill('two'), { replaces: kind })
    expect(await text('y/inner/a')).toBe('two')
    expect(await readdir(folder)).toEqual(['y'])
  })

  it('leaves the old folder and nothing else when filling fails', async () => {
    const path = join(folder, 'y')
    await writeFolderAtomic(path, fill('one'))
    const failing = async (temporary: string) => {
      await fill('two')(temporary)
      throw Object.assign(new Error('write'), { code: 'ENOSPC' })
    }
    await expect(writeFolderAtomic(path, failing, { replaces: kind })).rejects.toMatchObject({ code: 'disk-full' })
    expect(await text('y/inner/a')).toBe('one')
    expect(await readdir(folder)).toEqual(['y'])
  })
})
