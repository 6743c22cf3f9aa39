import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const [folder = 'model', asked = 'music', ...names] = process.argv.slice(2) // names of a history, oldest first
const [lines, about] = ['items.jsonl', 'README.json'].map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
const items = lines.split(/\n(?=.)/).map((line) => JSON.parse(line)) // {id, item, domain}
const ids = [0, ...names.flatMap((name) => items.find(({ item }) => item === name)?.id ?? [])]
const { scores } = await (await InferenceSession.create(`${folder}/model.onnx`)).run({
  history: new Tensor('int32', Int32Array.from(ids), [1, ids.length]),
  domain: new Tensor('int32', Int32Array.of(JSON.parse(about).domains.indexOf(asked)), [1]),
})
const list = items.map(({ item, domain }, i) => ({ item, domain, score: Number(scores.data[i]) }))
const ranked = list.filter(({ domain }) => domain === asked).sort((a, b) => b.score - a.score)
for (const { item, score } of ranked.slice(0, 5)) console.log(item, score.toFixed(4))
