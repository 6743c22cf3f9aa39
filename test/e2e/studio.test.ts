import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, expectRefusal, start, tributary } from './tributary.ts'

const folder = createFolder()

test('the studio says where it is, answers, and ends with exit code 0', async () => {
  mkdirSync(join(folder, 'runs'))
  const studio = start(['studio', '--port', '0', '--json'], { cwd: folder })
  const [, text] = await studio.seen(/^(\{.*\})$/m)
  const { url, folders } = JSON.parse(text) as { url: string; folders: string[] }
  expect(folders).toEqual(['runs'])
  expect(await (await fetch(url)).text()).toContain('<div id="studio">')
  expect(await (await fetch(url.replace('/studio', '/v1/runs'))).json()).toMatchObject({ runs: [] })
  studio.process.kill('SIGTERM')
  expect((await studio.ended).code).toBe(0)
})

test('it is not opened to others by mistake, nor over a folder that is not there', async () => {
  expectRefusal(await tributary(['studio', '--host', '0.0.0.0', '--port', '0'], { cwd: folder }), ['--allow-no-keys'])
  expectRefusal(await tributary(['studio', 'nowhere', '--port', '0'], { cwd: folder }), ['nowhere'])
})
