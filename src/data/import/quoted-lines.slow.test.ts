import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, it } from 'vitest'
import { importDataset } from './import.ts'

/** Each third item is quoted, with quotes, a comma and a line break inside. */
function* pieces(rows: number): Generator<string> {
  let text = 'user,item,domain,timestamp\n'
  for (let k = 0; k < rows; k++) {
    const item = k % 3 === 0 ? `"item ""${k % 997}"" line1\nline2, x"` : `plain-${k % 997}`
    text += `user-${String(k % 5003).padStart(8, '0')},${item},a,${(k * 7919) % 1000003}\n`
    if (text.length < 1 << 20) continue
    yield text
    text = ''
  }
  yield text
}

// DuckDB gives a thread 32 MB of a file at a time; one that began inside quotes took a line break there for the end of a row.
it('a file of more than one piece for a thread keeps its rows for any number of threads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-quoted-'))
  try {
    const rows = 820_000
    const file = join(folder, 'log.csv')
    await pipeline(Readable.from(pieces(rows)), createWriteStream(file))
    const imported = async (threads: number) => {
      const options = { reader: 'csv', files: [file], out: join(folder, 'dataset'), overwrite: true, threads }
      const { hash, users, items, sum } = await importDataset(options)
      return { hash, users, items, sum }
    }
    const one = await imported(1)
    expect(one).toMatchObject({ users: 5003, items: 1994, sum: { read: rows, kept: rows, badRows: 0, blankLines: 0 } })
    expect(await imported(4)).toEqual(one)
  } finally {
    await rm(folder, { recursive: true })
  }
})
