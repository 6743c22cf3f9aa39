import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeConfig, parseAssignments, parseConfig, recordedOptions, refusedOption } from './config.ts'
import { TributaryError } from './errors.ts'

const config = z
  .object({
    hidden: z.int().min(1).max(4096).default(64).describe('d, the width'),
    heads: z.int().min(1).default(2).describe('attention heads'),
    rate: z.number().positive().default(0.001).describe('learning rate'),
    dropout: z.number().min(0).lt(1).default(0.5).describe('dropout'),
    loss: z.enum(['bce', 'bpr', 'softmax']).default('softmax').describe('objective'),
    tied: z.boolean().default(false).describe('share the tables'),
    metric: z.string().default('ndcg@10').describe('validation metric'),
    widths: z.array(z.int().min(1)).min(1).default([32]).describe('layers of the tower'),
    neighbors: z
      .union([z.int().min(1), z.literal('all')])
      .default(100)
      .describe('neighbors kept'),
    ceiling: z.number().nullable().default(null).describe('cap of the weights'),
    domainWeights: z.record(z.string(), z.number()).default({}).describe('by domain'),
  })
  .refine(({ hidden, heads }) => hidden % heads === 0, {
    error: ({ input }) => {
      const { hidden, heads } = input as { hidden: number; heads: number }
      return `hidden (${hidden}) must be divisible by heads (${heads})`
    },
    path: ['heads'],
  })
const spec = { name: 'sasrec', config }

function refusal(overrides: Record<string, unknown>): string {
  try {
    parseConfig(spec, overrides)
  } catch (error) {
    expect(error).toBeInstanceOf(TributaryError)
    expect((error as TributaryError).code).toBe('bad-config')
    return (error as TributaryError).message
  }
  throw new Error(`${JSON.stringify(overrides)} was accepted`)
}

