import type { Expectation } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { earns: 0.95, set: { worldModel: 'world' }, seedless: 'it draws nothing' },
  {
    variant: 'that avoids what users leave for',
    earns: 0.7,
    set: { worldModel: 'world', leave: ['categories:2:0'] },
    seedless: 'it draws nothing',
  },
]
