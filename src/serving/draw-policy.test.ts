import { describe, expect, it } from 'vitest'
import { parseDrawPolicy } from './draw-policy.ts'

describe('parseDrawPolicy', () => {
  it.each([
    ['none', undefined],
    ['plackett-luce:0.15', { kind: 'plackett-luce', temperature: 0.15, candidates: 200 }],
    ['plackett-luce:2:50', { kind: 'plackett-luce', temperature: 2, candidates: 50 }],
    ['epsilon:0.05', { kind: 'epsilon', share: 0.05, candidates: 200 }],
    ['epsilon:0.05:20:9,10', { kind: 'epsilon', share: 0.05, candidates: 20, slots: [9, 10] }],
  ])('reads %s', (text, policy) => {
    expect(parseDrawPolicy(text)).toEqual(policy)
  })

  it.each([
    ['softmax:1', 'plackett-luce:TEMPERATURE'],
    ['epsilon', 'plackett-luce:TEMPERATURE'],
    ['plackett-luce:1:2:3', 'plackett-luce:TEMPERATURE'],
    ['plackett-luce:', 'temperature of NaN'],
    ['plackett-luce:-1', 'temperature of -1'],
    ['epsilon:0.1:ten', 'NaN candidates'],
    ['epsilon:0.1:10:0', 'rank 0'],
  ])('refuses %s', (text, message) => {
    expect(() => parseDrawPolicy(text)).toThrow(message)
  })
})
