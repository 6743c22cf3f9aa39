import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, writeText } from './tributary.ts'

const folder = createFolder()
const shop = shopCsv({ users: 40 })
const rows = shop.trim().split('\n')

beforeAll(async () => {
  writeText(folder, 'shop.csv', shop)
  expect(await tributary(['import', 'csv', 'shop.csv', '--out', 'shop'], { cwd: folder })).toMatchObject({ code: 0 })
  expect(await tributary(['train', 'item-knn', 'shop', '--out', 'knn'], { cwd: folder })).toMatchObject({ code: 0 })
})

/** Everything below the folder, also what begins with a dot. */
const everything = () => readdirSync(folder, { recursive: true }).map(String).sort()

/** Runs a command that must be refused and leave no trace. */
async function refuses(args: readonly string[], parts: readonly (string | RegExp)[], shell?: string): Promise<void> {
  const before = everything()
  expectRefusal(await tributary(args, { cwd: folder, ...(shell && { shell }) }), parts)
  expect(everything()).toEqual(before)
}

/** The shop's log with one row (counted from 1, the header being row 0) replaced. */
function withRow(number: number, row: string): string {
  return `${rows.map((line, i) => (i === number ? row : line)).join('\n')}\n`
}

describe('import', () => {
  const cases: readonly { title: string; file: string; text?: string; args?: string[]; parts: (string | RegExp)[] }[] =
    [
      { title: 'a missing file', file: 'absent.csv', parts: ['absent.csv', /no such file/] },
      { title: 'an empty file', file: 'empty.csv', text: '', parts: ['empty.csv', /empty|no rows/] },
      { title: 'a header without rows', file: 'header.csv', text: `${rows[0]}\n`, parts: ['header.csv', /no.* row/] },
      {
        title: 'the wrong delimiter',
        file: 'semicolons.csv',
        text: shop.replaceAll(',', ';'),
        parts: ['semicolons.csv', 'user;item;domain;timestamp', /delimiter/],
      },
      {
        title: 'a missing column',
        file: 'no-item.csv',
        text: shop.replace('item', 'thing'),
        parts: ['no-item.csv', 'item', '--item', 'thing'],
      },
      {
        title: 'a named column that is not there',
        file: 'shop.csv',
        args: ['--timestamp', 'timestmap'],
        parts: ['shop.csv', 'timestmap', "did you mean 'timestamp'"],
      },
      {
        title: 'a duplicate header',
        file: 'twice.csv',
        text: shop.replace('user,item,domain,timestamp', 'user,item,item,timestamp'),
        parts: ['twice.csv', "'item'", /twice/, /2 and 3/],
      },
      {
        title: 'an unparsable timestamp',
        file: 'bad-time.csv',
        text: withRow(17, 'u1,books-1,books,yesterday'),
        parts: ['bad-time.csv', /line 18|row 17/, "'timestamp'", "'yesterday'"],
      },
      {
        title: 'an unparsable value',
        file: 'bad-value.csv',
        text: `user,item,domain,value\nu1,a,books,4\nu1,b,books,great\n`,
        parts: ['bad-value.csv', /line 3|row 2/, "'value'", "'great'"],
      },
      {
        title: 'a row with a cell too few',
        file: 'short-row.csv',
        text: withRow(5, 'u1,books-1'),
        parts: ['short-row.csv', /line 6|row 5/],
      },
      {
        title: 'an item in two domains',
        file: 'two-domains.csv',
        text: `user,item,domain\nu1,a,books\nu2,b,games\nu3,a,games\n`,
        parts: ["'a'", "'books'", "'games'", /prefix/],
      },
      {
        title: 'a truncated gzip file',
        file: 'cut.csv.gz',
        parts: ['cut.csv.gz', /damaged|truncated|corrupt|cannot/],
      },
      {
        title: 'a bound below 1',
        file: 'shop.csv',
        args: ['--min-item', '0'],
        parts: ['--min-item', '0', 'at least 1'],
      },
      {
        title: 'a filter that leaves nothing',
        file: 'shop.csv',
        args: ['--min-user', '1000'],
        parts: [/no interaction/],
      },
    ]
  beforeAll(() => {
    for (const { file, text } of cases) if (text !== undefined) writeText(folder, file, text)
    const whole = gzipSync(shop)
    writeFileSync(join(folder, 'cut.csv.gz'), whole.subarray(0, whole.length / 2))
  })
  test.each(cases)('refuses $title', async ({ file, args = [], parts }) => {
    await refuses(['import', 'csv', file, '--out', 'refused', ...args], parts)
  })

  test('counts bad rows up to what is allowed, and names the first beyond it', async () => {
    const { code, stderr, stdout } = await tributary(
      ['import', 'csv', 'bad-time.csv', '--out', 'allowed', '--max-bad-rows', '1', '--json'],
      { cwd: folder },
    )
    expect(stderr).toContain("'yesterday'")
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ rows: rows.length - 2 })
  })

  test('refuses a truncated Parquet file', async () => {
    cpSync(join(folder, 'shop/interactions.parquet'), join(folder, 'cut.parquet'))
    truncateSync(join(folder, 'cut.parquet'), 1000)
    await refuses(['import', 'parquet', 'cut.parquet', '--out', 'refused'], ['cut.parquet', /Parquet/i])
  })

  test('refuses an unknown reader', async () => {
    await refuses(['import', 'cvs', 'shop.csv', '--out', 'refused'], ["'cvs'", "did you mean 'csv'"])
  })

  test('refuses to replace a dataset', async () => {
    await refuses(['import', 'csv', 'shop.csv', '--out', 'shop'], ['shop', /already/, '--overwrite'])
  })
})

