import { TributaryError } from '../../core/index.ts'

/** Where questions go. The key is in nobody's hands but this closure's: what is written or shown passes `redact` first. */
export interface Endpoint {
  /** Without a slash at its end: `https://api.example.com/v1`. */
  readonly url: string
  headers(): Record<string, string>
  /** Text without the key, whoever wrote it. */
  redact(text: string): string
}

/** Shorter keys are words such as `none`, which local servers are content with and texts have for other reasons. */
const SHORTEST_SECRET = 6

/**
 * @param url of an OpenAI-compatible API; `/v1` is put behind one without a path
 * @param keyName the environment variable that holds the key; `OPENAI_API_KEY` where it is not given, which may be unset
 * @throws TributaryError `bad-argument` for what is no such URL, and for a key that is missing or cannot be sent
 */
export function endpointOf(
  url: string,
  keyName?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Endpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  // The URL itself is not shown: it may hold a secret where it must not.
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw new TributaryError(
      'bad-argument',
      'what --llm was given is no http or https URL; give one such as https://api.example.com/v1',
    )
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '')
    throw new TributaryError(
      'bad-argument',
      `the URL of ${parsed.origin} holds more than an address; give a key by an environment variable (--key-env), not in the URL`,
    )
  const path = parsed.pathname.replace(/\/+$/, '')
  const key = environment[keyName ?? 'OPENAI_API_KEY'] ?? ''
  if (key === '' && keyName !== undefined)
    throw new TributaryError(
      'bad-argument',
      `the environment variable ${keyName} holds no key; set it, or leave --key-env out`,
    )
  if (!/^[\x21-\x7e]*$/.test(key))
    throw new TributaryError(
      'bad-argument',
      `the key in ${keyName ?? 'OPENAI_API_KEY'} has blanks or signs that no header may hold; set it to the key alone`,
    )
  return {
    url: `${parsed.origin}${path === '' ? '/v1' : path}`,
    headers: () => (key === '' ? {} : { Authorization: `Bearer ${key}` }),
    redact: (text) => (key.length < SHORTEST_SECRET ? text : text.replaceAll(key, '[key]')),
  }
}
