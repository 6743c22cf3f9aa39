import { readdirSync } from 'node:fs'
import type { Expectation } from '../../src/contract/index.ts'
import type { ModelSpec } from '../../src/core/index.ts'
import { findModel } from '../../src/registry.ts'

/** What is expected of every model and policy, from the `.contract.ts` beside each. */
export const EXPECTATIONS: readonly { readonly spec: ModelSpec; readonly expectation: Expectation }[] = (
  await Promise.all(['models', 'policies'].map(expectationsIn))
).flat()

async function expectationsIn(folder: string) {
  const root = new URL(`../../src/${folder}/`, import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  const found = files
    .filter((file) => file.endsWith('.contract.ts'))
    .map(async (file) => {
      const { expectations } = (await import(new URL(file.replaceAll('\\', '/'), root).href)) as {
        expectations: Expectation[]
      }
      const spec = findModel(file.replace(/^.*[/\\]/, '').replace(/\.contract\.ts$/, ''))
      return expectations.map((expectation) => ({ spec, expectation }))
    })
  return (await Promise.all(found)).flat()
}
