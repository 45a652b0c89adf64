import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from '../api/alerts.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { Oidc } from './oidc/oidc.ts'
import { looksLikeToken } from './oidc/token.ts'

/**
 * Who may change something: whoever carries the server's token, or a token of the OpenID issuer that it trusts, if it was
 * given either.
 *
 * The token travels in the Authorization header and nowhere else. A cookie would be sent by the browser on its own,
 * also for a form on somebody else's page; a header is not, so a foreign page cannot act in a reader's name. The
 * Origin check stands beside it all the same, for the day that somebody puts a proxy with cookies in front.
 */
export interface AccessControl {
  /** False: nobody can change anything here, with whatever token. */
  readonly offered: boolean
  allowed(headers: IncomingHttpHeaders): Promise<Access['changes']>
  /** Rejects with TOKEN_NEEDED, ACCESS_DENIED, ORIGIN_REFUSED or ISSUER_UNREACHABLE. */
  requireChange(headers: IncomingHttpHeaders): Promise<void>
}

export interface AccessOptions {
  /** Null: there is none. */
  readonly token: string | null
  readonly oidc: Oidc | null
}

type Judgement = 'allowed' | 'none' | 'wrong' | 'not-entitled' | { readonly why: string }

export const createAccess = ({ token, oidc }: AccessOptions): AccessControl => {
  const wanted = token === null ? null : digest(token)
  const judge = async (headers: IncomingHttpHeaders): Promise<Judgement> => {
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
    if (given === undefined) return 'none'
    if (wanted !== null && timingSafeEqual(digest(given), wanted)) return 'allowed'
    if (oidc === null || !looksLikeToken(given)) return 'wrong'
    const verdict = await oidc.judge(given)
    return verdict.kind === 'invalid' ? { why: verdict.why } : verdict.kind
  }
  return {
    offered: wanted !== null || oidc !== null,
    allowed: async headers => {
      if (wanted === null && oidc === null) return 'refused'
      // an issuer that does not answer lets nobody change anything; it does not keep a reader from the page
      const judged = await judge(headers).catch((): Judgement => 'wrong')
      return judged === 'allowed' ? 'allowed' : 'token'
    },
    requireChange: async headers => {
      if (!sameOrigin(headers))
        throw new LanekeeperError('ORIGIN_REFUSED', 'Another site asked for this change.', {
          fix: 'Changes are taken from this server’s own page and from programs, not from other sites.',
        })
      const judged = await judge(headers)
      if (judged !== 'allowed') throw refusal(judged, token !== null, oidc)
    },
  }
}

const refusal = (
  judged: Exclude<Judgement, 'allowed'>,
  hasToken: boolean,
  oidc: Oidc | null,
): LanekeeperError => {
  if (judged === 'not-entitled')
    return new LanekeeperError(
      'ACCESS_DENIED',
      'The token is valid, and its holder may not change anything here.',
      {
        fix: `The claim ${oidc?.settings.claim} must hold "${oidc?.settings.value}".`,
      },
    )
  const sources = [
    ...(hasToken ? ['the content of the file given with --token-file'] : []),
    ...(oidc === null ? [] : [`a token of ${oidc.settings.issuer} for ${oidc.settings.audience}`]),
  ]
  return new LanekeeperError('TOKEN_NEEDED', said(judged), {
    fix: `Send it as "Authorization: Bearer …". It is ${sources.join(', or ')}.`,
  })
}

const said = (judged: 'none' | 'wrong' | { readonly why: string }): string => {
  if (judged === 'none') return 'This changes something and carries no token.'
  return judged === 'wrong' ? 'The token is not one of this server.' : `The token is refused: ${judged.why}.`
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
