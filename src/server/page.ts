import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/**
 * The built page. Every address without a file of its own is the page itself, which reads the address (each view has a
 * URL); but an address below /api or one that looks like a file is an error, or a missing script would arrive as HTML.
 */
export const addPage = async (server: FastifyInstance, webRoot: string | null): Promise<void> => {
  if (webRoot === null) {
    server.get('/', async (_, reply) => reply.type('text/html; charset=utf-8').send(pageMissing))
    return
  }
  await server.register(fastifyStatic, {
    root: webRoot,
    prefix: '/',
    wildcard: false,
    index: 'index.html',
    // the build leaves a .br beside each script and style
    preCompressed: true,
    setHeaders: (reply, path) => {
      // built files below assets/ carry a hash in their name; the page itself must be asked for every time
      const hashed = /[/\\]assets[/\\]/.test(path)
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

export const isPageAddress = (url: string): boolean => {
  const path = url.split('?', 1)[0] ?? ''
  if (/^\/(api|metrics|openapi\.json|assets)(\/|$)/.test(path)) return false
  // topic names hold dots, files of the page live at the top or below assets/
  return path.split('/').length > 2 || !path.includes('.')
}

const pageMissing = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lanekeeper</title></head>
<body><h1>Lanekeeper runs. Its page was not built.</h1>
<p>Build it with <code>npx vite build web</code> and start again. Meanwhile:</p>
<ul>
<li><a href="/api/v1/health">/api/v1/health</a>: is the cluster seen</li>
<li><a href="/api/v1/findings">/api/v1/findings</a>: what is wrong</li>
<li><a href="/api/v1/topics">/api/v1/topics</a>: all topics</li>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><a href="/openapi.json">/openapi.json</a>: everything there is</li>
</ul></body></html>
`
