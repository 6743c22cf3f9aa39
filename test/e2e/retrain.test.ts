import { expect, test } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, writeText } from './tributary.ts'

test.skipIf(!hasSqlite())(
  'a server trains again on the events of its store, and answers from what is not worse',
  async () => {
    const cwd = createFolder()
    writeText(cwd, 'shop.csv', shopCsv({ users: 40 }))
    const does = async (...args: string[]) => expect(await tributary(args, { cwd })).toMatchObject({ code: 0 })
    await does('import', 'csv', 'shop.csv', '--out', 'shop')
    await does('train', 'popularity', 'shop', '--out', 'runs/first')
    await does('store', 'load', 'shop', '--store', 'sqlite:shop.db')

    const store = ['--store', 'sqlite:shop.db', '--runs', 'runs']
    for (const [plan, sentence] of [
      ['{"evry":"24h"}', /is no plan of a retraining: .*evry/],
      ['{"every":"often"}', /every: a time is a number with m, h or d/],
      ['nowhere.json', /neither a JSON object nor a file/],
    ] as const)
      expectRefusal(await tributary(['retrain', ...store, '--plan', plan], { cwd }), [sentence])

    const server = start(['serve', 'runs/first', ...store, '--port', '0', '--retrain', '{"minEvents":100}'], { cwd })
    const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
    const [, name] = await server.seen(/retraining: (\S+) is promoted, it is not worse/)
    let answering = ''
    while (answering !== name)
      answering = ((await (await fetch(`${url}/v1/models`)).json()) as { default: string }).default
    const response = await fetch(`${url}/v1/recommendations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ domain: 'books', k: 1 }),
    })
    const { model } = (await response.json()) as { model: string }
    expect(model.split('@')[0]).toBe(name)

    const trainings = async () =>
      ((await (await fetch(`${url}/v1/trainings`)).json()) as { trainings: { name: string; status: string }[] })
        .trainings
    expect(await trainings()).toMatchObject([{ name, status: 'promoted' }])
    expect((await fetch(`${url}/v1/trainings`, { method: 'POST' })).status).toBe(202)
    // On the same events, whatever is due.
    await server.seen(/retraining: \S+ is \w+, [\s\S]*retraining: \S+ is \w+, /)
    expect(await trainings()).toHaveLength(2)
    expect((await fetch(`${url}/v1/trainings/${name}`, { method: 'DELETE' })).status).toBe(409)
    server.process.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0 })

    // All events were learned from: the next one waits for new ones.
    const early = await tributary(['retrain', ...store, '--if-due', '--json'], { cwd })
    expect(JSON.parse(early.stdout)).toEqual({ status: 'not-due' })
  },
)
