import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, tributary } from './tributary.ts'

const folder = createFolder()

test('an import names the columns it passed over, of many files each that has others', async () => {
  const headers = ['', '', '', ',price', '', ',price']
  const names = headers.map((extra, f) => {
    writeFileSync(join(folder, `f${f}.csv`), `user,item,domain,Time,title${extra}\nu${f},i,a,${f},t${extra && ',3'}\n`)
    return `f${f}.csv`
  })
  const imported = ['import', 'csv', ...names, '--out', 'log', '--overwrite']
  const { stdout } = await tributary(imported, { cwd: folder })
  expect(stdout).toContain('  f0.csv: user, item, domain, timestamp = Time\n    passed over: title\n')
  expect(stdout).toContain('  f3.csv: user, item, domain, timestamp = Time\n    passed over: title, price\n')
  expect(stdout).not.toMatch(/f[45].csv/)
  const { files } = JSON.parse((await tributary([...imported, '--no-timestamp', '--json'], { cwd: folder })).stdout)
  expect(files[5]).toMatchObject({ columns: { user: 'user' }, passedOver: ['Time', 'title', 'price'], notes: [] })
})
