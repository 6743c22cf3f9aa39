import { describe, expect, test } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { type LeaveRule, leaveRuleText, parseLeaveRule } from './leave-rule.ts'
import { createEnvironment, createSimulator, type EnvironmentOptions } from './simulator.ts'

/** Turns until the user leaves, when these columns are recommended in order. */
function lengthOf(
  columns: readonly number[],
  dataset: Parameters<typeof createEnvironment>[0],
  options: EnvironmentOptions,
) {
  const environment = createEnvironment(dataset, { maxLength: columns.length, ...options })
  const simulator = createSimulator(environment, { mode: 'free', slots: 1, seed: 1 })
  simulator.start(0, 0)
  for (const column of columns) simulator.step(Int32Array.of(column))
  return simulator.turns[0]
}

const flat = [[1, 1, 1, 1, 1, 1]]
const kinds = simulatedWorld({ rewards: flat, categories: ['a', 'a', 'b', 'b', 'c', ''] })

test.each<[string, readonly number[], LeaveRule, number]>([
  ['a category of the last item', [0, 2, 4, 5, 3, 2], { kind: 'categories', window: 1, most: 0 }, 6],
  ['beyond the window it is forgotten', [0, 2, 1, 3, 0, 2], { kind: 'categories', window: 1, most: 0 }, 6],
  ['within the window it counts', [0, 2, 1, 3, 0, 2], { kind: 'categories', window: 2, most: 0 }, 3],
  ['no more than MOST times', [0, 2, 1, 3, 0, 2], { kind: 'categories', window: 4, most: 1 }, 5],
  ['items without a category never end it', [5, 5, 5, 5, 5, 5], { kind: 'categories', window: 5, most: 0 }, 6],
])('categories: %s', (_, columns, rule, turns) => {
  expect(lengthOf(columns, kinds, { leave: [rule] })).toBe(turns)
})

test('an item with several categories ends it by any of them', () => {
  const feature = {
    name: 'category',
    kind: 'labels' as const,
    labels: ['a', 'b', 'c'],
    start: Int32Array.of(0, 0, 2, 3, 4, 4, 4, 4), // PAD; a b; b; c; none, none, none
    ids: Int32Array.of(0, 1, 1, 2),
  }
  const dataset = { ...kinds, itemFeatures: [feature] }
  const leave = [{ kind: 'categories', window: 2, most: 0 }] as const
  expect(lengthOf([0, 2, 1, 4], dataset, { leave })).toBe(3)
  expect(lengthOf([0, 2, 4, 1], dataset, { leave })).toBe(4)
})

test('distance: of columns of rewards to any item of the window, below LEAST', () => {
  const dataset = simulatedWorld({
    rewards: [
      [0, 3, 0, 9],
      [0, 4, 9, 0],
    ],
  })
  const leave = (window: number, least: number): LeaveRule[] => [{ kind: 'distance', window, least }]
  expect(lengthOf([0, 1, 2, 3], dataset, { leave: leave(1, 5) })).toBe(4) // 5 is not below 5
  expect(lengthOf([0, 1, 2, 3], dataset, { leave: leave(1, 5.01) })).toBe(2)
  expect(lengthOf([0, 2, 1, 3], dataset, { leave: leave(1, 5.01) })).toBe(4) // √34 from item 2
  expect(lengthOf([0, 2, 1, 3], dataset, { leave: leave(2, 5.01) })).toBe(3)
  expect(lengthOf([0, 0, 0, 0], dataset, { leave: leave(1, 0.01) })).toBe(2) // a repeat has distance 0
  expect(lengthOf([0, 0, 0, 0], dataset, { leave: leave(1, 0) })).toBe(4)
})

test('low reward: at any turn, the first included', () => {
  const dataset = simulatedWorld({ rewards: [[1, 2, 3]] })
  const leave: LeaveRule[] = [{ kind: 'low-reward', least: 2 }]
  expect(lengthOf([2, 1, 0, 2], dataset, { leave })).toBe(3)
  expect(lengthOf([0, 1, 2], dataset, { leave })).toBe(1)
})

test('as released: a window of 4 sees the last item alone at turn 3, and all before that', () => {
  const leave: LeaveRule[] = [{ kind: 'categories', window: 4, most: 0 }]
  const released = [parseLeaveRule('categories:4:0:as-released')]
  const sequence = [0, 2, 4, 1, 5, 5] // item 1 repeats the category of item 0, three turns before
  expect(lengthOf(sequence, kinds, { leave })).toBe(4)
  expect(lengthOf(sequence, kinds, { leave: released })).toBe(6)
  expect(lengthOf([0, 2, 1, 5, 5, 5], kinds, { leave: released })).toBe(3)
  expect(lengthOf([5, 0, 2, 4, 1, 5], kinds, { leave: released })).toBe(5) // from turn 4 on it is right
})

test('one of several rules is enough', () => {
  const dataset = simulatedWorld({ rewards: [[1, 2, 3]], categories: ['a', 'b', 'c'] })
  const leave: LeaveRule[] = [
    { kind: 'categories', window: 1, most: 0 },
    { kind: 'low-reward', least: 2 },
  ]
  expect(lengthOf([1, 0, 2], dataset, { leave })).toBe(2)
  expect(lengthOf([1, 1, 2], dataset, { leave })).toBe(2)
  expect(lengthOf([1, 2, 1], dataset, { leave })).toBe(3)
})