describe('parseConfig', () => {
  it('completes with defaults and says where each value came from', () => {
    const { config: parsed, sources } = parseConfig(spec, { hidden: '32', tied: true })
    expect(parsed).toEqual({
      hidden: 32,
      heads: 2,
      rate: 0.001,
      dropout: 0.5,
      loss: 'softmax',
      tied: true,
      metric: 'ndcg@10',
      widths: [32],
      neighbors: 100,
      ceiling: null,
      domainWeights: {},
    })
    expect(sources.hidden).toEqual({ value: 32, from: 'set' })
    expect(sources.tied).toEqual({ value: true, from: 'set' })
    expect(sources.loss).toEqual({ value: 'softmax', from: 'default' })
    expect(Object.keys(sources)).toEqual(Object.keys(parsed))
  })

  it('calls a value set even where it equals the default', () => {
    expect(parseConfig(spec, { hidden: '64' }).sources.hidden).toEqual({ value: 64, from: 'set' })
  })

  it.each([
    ['hidden', ' 128 ', 128],
    ['rate', '1e-3', 0.001],
    ['dropout', '0', 0],
    ['loss', 'bpr', 'bpr'],
    ['tied', 'true', true],
    ['tied', 'false', false],
    ['metric', 'hr@10', 'hr@10'],
    ['metric', '10', '10'],
    ['widths', '64,32', [64, 32]],
    ['widths', '[64, 32]', [64, 32]],
    ['widths', '64', [64]],
    ['neighbors', 'all', 'all'],
    ['neighbors', '20', 20],
    ['ceiling', 'null', null],
    ['ceiling', '2.5', 2.5],
    ['domainWeights', '{"Books": 0.5}', { Books: 0.5 }],
  ] as const)('reads --set %s=%s by the declared type', (name, text, value) => {
    expect(parseConfig(spec, { [name]: text }).config[name]).toEqual(value)
  })

  it('gives the same configuration from texts as from JSON values', () => {
    const values = fc.record(
      {
        hidden: fc.integer({ min: 1, max: 2048 }).map((n) => 2 * n),
        rate: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        loss: fc.constantFrom('bce', 'bpr', 'softmax'),
        tied: fc.boolean(),
        widths: fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1 }),
        neighbors: fc.oneof(fc.integer({ min: 1 }), fc.constant('all')),
        ceiling: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)), // no −0: texts have none
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(values, (overrides) => {
        const texts = Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, String(value)]))
        const fromValues = parseConfig(spec, overrides)
        expect(parseConfig(spec, texts)).toEqual(fromValues)
        // A manifest holds the values of `sources`; reading them back must change nothing.
        expect(parseConfig(spec, fromValues.config).config).toEqual(fromValues.config)
      }),
    )
  })

  it('suggests the option that was probably meant', () => {
    expect(refusal({ hiden: '32' })).toBe("sasrec has no option 'hiden'; did you mean 'hidden'?")
    expect(refusal({ learning: 1 })).toBe(
      "sasrec has no option 'learning'; it has hidden, heads, rate, dropout, loss, tied, metric, widths, neighbors, ceiling, domainWeights",
    )
    expect(() => parseConfig({ name: 'popularity', config: z.object({}) }, { k: 1 })).toThrow(
      "popularity has no option 'k'; it has no options",
    )
  })

  it.each(['__proto__', 'constructor', 'toString'])('does not take %s for an option', (name) => {
    const overrides = JSON.parse(`{"${name}": 1}`) as Record<string, unknown>
    expect(refusal(overrides)).toContain(`sasrec has no option '${name}'`)
  })

  it.each([
    [{ hidden: 'abc' }, "sasrec option 'hidden' was given 'abc'; it must be an integer from 1 to 4096"],
    [{ hidden: '' }, "sasrec option 'hidden' was given ''; it must be an integer from 1 to 4096"],
    [{ hidden: '0' }, "sasrec option 'hidden' was given '0'; it must be an integer from 1 to 4096"],
    [{ hidden: 1.5 }, "sasrec option 'hidden' was given 1.5; it must be an integer from 1 to 4096"],
    [{ hidden: null }, "sasrec option 'hidden' was given null; it must be an integer from 1 to 4096"],
    [{ heads: '0' }, "sasrec option 'heads' was given '0'; it must be an integer of at least 1"],
    [{ rate: '0' }, "sasrec option 'rate' was given '0'; it must be a number above 0"],
    [{ rate: 'Infinity' }, "sasrec option 'rate' was given 'Infinity'; it must be a number above 0"],
    [{ dropout: 1 }, "sasrec option 'dropout' was given 1; it must be a number of at least 0 and below 1"],
    [{ loss: 'BPR' }, "sasrec option 'loss' was given 'BPR'; it must be one of bce, bpr, softmax"],
    [{ tied: 'yes' }, "sasrec option 'tied' was given 'yes'; it must be true or false"],
    [{ metric: 3 }, "sasrec option 'metric' was given 3; it must be a text"],
    [
      { widths: '8,x' },
      "sasrec option 'widths' was given '8,x'; it must be a list of at least 1, each an integer of at least 1",
    ],
    [
      { widths: [] },
      "sasrec option 'widths' was given []; it must be a list of at least 1, each an integer of at least 1",
    ],
    [{ neighbors: 'al' }, "sasrec option 'neighbors' was given 'al'; it must be an integer of at least 1 or all"],
    [{ ceiling: 'none' }, "sasrec option 'ceiling' was given 'none'; it must be a number or null"],
    [{ domainWeights: '{' }, "sasrec option 'domainWeights' was given '{'; it must be a JSON object"],
    [{ hidden: '33' }, 'sasrec: hidden (33) must be divisible by heads (2)'],
    [{ hidden: 'x', heads: '7' }, "sasrec option 'hidden' was given 'x'; it must be an integer from 1 to 4096"],
  ])('refuses %j in one sentence', (overrides, message) => {
    expect(refusal(overrides)).toBe(message)
  })
})

