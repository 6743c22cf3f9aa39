/** A request for recommendations to paste into a shell; `url` is where the API begins. */
export function curlCommand(url: string, body: object): string {
  return `curl -s ${quoted(`${url}/v1/recommendations`)} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`
}

/** One word of a POSIX shell, whatever it holds. */
function quoted(text: string): string {
  if (/^[\w:/.-]+$/.test(text)) return text
  return `'${text.replaceAll("'", "'\\''")}'`
}
