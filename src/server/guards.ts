import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { LanekeeperError } from '../core/model/index.ts'

/**
 * Who may ask, and what for.
 *
 * DNS rebinding: a page on evil.example can make a browser resolve evil.example to 127.0.0.1 and read from here as
 * "same origin". Its requests carry `Host: evil.example`, so only names that are ours are answered. An address written
 * as digits cannot be rebound and is fine as it is.
 *
 * Read-only: nothing here changes the cluster, so every method but GET and HEAD is refused before any route is looked
 * up, and no answer carries CORS headers.
 */
export const addGuards = (server: FastifyInstance, hosts: readonly string[]): void => {
  const names = new Set(['localhost', ...hosts.map(host => host.toLowerCase())])
  server.addHook('onRequest', async (request, reply) => {
    if (!hostAllowed(request.headers.host ?? '', names))
      throw new LanekeeperError('HOST_REFUSED', 'This server does not answer to that host name.', {
        fix: 'Use localhost or the IP address, or start with --allow-host NAME.',
      })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply.header('allow', 'GET, HEAD')
      throw new LanekeeperError('READ_ONLY', `${request.method} is not answered: this server only reads.`)
    }
  })
}

export const hostAllowed = (header: string, names: ReadonlySet<string>): boolean => {
  const host = hostName(header.toLowerCase())
  return isIP(host) !== 0 || names.has(host)
}

/** `[::1]:7400` → `::1`, `localhost:7400` → `localhost`. */
const hostName = (header: string): string => {
  const bracketed = /^\[([0-9a-f:.]+)\](?::\d+)?$/.exec(header)
  return bracketed?.[1] ?? header.replace(/:\d+$/, '').replace(/\.$/, '')
}

/**
 * Nothing inline, nothing from elsewhere, no framing. The page is built to live with it: scripts and styles are files,
 * and pictures are drawn on canvas.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
