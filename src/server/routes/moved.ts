import type { AddRoutes } from '../context.ts'

/** Paths from before there was a version in them. */
const MOVED = ['/recommendations', '/domains']

/** Old paths answer with the new one: clients that follow redirects go on working, and people read where to send it. */
export const addMoved: AddRoutes = (app) => {
  app.on(['GET', 'POST'], MOVED, (c) => {
    const { pathname, search } = new URL(c.req.url)
    const address = pathname.replace(/\/\w+$/, '/v1$&')
    const message = `${pathname} has moved to ${address}`
    return c.json({ error: { code: 'bad-request' as const, message, suggestion: address } }, 308, {
      Location: address + search,
    })
  })
}
