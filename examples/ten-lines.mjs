import { importDataset, openTrainedRun, recommend, trainRun } from 'tributary-rec'

await importDataset({ reader: 'csv', files: ['shop.csv'], out: 'datasets/shop' }) // user, item, domain, timestamp
for await (const event of trainRun({ model: 'sasrec', datasetFolder: 'datasets/shop', out: 'runs/sasrec' }))
  if (event.type === 'epoch') console.log(event.epoch, event.validation?.['ndcg@10'])

const { model, dataset } = await openTrainedRun('runs/sasrec')
const history = Int32Array.from(['books-1', 'games-2'].flatMap((name) => dataset.items.id(name) ?? []))
const query = { history, domain: dataset.domains.indexOf('music') }
const [list = []] = await recommend(model, dataset, [query], { k: 5, maskSeen: true })
console.log(list.map(({ item, score }) => `${dataset.items.name(item)} ${score.toFixed(3)}`).join('\n'))