describe('a dataset', () => {
  test.each([
    ['describe', 'absent'],
    ['train', 'popularity', 'absent', '--out', 'refused'],
    ['compare', 'popularity', 'absent', '--seeds', '1', '--out', 'refused'],
  ])('that is absent is refused by %s', async (...args) => {
    await refuses(args, ['absent', /no such|there is no/])
  })

  test('whose Parquet file is damaged is refused', async () => {
    cpSync(join(folder, 'shop'), join(folder, 'damaged-shop'), { recursive: true })
    truncateSync(join(folder, 'damaged-shop/interactions.parquet'), 1000)
    await refuses(['describe', 'damaged-shop'], ['damaged-shop/interactions.parquet', /Parquet|damaged/i])
  })
})

describe('train', () => {
  test('refuses an unknown model', async () => {
    await refuses(['train', 'sasrek', 'shop', '--out', 'refused'], ["'sasrek'", "did you mean 'sasrec'"])
  })
  test('refuses an unknown option of the model', async () => {
    await refuses(
      ['train', 'sasrec', 'shop', '--out', 'refused', '--set', 'widht=32'],
      ["'widht'", "did you mean 'width'"],
    )
  })
  test('refuses a bad value of an option', async () => {
    await refuses(
      ['train', 'sasrec', 'shop', '--out', 'refused', '--set', 'width=wide'],
      ["'width'", "'wide'", 'integer'],
    )
  })
  test.each([
    ['a number of heads that does not divide the width', ['heads=3'], ['width 64', '3 heads']],
    ['all experts for one task', ['experts=5', 'crossExperts=5'], ['5 experts', 'at most 4', '5 were given']],
  ])('refuses %s', async (_, set, parts) => {
    await refuses(['train', 'syncrec', 'shop', '--out', 'refused', ...set.flatMap((one) => ['--set', one])], parts)
  })
  test('refuses one domain where a model needs several', async () => {
    writeText(folder, 'books.csv', rows.filter((row, i) => i === 0 || row.includes('books')).join('\n'))
    expect(await tributary(['import', 'csv', 'books.csv', '--out', 'books'], { cwd: folder })).toMatchObject({
      code: 0,
    })
    await refuses(['train', 'syncrec', 'books', '--out', 'refused'], ["'books'", 'only one', 'sasrec'])
  })
  test('refuses a log of which the split leaves no sequence', async () => {
    writeText(folder, 'short.csv', rows.slice(0, 4).join('\n'))
    expect(await tributary(['import', 'csv', 'short.csv', '--out', 'short'], { cwd: folder })).toMatchObject({
      code: 0,
    })
    const parts = ["'leave-two-out'", "'short'", 'two training interactions']
    await refuses(['train', 'sasrec', 'short', '--out', 'untrained'], parts)
  })
  test('refuses an unknown split', async () => {
    await refuses(
      ['train', 'popularity', 'shop', '--out', 'refused', '--split-by', 'global'],
      ["'global'", 'leave-two-out'],
    )
  })
  test('refuses --set without a value', async () => {
    await refuses(['train', 'sasrec', 'shop', '--out', 'refused', '--set', 'width'], ["'width'", 'key=value'])
  })
})

