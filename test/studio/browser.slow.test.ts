import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, flaws, heapOf, watch } from './browser.ts'

const BAD = `<!doctype html><html lang="en"><title>bad</title><body>
<img src="/missing.png"><script>console.error('told'); throw new Error('thrown')</script>
<p style="color: #ccc; background: #fff">pale</p>
<div style="height: 40px; overflow: auto"><p style="height: 400px">long</p></div>
<div style="width: 3000px">wide</div>`

// The watch itself: what it is to find has to be found where it is.
describeInBrowser('the watch over pages', (browser) => {
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer(({ url: path }, response) => {
      if (path === '/missing.png') response.writeHead(404).end()
      else if (path === '/policy')
        response
          .writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': "default-src 'self'" })
          .end(
            '<!doctype html><html lang="en"><title>policy</title><script>1</script><img alt="" src="http://example.org/a.png">',
          )
      else response.writeHead(200, { 'Content-Type': 'text/html' }).end(path === '/bad' ? BAD : '<title>good</title>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  it('finds errors of the console, of scripts and of answers, and what cannot be seen or reached', async () => {
    const { page, faults, close } = await watch(browser(), `${url}/bad`)
    expect(faults).toEqual(expect.arrayContaining(['console: told', 'script: thrown', 'answered: 404 /missing.png']))
    const found = await flaws(page, 'bad')
    for (const rule of [/color-contrast/, /image-alt/, /unreachable-scrolling/, /wider than the window/])
      expect(found.join('\n')).toMatch(rule)
    expect(await heapOf(page)).toBeGreaterThan(100_000)
    await close()
  })

  it('finds what the policy of a page refuses', async () => {
    const { faults, close } = await watch(browser(), `${url}/policy`)
    expect(faults.join('\n')).toMatch(/console: .*Content Security Policy/)
    await close()
  })

  it('reaches no other host', async () => {
    const { page, faults, close } = await watch(browser(), `${url}/`, { allowed: ['404 /favicon.ico'] })
    await page.evaluate("fetch('http://example.org/').catch(() => 0)")
    expect(faults).toContain('another host: http://example.org/')
    await close()
  })
})