describe('the rules of IL-Rec together', () => {
  // Rewards 4, 1, 5, 3; users that nobody meets put items 0 and 2 at distance 10 of one another, 3 at about 40 of both.
  const dataset = simulatedWorld({
    rewards: [
      [4, 1, 5, 3],
      [0, 300, Math.sqrt(99), 40],
    ],
  })
  const leave = (window: number) => [parseLeaveRule('low-reward:2'), parseLeaveRule(`distance:${window}:15`)]
  const endOf = (columns: readonly number[], rules: readonly LeaveRule[], maxLength = 100) => {
    const environment = createEnvironment(dataset, { maxLength, leave: rules })
    const simulator = createSimulator(environment, { mode: 'free', slots: 1, seed: 1, users: Int32Array.of(0) })
    simulator.start(0, 0)
    for (const column of columns) simulator.step(Int32Array.of(column))
    const ending = simulator.endings[0]
    return {
      turns: simulator.turns[0],
      goesOn: simulator.active[0] === 1,
      ending: simulator.active[0] === 1 ? 'none' : ending === -1 ? 'max-length' : environment.rules[ending].kind,
      last: simulator.rewards[simulator.turns[0] - 1],
    }
  }

  test.each<[string, readonly number[], LeaveRule[], object]>([
    [
      'too near within the window, and what it pays counts',
      [0, 3, 2],
      leave(4),
      { turns: 3, ending: 'distance', last: 5 },
    ],
    ['a low reward ends the first turn', [1], leave(4), { turns: 1, ending: 'low-reward', last: 1 }],
    ['an exact repeat has distance 0', [0, 0], leave(4), { turns: 2, ending: 'distance' }],
    ['beyond the window nothing is too near', [0, 3, 2], leave(1), { turns: 3, goesOn: true }],
    [
      'where both would end it, the low reward is the reason',
      [0, 3, 1, 1],
      leave(4),
      { turns: 3, ending: 'low-reward' },
    ],
    [
      'whatever the order of the rules',
      [2, 1, 1],
      [...leave(4).reverse(), parseLeaveRule('low-reward:1.5:after-first')],
      { turns: 2, ending: 'low-reward' },
    ],
    [
      "after-first, as in BiLLP's, spares the first turn",
      [1, 3],
      [parseLeaveRule('low-reward:2:after-first')],
      { turns: 2, goesOn: true },
    ],
    ['and no other', [3, 1], [parseLeaveRule('low-reward:2:after-first')], { turns: 2, ending: 'low-reward' }],
  ])('%s', (_, columns, rules, expected) => {
    expect(endOf(columns, rules)).toMatchObject(expected)
  })

  test('the cap is the reason where no rule is', () => {
    expect(endOf([0, 3], leave(4), 2)).toMatchObject({ turns: 2, ending: 'max-length' })
    expect(endOf([0, 1], leave(4), 2)).toMatchObject({ turns: 2, ending: 'low-reward' })
  })

  test('a repeat that also pays little is a low reward', () => {
    const spared = [parseLeaveRule('distance:4:15'), parseLeaveRule('low-reward:2:after-first')]
    expect(endOf([1, 1], spared)).toMatchObject({ turns: 2, ending: 'low-reward' })
  })
})

test.each([
  'categories:4:0',
  'categories:4:0:as-released',
  'distance:4:10.5',
  'distance:4:10.5:as-released',
  'distance:4:6.5%',
  'distance:4:0.1%:as-released',
  'low-reward:2',
  'low-reward:-1',
  'low-reward:2:after-first',
])('%s is read and written', (text) => {
  expect(leaveRuleText(parseLeaveRule(text))).toBe(text)
})

test.each([
  ['categories', 'categories:WINDOW:MOST'],
  ['categories:4', 'categories:WINDOW:MOST'],
  ['categories:0:0', 'window'],
  ['categories:4:-1', 'most'],
  ['categories:4:0.5', 'most'],
  ['distance:1.5:3', 'window'],
  ['low-reward:', 'low-reward:LEAST'],
  ['low-reward:2:as-released', 'low-reward:LEAST'],
  ['categories:4:0%', 'categories:WINDOW:MOST'],
  ['categories:4:0:after-first', 'categories:WINDOW:MOST'],
  ['distance:4:0%', 'share'],
  ['distance:4:100%', 'share'],
  ['distance:4:5%%', 'distance:WINDOW:SHARE%'],
  ['low-reward:2%', 'low-reward:LEAST'],
  ['boredom:3', 'boredom:3'],
])('%s is refused', (text, part) => {
  expect(() => parseLeaveRule(text)).toThrow(
    expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(part) }),
  )
})

test('a rule that ends every episode at once is refused, one that spares a single pair is not', () => {
  const same = simulatedWorld({ rewards: flat, categories: ['a', 'a', 'a', 'a', 'a', 'a'] })
  const rule = (text: string) => ({ leave: [parseLeaveRule(text)] })
  expect(() => createEnvironment(same, rule('categories:4:0'))).toThrow(
    /every pair of the 6 items .* longer than 2.*larger MOST/,
  )
  expect(createEnvironment(same, rule('categories:4:1')).rules).toHaveLength(1)
  const spared = simulatedWorld({ rewards: flat, categories: ['a', 'a', 'a', 'a', 'a', 'b'] })
  expect(createEnvironment(spared, rule('categories:4:0')).rules).toHaveLength(1)
  expect(() => createEnvironment(same, rule('distance:4:1'))).toThrow(/every pair of the 6 items .* smaller LEAST/)
  expect(() => createEnvironment(same, rule('low-reward:1.5'))).toThrow(/first turn, for no reward is above 1;/)
  expect(createEnvironment(same, rule('low-reward:1')).rules).toHaveLength(1)
})

test('a rule of categories needs categories', () => {
  const none = simulatedWorld({ rewards: flat })
  expect(() => createEnvironment(none, { leave: [parseLeaveRule('categories:4:0')] })).toThrow(
    expect.objectContaining({ code: 'bad-dataset', message: expect.stringContaining('categories') }),
  )
})
