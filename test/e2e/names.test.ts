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
        lines.push(`"u,${user}",${quoted(items[(user + step) % items.length]!)},${quoted(domain)},${step}`)
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
    { args: ['--history', 'Paris, Texas'], seen: ['Paris, Texas'] },
    { args: ['--history', '"Paris, Texas", Solaris'], seen: ['Paris, Texas', 'Solaris'] },
    { args: ['--history', 'Paris, Texas', '--history', 'Solaris'], seen: ['Paris, Texas', 'Solaris'] },
    { args: ['--history', '"  spaced ",Solaris'], seen: ['  spaced ', 'Solaris'] },
    { args: ['--exclude', 'Me, Myself & Irene'], seen: ['Me, Myself & Irene'] },
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
      const answer = films[(user + 2) % 4]!
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
