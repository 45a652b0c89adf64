import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'

/**
 * Is this token signed by the issuer, for us, and valid now?
 *
 * Goal: JSON Web Tokens as OpenID providers issue them (RFC 7519, signatures of RFC 7515), and nothing more: every
 * liberty of that family that has cost somebody their access control is left out.
 *
 * - The algorithm is not the token's to choose. Two are known, RS256 and ES256, and each takes only a key of its own kind:
 *   `none` is not among them, and a public key can never be read as an HMAC secret.
 * - The key is one that the issuer publishes, by the `kid` of the header. Keys and addresses in the header itself (`jwk`,
 *   `jku`, `x5u`) are never looked at. A header that demands an extension (`crit`) is refused.
 * - Issuer and audience must be ours, word for word. A token without an end is refused.
 *
 * Pure but for the signature: time and keys come in as arguments.
 */
export interface TokenExpectation {
  readonly issuer: string
  readonly audience: string
}

export type Claims = Readonly<Record<string, unknown>>

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly claims: Claims }
  /** `why` is for people and holds nothing of the token but names and times. */
  | { readonly kind: 'invalid'; readonly why: string }

/** Clocks of issuer and server may differ by so much. */
const LEEWAY_SECONDS = 30
/** A server's header may be 16 kB; a token that fills it is none. */
const TOKEN_CHARACTERS_MAX = 8_192
const RSA_BITS_MIN = 2_048

type Algorithm = 'RS256' | 'ES256'

export interface SigningKey {
  readonly kid: string | null
  readonly algorithm: Algorithm
  readonly key: KeyObject
}

const jwkSchema = z.looseObject({
  kty: z.string(),
  kid: z.string().optional(),
  use: z.string().optional(),
  alg: z.string().optional(),
  crv: z.string().optional(),
})
const jwksSchema = z.object({ keys: z.array(z.unknown()) })

/** Keys of a JWK set that can have signed a token of ours; others (encryption, unknown kinds) are left out. */
export const signingKeys = (jwks: unknown): readonly SigningKey[] => {
  const parsed = jwksSchema.safeParse(jwks)
  return parsed.success ? parsed.data.keys.flatMap(each => signingKey(each) ?? []) : []
}

const signingKey = (value: unknown): SigningKey | null => {
  const jwk = jwkSchema.safeParse(value).data
  if (jwk === undefined || (jwk.use !== undefined && jwk.use !== 'sig')) return null
  const algorithm = jwk.kty === 'RSA' ? 'RS256' : jwk.kty === 'EC' && jwk.crv === 'P-256' ? 'ES256' : null
  if (algorithm === null || (jwk.alg !== undefined && jwk.alg !== algorithm)) return null
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
    if (algorithm === 'RS256' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN) return null
    return { kid: jwk.kid ?? null, algorithm, key }
  } catch {
    return null
  }
}

const headerSchema = z.looseObject({
  alg: z.enum(['RS256', 'ES256']),
  kid: z.string().optional(),
  crit: z.never().optional(),
})

export interface ParsedToken {
  readonly algorithm: Algorithm
  readonly kid: string | null
  readonly signed: Buffer
  readonly signature: Buffer
  readonly payload: string
}

const wordOfBase64 = /^[A-Za-z0-9_-]+$/

/** Three words with dots between: what is looked at as a token of the issuer, and never as the server's own. */
export const looksLikeToken = (word: string): boolean =>
  word.split('.').length === 3 && word.split('.').every(part => wordOfBase64.test(part))

/** Null: no token that could be valid here. Nothing in it is believed yet. */
export const parseToken = (word: string): ParsedToken | null => {
  if (word.length > TOKEN_CHARACTERS_MAX || !looksLikeToken(word)) return null
  const [header = '', payload = '', signature = ''] = word.split('.')
  const head = headerSchema.safeParse(jsonOf(header))
  if (!head.success) return null
  return {
    algorithm: head.data.alg,
    kid: head.data.kid ?? null,
    signed: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
    payload,
  }
}

/**
 * The keys that the token may be signed with: the one that it names, or without a name all of its kind.
 */
export const keysFor = (token: ParsedToken, keys: readonly SigningKey[]): readonly SigningKey[] =>
  keys.filter(
    ({ kid, algorithm }) => algorithm === token.algorithm && (token.kid === null || token.kid === kid),
  )

const seconds = z.number().finite()
const claimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: seconds,
  nbf: seconds.optional(),
  iat: seconds.optional(),
})

export const judgeToken = (
  token: ParsedToken,
  keys: readonly SigningKey[],
  expected: TokenExpectation,
  nowMs: number,
): TokenVerdict => {
  if (!keysFor(token, keys).some(key => isSignedBy(token, key)))
    return invalid('its signature is by no key that the issuer publishes')
  const parsed = claimsSchema.safeParse(jsonOf(token.payload))
  if (!parsed.success) return invalid('iss, aud or exp is missing or of the wrong type')
  const { iss, aud, exp, nbf, iat } = parsed.data
  const now = nowMs / 1000
  if (iss !== expected.issuer) return invalid('it is by another issuer')
  if (!(typeof aud === 'string' ? [aud] : aud).includes(expected.audience))
    return invalid(`its audience is not ${expected.audience}`)
  if (now >= exp + LEEWAY_SECONDS) return invalid('it has expired')
  if (Math.max(nbf ?? now, iat ?? now) > now + LEEWAY_SECONDS) return invalid('it is not valid yet')
  return { kind: 'valid', claims: parsed.data }
}

const invalid = (why: string): TokenVerdict => ({ kind: 'invalid', why })

const isSignedBy = ({ signed, signature }: ParsedToken, { algorithm, key }: SigningKey): boolean =>
  algorithm === 'RS256'
    ? verify('sha256', signed, key, signature)
    : // JOSE writes r and s side by side, not as DER
      verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)

/** Undefined where the word holds no JSON. */
const jsonOf = (word: string): unknown => {
  try {
    return JSON.parse(Buffer.from(word, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
