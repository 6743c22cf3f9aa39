import { type Expectation, quality, smallRated } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [{ learns: quality, set: smallRated }]