describe('parseAssignments', () => {
  it('splits at the first =', () => {
    expect(parseAssignments(['hidden=32', 'metric=a=b', 'loss='])).toEqual({ hidden: '32', metric: 'a=b', loss: '' })
  })

  it.each([
    [['hidden'], "'hidden' sets no option; write key=value"],
    [['=3'], "'=3' sets no option; write key=value"],
    [['hidden=1', 'hidden=2'], "option 'hidden' was set twice; set it once"],
  ])('refuses %j', (pairs, message) => {
    expect(() => parseAssignments(pairs)).toThrow(new TributaryError('bad-config', message))
  })
})

describe('describeConfig', () => {
  it('has one row an option, in the order of declaration', () => {
    const rows = describeConfig(config)
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(config.shape))
    expect(rows[0]).toEqual({
      name: 'hidden',
      type: 'integer',
      default: 64,
      description: 'd, the width',
      range: 'an integer from 1 to 4096',
      bounds: { atLeast: 1, atMost: 4096 },
    })
    const byName = Object.fromEntries(rows.map((row) => [row.name, `${row.type}: ${row.range}`]))
    expect(byName).toMatchObject({
      loss: 'choice: one of bce, bpr, softmax',
      tied: 'boolean: true or false',
      metric: 'text: a text',
      widths: 'list: a list of at least 1, each an integer of at least 1',
      neighbors: 'integer or choice: an integer of at least 1 or all',
      ceiling: 'number or null: a number or null',
      domainWeights: 'object: a JSON object',
    })
  })
})

describe('what a form needs to know of an option', () => {
  const form = z.object({
    loss: z.enum(['bce', 'bpr']).default('bce').describe('objective'),
    over: z.boolean().nullable().default(null).describe('or as the preset says'),
    recency: z
      .union([z.literal('auto'), z.number()])
      .default('auto')
      .describe('any number, too'),
    world: z.string().default('').meta({ reads: 'run' }).describe('a run'),
  })

  it('is what can be chosen, where that can be listed, and what it names on the disk', () => {
    const rows = Object.fromEntries(describeConfig(form).map((row) => [row.name, row]))
    expect(rows.loss.choices).toEqual(['bce', 'bpr'])
    const { dropout, ceiling } = Object.fromEntries(describeConfig(config).map((row) => [row.name, row]))
    expect(dropout.bounds).toEqual({ atLeast: 0, below: 1 })
    expect(ceiling.bounds).toEqual({})
    expect(rows.recency).not.toHaveProperty('bounds')
    expect(rows.over.choices).toEqual([true, false, null])
    expect(rows.recency).not.toHaveProperty('choices')
    expect(rows.world).toMatchObject({ reads: 'run', description: 'a run', range: 'a text' })
  })

  it('is which option is refused', () => {
    const refused = (overrides: Record<string, unknown>) => refusedOption(spec, overrides)
    expect(refused({ hidden: '64' })).toBeUndefined()
    expect(refused({ hidden: 'wide' })).toBe('hidden')
    expect(refused({ hiden: 64 })).toBe('hiden')
    expect(refused({ hidden: 63 })).toBe('heads')
  })
})

describe('the options of a run that was made before some of them existed', () => {
  const later = z.object({
    width: z.int().default(64).describe('the width'),
    start: z.boolean().default(true).meta({ before: false }).describe('begin with a start'),
    rho: z.enum(['sigmoid', 'bilinear']).default('sigmoid').meta({ before: 'bilinear' }).describe('the similarity'),
    ask: z.enum(['last', 'domain']).default('last').describe('a new option whose default changes nothing'),
  })

  it('are what stood in their place', () => {
    const spec = { name: 'model', config: later }
    const whole = (recorded: Record<string, unknown>) => parseConfig(spec, recordedOptions(spec, recorded)).config
    expect(whole({ width: 8 })).toEqual({ width: 8, start: false, rho: 'bilinear', ask: 'last' })
    expect(whole({ start: true, rho: 'sigmoid' })).toMatchObject({ start: true, rho: 'sigmoid' })
    expect(parseConfig(spec, {}).config).toMatchObject({ start: true, rho: 'sigmoid' })
    expect(describeConfig(later).map(({ description }) => description)).toContain('begin with a start')
  })
})
