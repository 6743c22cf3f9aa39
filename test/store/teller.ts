/**
 * Tells a store in argv[2] of events until it is killed, argv[3] a second, and prints the id of each that was acknowledged. argv[4] begins
 * the ids; after argv[5] of them it ends by itself.
 */
import { openStore } from '../../src/serving/store/open.ts'

const [, , url, rate, name, most = 'Infinity'] = process.argv
const store = await openStore(url)
const began = performance.now()
let told = 0
let acknowledged = 0
let decided = 0
setInterval(() => {
  const due = ((performance.now() - began) * Number(rate)) / 1_000
  while (told < due) {
    told++
    const id = `${name}-${told}`
    const event = { source: 'teller', id, type: 'view', user: `user-${told % 20}`, item: `item-${told % 50}` }
    store.appendEvents([event]).then(
      () => {
        process.stdout.write(`${id}\n`)
        acknowledged++
        if (acknowledged >= Number(most)) process.exit(0)
      },
      (error: Error) => {
        process.stderr.write(`${error.message}\n`)
        process.exit(1)
      },
    )
    if (told % 5 === 0) {
      decided++
      store.putDecision({
        id: `r_${name}_${decided}`,
        at: told,
        domain: 'books',
        model: 'm',
        weights: 'w',
        policy: { kind: 'greedy' },
        asked: { k: 1, maskSeen: true, exclude: [] },
        candidatesHash: 'c',
        items: [],
      } as never)
    }
  }
}, 2)
