import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { apiBase } from '../api/contract.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { AccessControl } from './access.ts'

/**
 * Who may ask, and what for.
 *
 * DNS rebinding: a page on evil.example can make a browser resolve evil.example to 127.0.0.1 and read from here as
 * "same origin". Its requests carry `Host: evil.example`, so only names that are ours are answered. An address written
 * as digits cannot be rebound and is fine as it is.
 *
 * Changes: every method but GET and HEAD is judged here, before any route is looked up and any body is read, so that a
 * route added later cannot forget to. No answer carries CORS headers.
 */
export const addGuards = (server: FastifyInstance, hosts: readonly string[], access: AccessControl): void => {
  const names = new Set(['localhost', ...hosts.map(host => host.toLowerCase())])
  server.addHook('onRequest', async (request, reply) => {
    if (!hostAllowed(request.headers.host ?? '', names))
      throw new LanekeeperError('HOST_REFUSED', 'This server does not answer to that host name.', {
        fix: 'Use localhost or the IP address, or start with --allow-host NAME.',
      })
    const { method, headers } = request
    if (method === 'GET' || method === 'HEAD') return
    const changes = (method === 'POST' || method === 'DELETE') && request.url.startsWith(`${apiBase}/`)
    if (!changes || !access.offered) {
      reply.header('allow', 'GET, HEAD')
      throw new LanekeeperError(
        'READ_ONLY',
        changes
          ? 'This server only reads: it was started without a token.'
          : `${method} is not answered here: this server only reads.`,
        changes
          ? {
              fix: 'Start it with --token-file FILE, or name an issuer under dashboard.oidc, to allow changes to some.',
            }
          : {},
      )
    }
    await access.requireChange(headers)
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
