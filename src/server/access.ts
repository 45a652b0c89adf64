import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from '../api/alerts.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { Oidc, OidcVerdict } from './oidc/oidc.ts'
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
  /** What the page says of it, and of the token that the request carries. Never rejects. */
  tell(headers: IncomingHttpHeaders): Promise<Access>
  /** Rejects with TOKEN_NEEDED, ACCESS_DENIED, ORIGIN_REFUSED or ISSUER_UNREACHABLE. */
  requireChange(headers: IncomingHttpHeaders): Promise<void>
}

export interface AccessOptions {
  /** Null: there is none. */
  readonly token: string | null
  readonly oidc: Oidc | null
}

type Judgement = OidcVerdict | { readonly kind: 'none' } | { readonly kind: 'wrong' }

export const createAccess = ({ token, oidc }: AccessOptions): AccessControl => {
  const wanted = token === null ? null : digest(token)
  const judge = async (headers: IncomingHttpHeaders): Promise<Judgement> => {
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
    if (given === undefined) return { kind: 'none' }
    if (wanted !== null && timingSafeEqual(digest(given), wanted)) return { kind: 'allowed', holder: null }
    return oidc === null || !looksLikeToken(given) ? { kind: 'wrong' } : await oidc.judge(given)
  }
  const offered = wanted !== null || oidc !== null
  const takes = takenBy(token !== null, oidc)
  return {
    offered,
    tell: async headers => {
      const nobody = { holder: null, refusal: null, takes }
      if (!offered) return { changes: 'refused', ...nobody }
      try {
        const judged = await judge(headers)
        if (judged.kind === 'allowed') return { changes: 'allowed', ...nobody, holder: judged.holder }
        if (judged.kind === 'none') return { changes: 'token', ...nobody }
        return { changes: 'token', ...nobody, refusal: told(refusal(judged, takes, oidc)) }
      } catch (error) {
        // an issuer that does not answer lets nobody change anything; it does not keep a reader from the page
        if (!(error instanceof LanekeeperError)) throw error
        return { changes: 'token', ...nobody, refusal: told(error) }
      }
    },
    requireChange: async headers => {
      if (!sameOrigin(headers))
        throw new LanekeeperError('ORIGIN_REFUSED', 'Another site asked for this change.', {
          fix: 'Changes are taken from this server’s own page and from programs, not from other sites.',
        })
      const judged = await judge(headers)
      if (judged.kind !== 'allowed') throw refusal(judged, takes, oidc)
    },
  }
}

const refusal = (
  judged: Exclude<Judgement, { readonly kind: 'allowed' }>,
  takes: readonly string[],
  oidc: Oidc | null,
): LanekeeperError => {
  if (judged.kind === 'not-entitled')
    return new LanekeeperError(
      'ACCESS_DENIED',
      'The token is valid, and its holder may not change anything here.',
      {
        fix: `The claim ${oidc?.settings.claim} must hold "${oidc?.settings.value}".`,
      },
    )
  return new LanekeeperError('TOKEN_NEEDED', said(judged), {
    fix: `Send it as "Authorization: Bearer …". It is ${takes.join(', or ')}.`,
  })
}

const takenBy = (hasToken: boolean, oidc: Oidc | null): string[] => [
  ...(hasToken ? ['the content of the file given with --token-file'] : []),
  ...(oidc === null ? [] : [`a token of ${oidc.settings.issuer} for ${oidc.settings.audience}`]),
]

const said = (
  judged: Exclude<Judgement, { readonly kind: 'allowed' } | { readonly kind: 'not-entitled' }>,
): string => {
  if (judged.kind === 'none') return 'This changes something and carries no token.'
  return judged.kind === 'wrong'
    ? 'The token is not one of this server.'
    : `The token is refused: ${judged.why}.`
}

/** For a reader of the page, who need not know of headers. */
const told = ({ message, fix, code }: LanekeeperError): { message: string; fix: string | null } => ({
  message,
  fix: code === 'TOKEN_NEEDED' ? null : fix,
})

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
