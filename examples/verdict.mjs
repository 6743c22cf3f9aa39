import { compare, entryOf, importDataset, outcomeOf, verdictsOn } from 'tributary-rec'

await importDataset({ reader: 'csv', files: ['shop.csv'], out: 'datasets/shop' }) // user, item, domain, timestamp
const twin = entryOf('sasrec', { epochs: 20, sequences: 'single' }, 'one model a service')
const mixed = entryOf('sasrec', { epochs: 20 }, 'one model for all')

const plan = { entries: [twin, mixed], datasetFolder: 'datasets/shop', out: 'runs/verdict', seeds: [1] }
const { comparison } = await outcomeOf(compare(plan), (event) => console.error(event.type))
for (const [service, verdict] of verdictsOn(comparison, mixed.label)) console.log(`${service}: ${verdict}`)
