import { start } from '../e2e/tributary.ts'

/** `tributary studio` over folders; where it answers. It ends with the test file. */
export async function startStudio(...folders: readonly string[]): Promise<string> {
  const { seen } = start(['studio', ...folders, '--port', '0'])
  const [url] = await seen(/http:\/\/[\d.:a-z[\]]+\/studio/)
  return url
}
