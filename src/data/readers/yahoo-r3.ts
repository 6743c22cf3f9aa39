import { basename } from 'node:path'
import { delimitedSource } from './delimited.ts'
import { locate, numbered, readMatrix } from './published.ts'
import { constant, type Reader } from './reader.ts'

const TRAIN = 'ydata-ymusic-rating-study-v1_0-train.txt'
const TEST = 'ydata-ymusic-rating-study-v1_0-test.txt'
const TRUTH = 'yahoo_pseudoGT_ratingM.ascii'

/** Only these rated songs at random, and only for them do the published environments use the completed matrix. */
const TRUTH_USERS = 5400

const find = (folder: string) => locate(folder, [TRAIN, TEST, TRUTH])
const header = ['user', 'item', 'rating']

/**
 * Yahoo! R3: ratings that 15,400 users gave to songs they chose (train) and 5,400 of them to songs drawn at random (test). The truth is
 * the completed matrix of RL4Rec.
 */
export const yahooR3: Reader = {
  name: 'yahoo-r3',
  summary: `a folder with ${TRAIN}, ${TEST} and ${TRUTH}, whose row r and column c are user r + 1 and item c + 1`,
  async source(file, options, connection) {
    const known = { user: ['user'], item: ['item'], value: ['rating'] }
    const all = { ...options, domain: options.domain ?? 'songs' }
    const source = await delimitedSource(file, { delimiter: '\t', quote: '', header, known }, all, connection)
    const part = basename(file).startsWith(TEST) ? 'test' : 'train'
    return { ...source, columns: { ...source.columns, part: constant(part) } }
  },
  folder: {
    async logs(folder) {
      const files = await find(folder)
      return [files.get(TRAIN)!, files.get(TEST)!]
    },
    async side(folder) {
      const { rows, columns, values } = await readMatrix((await find(folder)).get(TRUTH)!, TRUTH_USERS)
      return { truth: { users: numbered(rows, 1), items: numbered(columns, 1), values } }
    },
  },
}
