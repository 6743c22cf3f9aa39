export { createServer, type ServedModel, type ServerApp, type ServerOptions } from './app.ts'
export { curlCommand } from './curl.ts'
export { type Listening, type ListenOptions, listen } from './listen.ts'
