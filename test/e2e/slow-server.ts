/** Serves a scorer that takes a second, until a signal; prints its address, then `closed` when all is answered. */
import type { Scorer } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createServer, listen } from '../../src/server/index.ts'

const dataset = buildDataset('shop', { user: ['ann', 'bob'], item: ['a1', 'a2'], domain: ['a', 'a'] })
const model: Scorer = {
  async score(queries, { start, end }) {
    if (queries.some(({ user }) => user !== undefined)) {
      console.log('asked')
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    return new Float32Array(queries.length * (end - start))
  },
}
const { url, closed } = await listen(createServer({ models: [{ name: 'slow', model, dataset }] }), { port: 0 })
console.log(url)
await closed
console.log('closed')
