import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../src/math/index.ts'
import { commandsIn, tributaryArguments } from '../docs/commands.ts'
import { readPage } from '../docs/pages.ts'
import { createFolder, expectRefusal, type Running, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const SERVICES = ['books', 'films', 'music']
const ODD = (item: string) => Number(item.split('-')[1]) % 2 === 1

/** Who likes odd items of one service likes those of the others; `Oda` and `Eva` never were in books, and differ in their taste. */
function ratedCsv(): string {
  const rng = createRng(1)
  const people = Array.from({ length: 60 }, (_, u) => ({ name: `u${u}`, likesOdd: u % 2 === 0, services: SERVICES }))
  const rows = [
    ...people,
    { name: 'Oda', likesOdd: true, services: ['films', 'music'] },
    { name: 'Eva', likesOdd: false, services: ['films'] },
  ].flatMap(({ name, likesOdd, services }) =>
    services.flatMap((service) => {
      const own = rng.split(name, service)
      const first = own.below(20)
      return Array.from({ length: 8 }, (_, i) => {
        const item = `${service}-${(first + 3 * i) % 20}`
        const liked = ODD(item) === likesOdd
        return `${name},${item},${service},${(liked ? 4 : 1) + own.below(2)},${1e9 + own.below(1e6)}\n`
      })
    }),
  )
  return `user,item,domain,rating,timestamp\n${rows.join('')}`
}

const page = readPage('docs/new-users.md').blocks.find(({ text }) => text.includes('tributary import'))!
const steps = commandsIn(page).flatMap(({ words }) => {
  const args = tributaryArguments(words)
  return args === undefined ? [] : [args]
})

beforeAll(async () => {
  writeFileSync(join(folder, 'shop.csv.gz'), gzipSync(ratedCsv()))
  for (const args of steps) {
    if (args[0] === 'serve') continue
    const { code, stdout, stderr } = await tributary(args, { cwd: folder })
    expect(code, `${args.join(' ')}\n${stderr}`).toBe(0)
    expect(stdout).not.toBe('')
  }
}, 300_000)

const servers: Running[] = []
afterAll(async () => {
  for (const { process } of servers) process.kill('SIGTERM')
  for (const { ended } of servers) expect(await ended).toMatchObject({ code: 0 })
})

interface Answer {
  readonly known: string
  readonly newUsers?: string
  readonly items: readonly { item: string; score: number; sources?: Record<string, number> }[]
  readonly sources?: Record<string, number>
}

async function serve(...args: string[]) {
  const server = start(['serve', ...args, '--port', '0'], { cwd: folder })
  servers.push(server)
  const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
  const get = async (path: string) => (await fetch(`${url}${path}`)).text()
  const ask = async (body: object): Promise<Answer> => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(`${url}/v1/recommendations`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).toBe(200)
    return response.json() as Promise<Answer>
  }
  return { get, ask }
}

const shareOfOdd = ({ items }: Answer) => items.filter(({ item }) => ODD(item)).length / items.length

describe('docs/new-users.md', () => {
  const about = ({ known, newUsers }: Answer) => [known, newUsers]

  test('serves a user who is new in books by what they liked elsewhere, and everybody else as before', async () => {
    const args = steps.find(([command]) => command === 'serve')!.slice(1)
    const { get, ask } = await serve(...args.slice(0, args.indexOf('--port')))
    expect(await get('/v1/domains')).toContain('"name":"books","items":20,"newUsers":"marco"')
    const [oda, eva] = [await ask({ user: 'Oda', domain: 'books' }), await ask({ user: 'Eva', domain: 'books' })]
    expect([about(oda), about(eva)]).toEqual([
      ['elsewhere', 'marco'],
      ['elsewhere', 'marco'],
    ])
    // Ten of twenty books are odd.
    expect(shareOfOdd(oda)).toBeGreaterThanOrEqual(0.9)
    expect(shareOfOdd(eva)).toBeLessThanOrEqual(0.1)
    // Oda was in films and in music, Eva in films alone.
    const weighed = await ask({ user: 'Oda', domain: 'books', sources: true })
    expect(weighed.items.map(({ sources: _, ...rest }) => rest)).toEqual(oda.items)
    for (const { sources } of [weighed, ...weighed.items]) {
      expect(Object.keys(sources!).sort()).toEqual(['films', 'music'])
      expect(sources!.films + sources!.music).toBeCloseTo(1, 3)
    }
    expect((await ask({ user: 'Eva', domain: 'books', sources: true })).sources).toEqual({ films: 1 })
    expect(await ask({ user: 'u1', domain: 'books', sources: true })).not.toHaveProperty('sources')
    // What the request tells of a stranger is events elsewhere like any others.
    const history = ['films-1', 'films-4', 'music-2', 'music-9', 'music-7']
    const likesOdd = history.map((item) => (ODD(item) ? 5 : 1))
    const stranger = await ask({ history, values: likesOdd, domain: 'books' })
    const opposite = await ask({ history, values: likesOdd.map((value) => 6 - value), domain: 'books' })
    const liked = await ask({ history: history.filter(ODD), domain: 'books' })
    for (const one of [stranger, opposite, liked]) expect(about(one)).toEqual(['elsewhere', 'marco'])
    expect(shareOfOdd(stranger)).toBeGreaterThan(shareOfOdd(opposite) + 0.5)
    expect(shareOfOdd(liked)).toBeGreaterThan(shareOfOdd(opposite) + 0.5)
    // Known here, unknown, and known in another service that the bridge does not lead to.
    expect(about(await ask({ user: 'u1', domain: 'books' }))).toEqual(['here', undefined])
    expect(about(await ask({ domain: 'books' }))).toEqual(['nowhere', undefined])
    expect(about(await ask({ user: 'nobody', ignoreUnknown: true, domain: 'books' }))).toEqual(['nowhere', undefined])
    expect(about(await ask({ user: 'Eva', domain: 'music' }))).toEqual(['elsewhere', undefined])
    expect(about(await ask({ history: ['films-1', 'books-3'], domain: 'books' }))).toEqual(['here', undefined])
    const lists = (await get('/metrics')).split('\n').filter((line) => line.startsWith('tributary_lists_total'))
    expect(lists).toContain('tributary_lists_total{model="sasrec",domain="books",known="elsewhere",run="marco"} 7')
    // The command line answers as the server does.
    const told = await tributaryJson<Answer>(
      ['recommend', 'runs/sasrec', '--new-users', 'runs/marco', '--user', 'Oda', '--domain', 'books'],
      folder,
    )
    expect(oda.items).toMatchObject(told.items)
    expect(about(told)).toEqual(['elsewhere', 'runs/marco'])
  })

  test('serves a run that predicts ratings by itself, too', async () => {
    const { ask } = await serve('runs/marco')
    const { items } = await ask({ user: 'Oda', domain: 'books', k: 1000, exclude: ['books-1'] })
    expect(items).toHaveLength(19)
    const scores = items.map(({ score }) => score)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    expect(items[0].score).toBeGreaterThan(3)
    expect(items[0].score).toBeLessThan(6)
  })
})

