import { shellWord } from '../core/index.ts'

/** A request for recommendations to paste into a shell; `url` is where the API begins. */
export function curlCommand(url: string, body: object): string {
  return `curl -s ${shellWord(`${url}/v1/recommendations`)} -H 'Content-Type: application/json' -d ${shellWord(JSON.stringify(body))}`
}