describe('a run', () => {
  test.each(['evaluate', 'serve'])('that is absent is refused by %s', async (command) => {
    await refuses([command, 'absent'], ['absent', /no run/])
  })
  test.each(['evaluate', 'transfer'])('that is no run is refused by %s', async (command) => {
    await refuses([command, 'shop'], ['shop', 'is not a run'])
  })
  test('with damaged weights is refused', async () => {
    cpSync(join(folder, 'knn'), join(folder, 'damaged-knn'), { recursive: true })
    const weights = join(folder, 'damaged-knn/weights.safetensors')
    const bytes = readFileSync(weights)
    bytes[bytes.length - 5] ^= 1
    writeFileSync(weights, bytes)
    await refuses(['evaluate', 'damaged-knn'], ['damaged-knn/weights.safetensors', /SHA-256/])
    truncateSync(weights, bytes.length / 2)
    await refuses(['evaluate', 'damaged-knn'], ['damaged-knn/weights.safetensors'])
  })
  test('whose dataset has changed is refused', async () => {
    cpSync(join(folder, 'shop'), join(folder, 'moved-shop'), { recursive: true })
    expect(await tributary(['train', 'popularity', 'moved-shop', '--out', 'of-moved'], { cwd: folder })).toMatchObject({
      code: 0,
    })
    writeText(folder, 'smaller.csv', shopCsv({ users: 30 }))
    const again = ['import', 'csv', 'smaller.csv', '--out', 'moved-shop', '--overwrite']
    expect(await tributary(again, { cwd: folder })).toMatchObject({ code: 0 })
    await refuses(['evaluate', 'of-moved'], ['of-moved', "'shop'", /train again/])
  })
})

describe('evaluate', () => {
  test.each([
    ['sampled:0', ['sampled:0']],
    ['sampled:many', ['sampled:many']],
    ['absent.tsv', ['absent.tsv']],
  ])('refuses --candidates %s', async (candidates, parts) => {
    await refuses(['evaluate', 'knn', '--candidates', candidates], parts)
  })
  test('refuses an unknown part', async () => {
    await refuses(['evaluate', 'knn', '--split', 'tset'], ['tset', /test/])
  })
})

describe('recommend', () => {
  const ask = (...args: string[]) => ['recommend', 'knn', ...args]
  test('refuses an unknown user', async () => {
    await refuses(ask('--user', 'nobody', '--domain', 'books', '-k', '5'), ["'nobody'"])
  })
  test('refuses an unknown domain', async () => {
    await refuses(ask('--user', 'u1', '--domain', 'boks', '-k', '5'), ["'boks'", "did you mean 'books'"])
  })
  test('refuses an unknown item of a history', async () => {
    await refuses(ask('--history', 'books-1,books-x', '--domain', 'books', '-k', '5'), ["'books-x'"])
  })
  test.each(['0', '-1', '1.5', 'ten'])('refuses k = %s', async (k) => {
    await refuses(ask('--user', 'u1', '--domain', 'books', '-k', k), [k, /at least 1/])
  })
})

