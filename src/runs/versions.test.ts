import { expect, it } from 'vitest'
import { versions } from './versions.ts'

it('records versions', async () => {
  const { tributary, node, onnxruntime } = await versions()
  expect(node).toBe(process.versions.node)
  expect(onnxruntime).toMatch(/^\d+\.\d+\.\d+$/)
  expect(tributary).toMatch(/^\d+\.\d+\.\d+/)
})
