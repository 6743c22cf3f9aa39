import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { experimentWorld } from '../../test/worlds/experiment-worlds.ts'
import { readout } from '../serving/experiments/readout/index.ts'
import { renderReadoutPage } from './readout.ts'
import { forecastText, guardrailTable, metricTable, readoutNotes, soundTable } from './readout-text.ts'

const HOSTILE = `<img src=x onerror="alert('1')"> & co`
const { columns, start, end } = experimentWorld({
  users: 4000,
  services: { [HOSTILE]: { reach: 1, rate: 0.2, effect: 0.5 }, books: { reach: 0.5, rate: 0.2, effect: -0.5 } },
})
const [rewards] = columns.rewards.values()
const read = readout(
  { ...columns, arms: [...columns.arms, HOSTILE], rewards: new Map([...columns.rewards, ['returns', rewards]]) },
  {
    name: HOSTILE,
    status: 'running',
    startedAt: start,
    arms: [],
    metrics: [{ name: 'purchases', reward: 'purchase:24h:count' }],
    guardrails: [{ name: 'returns', reward: 'return:24h:count', lessIsBetter: true, margin: 0.02 }],
    weighings: [{ from: start, coverage: 1, weights: [1, 1, 0.001] }],
    forecast: { mean: 0.1, low: 0.05, high: 0.15, source: 'dr' },
  },
  { until: end, watched: true },
)

describe('the page of a readout', () => {
  const { document } = parseHTML(renderReadoutPage(read))

  it('has its parts in the order in which they are to be read', () => {
    const titles = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent)
    const places = ['Is it sound?', 'What happened', 'What must not get worse', 'What to do', 'Was the forecast right?']
    const found = places.map((part) => titles.findIndex((title) => title?.startsWith(part)))
    expect(found).toEqual([...found].sort((a, b) => a - b))
    expect(found).not.toContain(-1)
  })

  it('says by what its arms were held against each other', () => {
    expect(renderReadoutPage({ ...read, mode: 'interleave' })).toContain('by lists that both made together')
    expect(document.querySelector('figcaption')?.textContent).toMatch(/^difference of purchases; /)
  })

  it('draws and tabulates nothing where nothing is known yet', () => {
    const idle = experimentWorld({ users: 40, services: { books: { reach: 1, rate: 0 } } })
    const trial = { name: 'trial', status: 'running' as const, startedAt: idle.start, arms: [] }
    const metrics = [{ name: 'purchases', reward: 'purchase:24h:count' }]
    const { weighings } = idle.columns
    const nothing = readout(idle.columns, { ...trial, metrics, weighings }, { until: idle.end })
    const html = renderReadoutPage({ ...nothing, decision: { ...nothing.decision, byDomain: new Map() as never } })
    expect(html).not.toContain('<svg')
    expect(html).not.toContain('<th scope="col">service</th>')
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
    expect(readoutNotes({ ...nothing, mode: 'shadow' }).join()).not.toContain('verdicts')
  })

  it('has names as text, asks for no network and no script', () => {
    expect(document.querySelectorAll('img, script, link')).toHaveLength(0)
    expect(document.querySelector('h1')?.textContent).toContain(HOSTILE)
  })

  it('colors what is better and what is worse', () => {
    const cells = (name: string) => [...document.querySelectorAll(`td.${name}`)].map(({ textContent }) => textContent)
    expect(cells('helped')).toContain('better')
    expect(cells('harmed')).toContain('worse')
    expect(cells('harmed')).toContain('broken')
  })
})

describe('the text of a readout', () => {
  it('has a row a service, and one for all', () => {
    const { rows, columns: heads } = metricTable(read, 'control', 'purchases')
    expect(heads.map(({ title }) => title).slice(0, 4)).toEqual(['purchases', 'users', 'control', 'treatment'])
    expect(rows.map(([place]) => place)).toEqual([HOSTILE, 'books', 'all services'])
    expect(rows[0].at(-1)).toBe('better')
    expect(rows[0][4]).toMatch(/^\+\d+\.\d % \[\+\d+\.\d %, \+\d+\.\d %\]$/)
    expect(guardrailTable(read, 'control', 'returns').columns[0].title).toBe('returns (at most 2.0 % worse)')
  })

  it('says of every check what it found', () => {
    expect(soundTable(read).rows.map(([, status]) => status)).not.toContain(undefined)
    expect(soundTable(read).rows).toHaveLength(Object.keys(read.sound).length)
  })

  it('holds the forecast beside what was found', () => {
    expect(forecastText(read)).toMatch(/^dr expected 0\.1 \[0\.05, 0\.15\], found was .*\.$/)
  })
})
