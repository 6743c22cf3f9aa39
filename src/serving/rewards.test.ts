import { describe, expect, it } from 'vitest'
import { parseReward } from './rewards.ts'

describe('parseReward', () => {
  it('reads the type, the window and what is counted', () => {
    expect(parseReward('purchase:24h')).toEqual({ type: 'purchase', within: 86_400_000, of: 'any' })
    expect(parseReward('video:play:30m:value')).toEqual({ type: 'video:play', within: 1_800_000, of: 'value' })
  })

  it.each(['purchase', 'purchase:24', 'purchase:0h', ':24h', 'purchase:24h:most'])('refuses %s', (text) => {
    expect(() => parseReward(text)).toThrow('give TYPE:WINDOW, such as purchase:24h')
  })
})