describe('compare', () => {
  test('refuses an unknown model before anything is trained', async () => {
    await refuses(['compare', 'popularity,sasrek', 'shop', '--seeds', '1', '--out', 'refused'], ["'sasrek'", 'sasrec'])
  })
  test('refuses an unknown option before anything is trained', async () => {
    await refuses(
      ['compare', 'popularity,sasrec:los=bpr', 'shop', '--seeds', '1', '--out', 'refused'],
      ["'los'", 'loss'],
    )
  })
  test('refuses the same model twice', async () => {
    await refuses(
      ['compare', 'popularity,popularity', 'shop', '--seeds', '1', '--out', 'refused'],
      ['popularity', /twice/],
    )
  })
  test('refuses --seeds 0', async () => {
    await refuses(['compare', 'popularity', 'shop', '--seeds', '0', '--out', 'refused'], ['--seeds', 'at least 1'])
  })
})

describe('a full disk', () => {
  // The limit of a file's size meets every write of the process, as a full disk would.
  const limit = 'ulimit -f 8'
  beforeAll(() => {
    writeText(folder, 'large.csv', shopCsv({ users: 3000 }))
  })
  test('stops an import', async () => {
    await refuses(['import', 'csv', 'large.csv', '--out', 'refused'], [/cannot write/], limit)
  })
  test('stops a training, whose run can then go on', async () => {
    const train = ['train', 'sasrec', 'shop', '--out', 'full', '--set', 'epochs=1']
    expectRefusal(await tributary(train, { cwd: folder, shell: limit }), ['cannot write', 'full'])
    expect(readdirSync(join(folder, 'full'))).not.toContain('weights.safetensors')
    expect(await tributary([...train, '--resume'], { cwd: folder })).toMatchObject({ code: 0 })
  })

  const mount = join(folder, 'small-disk')
  const canMount = (() => {
    try {
      execFileSync('unshare', ['-rm', 'true'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()
  test.skipIf(!canMount)('of 64 KB stops an import (skipped where user namespaces are not allowed)', async () => {
    mkdirSync(mount)
    // In a namespace of its own, where anybody may mount; what is left is looked at before the namespace ends.
    const script = `mount -t tmpfs -o size=64k none ${mount} && "$@"; code=$?; ls -A ${mount} >&2; exit $code`
    const args = ['import', 'csv', 'large.csv', '--out', join(mount, 'refused')]
    const { code, stderr } = await tributary(args, {
      cwd: folder,
      shell: `exec unshare -rm bash -c '${script}' bash "$@"; true`,
    })
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/^error: cannot write.*no space left/i)
    expect(code).toBe(1)
  })
})

describe('serve', () => {
  test('refuses a port in use', async () => {
    const taken = createServer().listen(0)
    const { port } = taken.address() as AddressInfo
    try {
      await refuses(['serve', 'knn', '--port', String(port)], [`port ${port}`, /another program uses it/])
    } finally {
      taken.close()
    }
  })

  test('refuses bad bodies with a sentence, and goes on serving', async () => {
    const server = start(['serve', 'knn', '--port', '0'], { cwd: folder })
    const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
    const post = (body: string) =>
      fetch(`${url}/v1/recommendations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const expectError = async (response: Response, status: number, parts: readonly (string | RegExp)[]) => {
      const text = await response.text()
      for (const part of parts) expect(text).toMatch(part)
      expect(text).not.toMatch(/\n\s+at /)
      expect(response.status).toBe(status)
      expect(JSON.parse(text)).toHaveProperty('error')
    }
    await expectError(await post('{"user": "u1",'), 400, [/JSON/])
    await expectError(await post(JSON.stringify({ user: 'u1', domain: 'books', k: 0 })), 400, ['k'])
    await expectError(await post(JSON.stringify({ user: 'u1', domain: 'boks', k: 3 })), 422, ['boks', 'books'])
    await expectError(await post(JSON.stringify({ history: 'x'.repeat(10_000_000), domain: 'books', k: 3 })), 413, [])
    const good = await post(JSON.stringify({ user: 'u1', domain: 'books', k: 3 }))
    expect(good.status).toBe(200)
    server.process.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0 })
  })
})

test('nothing refused has left anything', () => {
  expect(existsSync(join(folder, 'refused'))).toBe(false)
  expect(everything().filter((name) => name.includes('unfinished'))).toEqual([])
})
