import { basename } from 'node:path'
import { TributaryError } from '../../core/index.ts'
import type { NamedFeature } from '../build/side-data.ts'
import { locate, type NumberMatrix, numbered, ratingsOfMatrix, readMatrix, refuseOtherSize } from './published.ts'
import type { Reader } from './reader.ts'

const TRAIN = 'train.ascii'
const TEST = 'test.ascii'
const USERS = 'user_features.ascii'
const ITEMS = 'item_features.ascii'
const TRUTH = 'coat_pseudoGT_ratingM.ascii'

const find = (folder: string) => locate(folder, [TRAIN, TEST, USERS, ITEMS, TRUTH], ['user_item_features'])

/** What the columns of the feature files mean, as the publisher's maps say: one bit a label, one label a feature. */
const USER_FEATURES = {
  gender: ['men', 'women'],
  age: ['20-30', '30-40', '40-50', '50-60', 'over 60', 'under 20'],
  location: ['rural', 'suburban', 'urban'],
  fashioninterest: ['moderately', 'not at all', 'very'],
}
const ITEM_FEATURES = {
  gender: ['men', 'women'],
  jackettype: [
    ...[
      'bomber',
      'cropped',
      'field',
      'fleece',
      'insulated',
      'motorcycle',
      'other',
      'packable',
      'parkas',
      'pea',
      'rain',
    ],
    ...['shells', 'track', 'trench', 'vests', 'waterproof'],
  ],
  color: [
    ...['beige', 'black', 'blue', 'brown', 'gray', 'green', 'multi', 'navy', 'olive', 'other', 'pink', 'purple', 'red'],
  ],
  onfrontpage: ['yes', 'no'],
}

/**
 * Coat (Schnabel et al., ICML 2016): ratings that 290 people gave to coats they chose (train) and to coats drawn at random (test).
 * The truth is the completed matrix of RL4Rec, which the environments of the offline-RL papers pay.
 */
export const coat: Reader = {
  name: 'coat',
  summary: `a folder with ${TRAIN}, ${TEST}, ${USERS}, ${ITEMS} and ${TRUTH}; users and items by their row, from 0`,
  source: (file, options, connection) => {
    const part = basename(file).startsWith(TEST) ? 'test' : 'train'
    return ratingsOfMatrix(file, part, options.domain ?? 'coats', connection)
  },
  folder: {
    async logs(folder) {
      const files = await find(folder)
      return [files.get(TRAIN)!, files.get(TEST)!]
    },
    async side(folder) {
      const files = await find(folder)
      const matrices = new Map<string, NumberMatrix>()
      for (const [name, file] of files) matrices.set(name, await readMatrix(file))
      const sizes = (names: readonly string[], side: 'rows' | 'columns') =>
        new Map(names.map((name) => [files.get(name)!, matrices.get(name)![side]]))
      refuseOtherSize('rows', sizes([TRAIN, TEST, TRUTH, USERS], 'rows'))
      refuseOtherSize('columns', sizes([TRAIN, TEST, TRUTH], 'columns'))
      const { rows, columns, values } = matrices.get(TRUTH)!
      const items = matrices.get(ITEMS)!
      if (items.rows !== columns) {
        const message = `${files.get(ITEMS)} has ${items.rows} rows and ${files.get(TRUTH)} has ${columns} columns; both are the items`
        throw new TributaryError('mismatch', message)
      }
      return {
        userFeatures: oneHot(files.get(USERS)!, matrices.get(USERS)!, USER_FEATURES),
        itemFeatures: oneHot(files.get(ITEMS)!, items, ITEM_FEATURES),
        truth: { users: numbered(rows), items: numbered(columns), values },
      }
    },
  },
}

function oneHot(
  file: string,
  matrix: NumberMatrix,
  groups: Readonly<Record<string, readonly string[]>>,
): NamedFeature[] {
  const all = Object.values(groups).flat().length
  if (matrix.columns !== all) {
    throw new TributaryError(
      'bad-column',
      `${file} has ${matrix.columns} columns; Coat's features are ${all} bits a row`,
    )
  }
  let first = 0
  return Object.entries(groups).map(([name, labels]) => {
    const of = new Map<string, string[]>()
    for (let row = 0; row < matrix.rows; row++) {
      const set = labels.filter((_, label) => matrix.values[row * all + first + label] !== 0)
      of.set(String(row), set)
    }
    first += labels.length
    return { name, kind: 'labels', of }
  })
}
