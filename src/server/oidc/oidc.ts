import type { Clock } from '../../ports/clock.ts'
import type { GetJson } from '../../ports/get-json.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { type Claims, judgeToken, namesKeyOf } from './token.ts'

/** Who of those that an OpenID issuer knows may change something. */
export interface OidcSettings {
  readonly issuer: string
  readonly audience: string
  /** A claim's name, or a JSON pointer into the claims (`/realm_access/roles`). */
  readonly claim: string
  /** What that claim must be, or hold. */
  readonly value: string
}

export type OidcVerdict =
  /** `holder`: as its issuer names it, for people; null: by no claim that a person would know. */
  | { readonly kind: 'allowed'; readonly holder: string | null }
  | { readonly kind: 'invalid'; readonly why: string }
  /** The token is good; its holder is not among those meant. */
  | { readonly kind: 'not-entitled' }

export interface Oidc {
  readonly settings: OidcSettings
  /** Rejects with ISSUER_UNREACHABLE. */
  judge(word: string): Promise<OidcVerdict>
}

export const createOidc = (settings: OidcSettings, getJson: GetJson, clock: Clock): Oidc => {
  const issuer = createIssuerKeys(settings.issuer, getJson, clock)
  return {
    settings,
    judge: async word => {
      const keys = await issuer.keys(known => namesKeyOf(word, known))
      const verdict = await judgeToken(word, keys, settings, clock.wallMs())
      if (verdict.kind === 'invalid') return verdict
      return isEntitled(verdict.claims, settings)
        ? { kind: 'allowed', holder: holderOf(verdict.claims) }
        : { kind: 'not-entitled' }
    },
  }
}

const HOLDER_CLAIMS = ['preferred_username', 'email', 'name', 'sub'] as const
const HOLDER_LENGTH_MAX = 100

const holderOf = (claims: Claims): string | null =>
  HOLDER_CLAIMS.map(claim => own(claims, claim))
    .find((word): word is string => typeof word === 'string' && word !== '')
    ?.slice(0, HOLDER_LENGTH_MAX) ?? null

/** A claim may be one word, a list of them, or, as `scope` is, words with spaces between. */
const isEntitled = (claims: Claims, { claim, value }: OidcSettings): boolean => {
  const found = claim.startsWith('/') ? atPointer(claims, claim) : own(claims, claim)
  if (typeof found === 'string') return found === value || found.split(' ').includes(value)
  return Array.isArray(found) && found.includes(value)
}

const atPointer = (claims: Claims, pointer: string): unknown =>
  pointer
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (inside, step) => (typeof inside === 'object' && inside !== null ? own(inside, step) : undefined),
      claims,
    )

/** Never what every object inherits: `constructor` is nobody's claim. */
const own = (holder: object, name: string): unknown =>
  Object.hasOwn(holder, name) ? (holder as Claims)[name] : undefined
