import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const script = `
  const { importDataset } = await import(process.env.TRIBUTARY_MODULE)
  const [csv, out] = [process.env.TRIBUTARY_CSV, process.env.TRIBUTARY_OUT]
  await importDataset({ reader: 'csv', files: [csv], out }).catch(({ code, message }) => console.log(code, message))
`

// A limit on the size of files is the nearest thing to a full disk that a test may bring about.
it.skipIf(process.platform === 'win32')(
  'an import that runs out of space says so and leaves nothing (ulimit is not for Windows)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-full-'))
    try {
      const csv = join(folder, 'log.csv')
      const rows = Array.from({ length: 200_000 }, (_, i) => `u${(i * 7919) % 100_003},i${(i * 104_729) % 99_991},d\n`)
      await writeFile(csv, `user,item,domain\n${rows.join('')}`)
      const { stdout } = await promisify(execFile)(
        'bash',
        ['-c', 'ulimit -f 200; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, script],
        {
          env: {
            ...process.env,
            TRIBUTARY_MODULE: join(import.meta.dirname, '../index.ts'),
            TRIBUTARY_CSV: csv,
            TRIBUTARY_OUT: join(folder, 'dataset'),
          },
        },
      )
      expect(stdout).toMatch(/^disk-full cannot write: .*File too large; free some space/)
      expect(await readdir(folder)).toEqual(['log.csv'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