describe('lists of predicted ratings with popularity', () => {
  interface Ranked {
    readonly overall: Readonly<Record<string, number>>
    readonly blend?: Record<string, number>
    readonly newUsers?: Record<string, string>
  }
  const ranked = (...more: string[]) =>
    tributaryJson<Ranked>(['evaluate', 'runs/marco', '--rank', '--positive-above', '3', ...more], folder)

  test('are measured and made by one weight, which validation chooses or the command gives', async () => {
    const plain = await ranked()
    expect(plain).not.toHaveProperty('blend')
    const auto = await ranked('--blend', 'auto')
    expect(Object.keys(auto.blend!)).toEqual(
      Object.values(auto.blend!).some((weight) => weight > 0) ? ['runs/marco'] : [],
    )
    const popular = await ranked('--blend', '1000', '--new-users', 'runs/marco')
    expect(popular.blend).toEqual({ 'runs/marco': 1000 })
    expect(popular.newUsers).toEqual({ books: 'runs/marco' })
    expect(popular.overall['ndcg@10']).not.toBe(plain.overall['ndcg@10'])
    const asked = ['recommend', 'runs/marco', '--user', 'Oda', '--domain', 'books', '--blend', '1000']
    const [oda, eva] = [
      await tributaryJson<Answer>(asked, folder),
      await tributaryJson<Answer>(asked.with(3, 'Eva'), folder),
    ]
    // Where popularity is all that counts, taste decides among what is equally popular.
    const levels = ({ items }: Answer) => items.map(({ score }) => Math.round(score / 20))
    expect(levels(oda)).toEqual(levels(eva))
  })

  test('and refused where there is no list, or no such weight', async () => {
    const refused = async (args: string[], told: string) =>
      expectRefusal(await tributary(['evaluate', 'runs/marco', ...args], { cwd: folder }), [told])
    await refused(['--blend', '1'], 'give --rank too')
    await refused(['--rank', '--blend', 'much'], "the blend 'much' is unknown")
    await refused(['--new-users', 'runs/sasrec'], 'what answers for new users does what the run does')
  })
})

describe('--new-users refuses', () => {
  const refused = async (which: string, told: readonly string[], ...more: string[]) =>
    expectRefusal(
      await tributary(['serve', 'runs/sasrec', ...more, '--new-users', which, '--port', '0'], { cwd: folder }),
      told,
    )

  test('a run of another dataset', async () => {
    writeText(folder, 'other.csv', ratedCsv().replaceAll('films', 'plays'))
    await tributaryJson(['import', 'csv', 'other.csv', '--out', 'other', '--value', 'rating'], folder)
    await tributaryJson(['train', 'means', 'other', '--out', 'runs/other'], folder)
    await refused('runs/other', ['runs/other', "'other'", "'shop'"])
  })

  test('a service that the run does not lead to', () => refused('music=runs/marco', ['books', 'not to music']))

  test('a service that is unknown', () => refused('boks=runs/marco', ["did you mean 'books'"]))

  test('several served runs', () => refused('runs/marco', ['--new-users is for one run'], 'runs/marco'))
})
