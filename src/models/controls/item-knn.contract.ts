import { blocks, type Expectation } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [{ learns: blocks, seedless: 'similarities draw no numbers' }]
