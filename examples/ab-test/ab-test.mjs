// A new model is judged before anybody sees it, then proved, then let answer where it helps: node examples/ab-test/ab-test.mjs [FOLDER] [USERS] [SEED].
// Two weeks of a shop, on Node 22.13 or newer. docs/experiments.md and docs/ope.md say what is read here.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { openStore, openTrainedRun } from 'tributary-rec'
import { createServer, Lineup, listen, Models } from 'tributary-rec/server'
import { at, call, step, tributary, verify } from '../shop/steps.mjs'
import { DAY, liveThrough, SERVICES, writeLog } from './shop.mjs'

const [folder = '.tributary/ab-test', ...given] = process.argv.slice(2)
const [users = 800, seed = 1] = given.map(Number)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
process.chdir(resolve(folder))
const log = ['--store', 'sqlite:shop.db']
const MONDAY = Date.UTC(2026, 2, 2)
const WEEK = 7 * DAY
/** How each model draws its lists of two: in units of its own scores. */
const DRAWN = {
  popular: { kind: 'plackett-luce', temperature: 60 },
  personal: { kind: 'plackett-luce', temperature: 2.2 },
}
const REWARD = 'purchase:24h:count'

step('Two models of one log: what is popular, and what people like you had')
await writeLog('log.csv', { users, before: MONDAY, seed })
await tributary('import', 'csv', 'log.csv', '--out', 'shop')
await tributary('train', 'popularity', 'shop', '--out', 'runs/popular')
await tributary('train', 'item-knn', 'shop', '--out', 'runs/personal', '--set', 'recency=1', '--set', 'repeats=false')
await tributary('store', 'load', 'shop', ...log)

step('A server with a clock of ours; each service has a placement and an alias')
const clock = { now: MONDAY }
const store = await openStore('sqlite:shop.db')
const models = new Models(await Promise.all(['popular', 'personal'].map(servedModel)))
const lineup = new Lineup({ models, store, open: servedModel, onError: console.error })
const { url, close } = await listen(createServer({ models, store, lineup, now: () => clock.now }), { port: 0 })
at(url)
for (const service of SERVICES) await answerFrom(service, 'popular')
for (const [name, explore] of Object.entries(DRAWN)) await call('PUT', `/v1/placements/as-${name}`, { explore })

try {
  step('A week of lists that are drawn, so that other lists can be judged by them')
  const post = (/** @type {string} */ path, /** @type {object} */ body) => call('POST', path, body)
  console.table(await liveThrough({ post, clock, from: MONDAY, days: 7, users, seed }))

  step('Before anybody sees the new model: what would it have earned?')
  const policy = `runs/personal:temperature=${DRAWN.personal.temperature}`
  const forecast = await tributary(
    'ope',
    '--log',
    'sqlite:shop.db',
    '--policy',
    policy,
    '--logger',
    'runs/popular',
    '--reward',
    REWARD,
  )
  const expected = forecast.targets.find((/** @type {any} */ one) => one.name.includes('personal'))
  for (const { domain, verdict } of expected.domains) console.log(`  ${domain}: ${verdict}`)

  step('The proof: half of the users get it')
  clock.now = MONDAY + WEEK
  const { mean, low, high } = foretold(expected.overall)
  await call('PUT', '/v1/experiments/personal', {
    arms: Object.keys(DRAWN).map((model) => ({ name: model, use: { model }, placement: `as-${model}` })),
    metrics: [{ name: 'bought', reward: REWARD, per: 'recommendation' }],
    plannedUsers: Math.round(users / 2),
    forecast: { mean, low, high, source: 'tributary ope' },
  })
  await call('POST', '/v1/experiments/personal/start')
  console.table(await liveThrough({ post, clock, from: MONDAY + WEEK, days: 7, users, seed }))

  step('What it did, and what to do')
  clock.now = MONDAY + 2 * WEEK
  await call('POST', '/v1/experiments/personal/stop')
  const readout = await tributary('experiment', 'readout', 'personal', ...log)
  console.log(`  ${readout.decision.says}`)
  for (const service of SERVICES) {
    const { difference } = readout.metrics.bought.domains[service]
    const before = inWords(foretold(placeOf(expected, service)))
    console.log(`  ${service}: foretold ${before} more a list, found ${inWords(difference)}`)
  }
  const { expected: before, found } = readout.forecast
  console.log(`  all: foretold ${inWords(before)} more a list, found ${inWords(found)}`)
  writeFileSync('week.json', JSON.stringify({ forecast: expected, readout }))
  verify('the experiment was sound', readout.decision.kind !== 'unsound')
  for (const service of SERVICES)
    verify(
      `${service}: the log had foretold it`,
      (placeOf(expected, service).verdict === 'better' ? 'ship' : 'roll back') === readout.decision.byDomain[service],
    )

  step('It answers where it helps')
  for (const service of SERVICES)
    if (readout.decision.byDomain[service] === 'ship') await answerFrom(service, 'personal')
  for (const service of SERVICES) {
    const { model } = await call('POST', '/v1/recommendations', { placement: `home-${service}`, user: 'u0001', k: 2 })
    console.log(`  ${service}: ${model}`)
  }
} finally {
  await close()
  await models.close()
  await store.close()
}

/** @param {string} name */
async function servedModel(name) {
  const { model, dataset, run } = await openTrainedRun(`runs/${name}`, { serving: true })
  return { name, model, dataset, weights: run.manifest.weightsHash, dispose: () => model.dispose() }
}

/** An alias says who answers in a service, and its placement how lists are drawn. @param {string} service @param {'popular' | 'personal'} model */
async function answerFrom(service, model) {
  await call('PUT', `/v1/aliases/${service}`, { model })
  await call('PUT', `/v1/placements/home-${service}`, {
    domain: service,
    use: { alias: service },
    explore: DRAWN[model],
  })
}

/** @param {any} target @param {string} service */
function placeOf({ domains }, service) {
  return domains.find((/** @type {any} */ one) => one.domain === service)
}

/** The difference by the estimator that decides; NaN where nothing is said. @param {any} place */
function foretold({ by, estimates }) {
  const nothing = { difference: { mean: Number.NaN, low: Number.NaN, high: Number.NaN } }
  return (estimates.find((/** @type {any} */ one) => one.estimator === by) ?? nothing).difference
}

/** @param {{ mean: number, low: number, high: number }} interval */
function inWords({ mean, low, high }) {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
}
