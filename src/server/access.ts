import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from '../api/alerts.ts'
import { LanekeeperError } from '../core/model/index.ts'

/**
 * Who may change something: whoever carries the token, if the server was given one.
 *
 * The token travels in the Authorization header and nowhere else. A cookie would be sent by the browser on its own,
 * also for a form on somebody else's page; a header is not, so a foreign page cannot act in a reader's name. The
 * Origin check stands beside it all the same, for the day that somebody puts a proxy with cookies in front.
 */
export interface AccessControl {
  allowed(headers: IncomingHttpHeaders): Access['changes']
  /** Throws TOKEN_NEEDED or ORIGIN_REFUSED. */
  requireChange(headers: IncomingHttpHeaders): void
}

/** `token` null: nothing can be changed by anybody. */
export const createAccess = (token: string | null): AccessControl => {
  const wanted = token === null ? null : digest(token)
  const allowed = (headers: IncomingHttpHeaders): Access['changes'] => {
    if (wanted === null) return 'refused'
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
    return given !== undefined && timingSafeEqual(digest(given.trim()), wanted) ? 'allowed' : 'token'
  }
  return {
    allowed,
    requireChange: headers => {
      if (!sameOrigin(headers))
        throw new LanekeeperError('ORIGIN_REFUSED', 'Another site asked for this change.', {
          fix: 'Changes are taken from this server’s own page and from programs, not from other sites.',
        })
      if (allowed(headers) === 'allowed') return
      const none = headers.authorization === undefined
      throw new LanekeeperError(
        'TOKEN_NEEDED',
        none ? 'This changes something and carries no token.' : 'The token is not the one of this server.',
        {
          fix: 'Send it as "Authorization: Bearer …". It is the content of the file given with --token-file.',
        },
      )
    },
  }
}

/** Of equal length whatever was given, so that comparing takes the same time. */
const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Browsers say where a request comes from; programs do not, and need not. */
const sameOrigin = (headers: IncomingHttpHeaders): boolean => {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin } = headers
  if (origin === undefined) return true
  try {
    return new URL(origin).host === headers.host?.toLowerCase()
  } catch {
    return false
  }
}

/** Shorter ones can be guessed; 24 random bytes as base64 are 32 characters. */
const tokenLengthMin = 16

/** The token in a file's text. Throws USAGE, naming the file, when there is none worth the name. */
export const tokenFrom = (text: string, file: string): string => {
  const token = text.trim()
  if (token.length < tokenLengthMin || /\s/.test(token))
    throw new LanekeeperError(
      'USAGE',
      `${file} holds no token: one line of at least ${tokenLengthMin} characters is meant.`,
      { fix: `Make one: head -c 24 /dev/urandom | base64 > ${file}; chmod 600 ${file}` },
    )
  return token
}
