import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Task } from '../core/index.ts'
import { type Entry, refuseUnalike } from './entry.ts'

const entry = (label: string, task: Task, config: Entry['config'] = {}): Entry => ({
  label,
  spec: {
    name: label,
    task,
    summary: '',
    config: z.object({}),
    create: () => expect.fail('nothing is trained here'),
    train: () => expect.fail('nothing is trained here'),
  },
  overrides: {},
  config,
})

describe('models of a comparison', () => {
  const ranking = entry('sasrec', 'ranking')
  const ctr = entry('conet', 'ctr', { positiveAbove: 3 })

  it('are of one task', () => {
    const message = 'sasrec ranks items and conet predicts labels; compare models of one task'
    expect(() => refuseUnalike([ranking, ctr])).toThrow(message)
    expect(() => refuseUnalike([ctr, ranking])).toThrow('conet predicts labels and sasrec ranks items')
    expect(() => refuseUnalike([ranking, entry('gru4rec', 'ranking')])).not.toThrow()
  })

  it('may be policies, which rank like any model that ranks', () => {
    const policy = entry('mbpo', 'policy')
    expect(() => refuseUnalike([policy, ranking, entry('dorl', 'policy')])).not.toThrow()
    expect(() => refuseUnalike([policy, ctr])).toThrow('mbpo ranks items and conet predicts labels')
  })

  it('have names and folders of their own', () => {
    expect(() => refuseUnalike([ranking, ctr, ranking])).toThrow('sasrec is listed twice')
    const [colon, blank] = [entry('sasrec:a', 'ranking'), entry('sasrec a', 'ranking')]
    expect(() => refuseUnalike([colon, blank])).toThrow('sasrec a is listed twice')
  })

  it('make labels alike', () => {
    const stricter = entry('conet:positiveAbove=4', 'ctr', { positiveAbove: 4 })
    expect(() => refuseUnalike([ctr, stricter])).toThrow(
      'conet has positiveAbove = 3 and conet:positiveAbove=4 4; labels must be made alike, as --positive-above does',
    )
    expect(() => refuseUnalike([ctr, entry('minet', 'ctr', { positiveAbove: 3 })])).not.toThrow()
    // Models that predict ratings may have a bound of what is liked, but make no labels by it.
    expect(() => refuseUnalike([entry('effects', 'rating'), entry('mf', 'rating', { positiveAbove: 3 })])).not.toThrow()
  })
})
