import { beforeAll, describe, expect, test } from 'vitest'
import { createFolder, expectRefusal, tributary, tributaryJson, writeText } from './tributary.ts'

// Names come from other people's systems: they may hold whatever separates, quotes or commands elsewhere.
const folder = createFolder()
const run = async (...args: string[]) => {
  const outcome = await tributary(args, { cwd: folder })
  expect(outcome.stderr).not.toMatch(/^error/m)
  expect(outcome.code).toBe(0)
  return outcome.stdout
}
const json = <T>(...args: string[]) => tributaryJson<T>(args, folder)
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`

/** Every user takes the items of a domain in turn, one after the other. */
function importNames(out: string, domains: Readonly<Record<string, readonly string[]>>, users = 8): Promise<string> {
  const lines = ['user,item,domain,timestamp']
  for (let user = 0; user < users; user++)
    for (const [domain, items] of Object.entries(domains))
      for (let step = 0; step < items.length - 1; step++)
        lines.push(`"u,${user}",${quoted(items[(user + step) % items.length])},${quoted(domain)},${step}`)
  writeText(folder, `${out}.csv`, `${lines.join('\n')}\n`)
  return run('import', 'csv', `${out}.csv`, '--out', out, '--json')
}

describe('names that hold commas', () => {
  const films = ['Paris, Texas', 'Me, Myself & Irene', 'Solaris', '  spaced ']
  const ask = (...args: string[]) => ['recommend', 'films-knn', '--domain', 'films', '-k', '9', ...args]
  const left = async (...args: string[]) => {
    const { items, historyUsed } = await json<{ items: { item: string }[]; historyUsed: number }>(...ask(...args))
    return { historyUsed, items: items.map(({ item }) => item).sort() }
  }
  beforeAll(async () => {
    await importNames('films', { films })
    await run('train', 'item-knn', 'films', '--out', 'films-knn', '--json')
  })

  test.each([
    { args: ['--history', 'Paris, Texas', '--history', 'Solaris'], seen: ['Paris, Texas', 'Solaris'] },
    {
      args: ['--history', '"  spaced ", Solaris', '--exclude', 'Me, Myself & Irene'],
      seen: ['  spaced ', 'Solaris', 'Me, Myself & Irene'],
    },
  ])('are given whole: $args', async ({ args, seen }) => {
    expect((await left(...args)).items).toEqual(films.filter((film) => !seen.includes(film)).sort())
  })
  test('are refused where a quote is left open', async () => {
    expectRefusal(await tributary(ask('--history', '"Paris, Texas'), { cwd: folder }), ['--history', 'not closed'])
  })
  test('are candidates', async () => {
    const { items } = await json<{ items: { item: string }[] }>(...ask('--user', 'u,0'))
    expect(items).toHaveLength(1)
    const rows = Array.from({ length: 8 }, (_, user) => {
      const answer = films[(user + 2) % 4]
      return [`u,${user}`, answer, ...films.filter((film) => film !== answer).slice(0, 2)].map(quoted).join(',')
    })
    writeText(folder, 'candidates.csv', `user,answer,n1,n2\n${rows.join('\n')}\n`)
    const { overall } = await json<{ overall: { cases: number } }>(
      ...['evaluate', 'films-knn', '--candidates', 'candidates.csv'],
    )
    expect(overall.cases).toBe(8)
  })
  test('leave nothing with a word of why', async () => {
    const all = films.flatMap((film) => ['--history', film])
    expect(await run(...ask(...all))).toMatch(/^nothing is left; --keep-seen shows seen items\n/)
    const none = films.flatMap((film) => ['--exclude', film])
    expect(await run(...ask(...none))).toMatch(/^nothing is left\n/)
  })
})

describe('names of anything', () => {
  const long = `book ${'x'.repeat(10_000)}`
  const red = '\u001b[31mred\u001b[2J'
  const lines = 'two\nlines'
  const books = [long, red, lines, '日本の本']
  beforeAll(async () => {
    await importNames('odd', { constructor: books, toString: ['a', 'b', 'c', 'd'] })
    await run('train', 'item-knn', 'odd', '--out', 'odd-knn', '--json')
  })
  const ask = ['recommend', 'odd-knn', '--domain', 'constructor', '--keep-seen', '-k', '4']

  test('are told whole as JSON, cut and harmless in tables', async () => {
    const { items } = await json<{ items: { item: string }[] }>(...ask)
    expect(items.map(({ item }) => item).sort()).toEqual([...books].sort())
    const text = await run(...ask)
    expect(text).not.toContain('\u001b')
    expect(text).toContain('␛[31mred␛[2J')
    expect(text).toContain('two␊lines')
    const rows = text.split('\n').slice(0, 5)
    expect(rows.filter((row) => row.includes(`book ${'x'.repeat(54)}…`))).toHaveLength(1)
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThan(80)
  })
  test('are nobody else’s property: no fallback is found that nobody gave', async () => {
    expect(await json(...ask)).not.toHaveProperty('fallback')
    expect(await run(...ask)).not.toContain('answered by')
  })
  test('are shown in refusals, which stay short', async () => {
    const { stderr } = await tributary(['recommend', 'odd-knn', '--domain', `${red}${long}`], { cwd: folder })
    expect(stderr).not.toContain('\u001b')
    expect(stderr).toMatch(/^error: unknown domain '␛\[31mred/)
    expect(stderr.length).toBeLessThan(600)
  })
})
