import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
} from 'jose'

/**
 * Is this token signed by the issuer, for us, and valid now?
 *
 * The signature, its key and the claims are jose's to check. What is said here is how little we take: the algorithm is not
 * the token's to choose (two are known, so `none` and HMAC with a public key are not among them), the key is one that
 * the issuer publishes and never one from the token's own header, and a token without an end is none.
 */
export interface TokenExpectation {
  readonly issuer: string
  readonly audience: string
}

export type Claims = Readonly<Record<string, unknown>>

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly claims: Claims }
  /** `why` is for people and holds nothing of the token but names. */
  | { readonly kind: 'invalid'; readonly why: string }

const ALGORITHMS = ['RS256', 'ES256']
/** Clocks of issuer and server may differ by so much. */
const LEEWAY_SECONDS = 30
/** A server's header may be 16 kB; a token that fills it is none. */
const TOKEN_CHARACTERS_MAX = 8_192

/** Three words with dots between: what is looked at as a token of the issuer, and never as the server's own. */
export const looksLikeToken = (word: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(word)

/** Keys of a JWK set that can have signed a token of ours: others are for encryption, or of a kind unknown here. */
export const signingKeys = (keys: readonly unknown[]): readonly JWK[] =>
  keys.filter((key): key is JWK => {
    if (typeof key !== 'object' || key === null) return false
    const { kty, crv, use, alg } = key as Partial<JWK>
    const wanted = kty === 'RSA' ? 'RS256' : kty === 'EC' && crv === 'P-256' ? 'ES256' : null
    return wanted !== null && (use ?? 'sig') === 'sig' && (alg ?? wanted) === wanted
  })

/** Whether one of the keys has the name that the token was signed under. */
export const namesKeyOf = (word: string, keys: readonly JWK[]): boolean => {
  const kid = keyNameOf(word)
  return kid === undefined ? keys.length > 0 : keys.some(key => key.kid === kid)
}

export const judgeToken = async (
  word: string,
  keys: readonly JWK[],
  { issuer, audience }: TokenExpectation,
  nowMs: number,
): Promise<TokenVerdict> => {
  if (word.length > TOKEN_CHARACTERS_MAX) return invalid('it is too long')
  const set: JSONWebKeySet = { keys: [...keys] }
  try {
    const { payload } = await jwtVerify(word, createLocalJWKSet(set), {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ['exp'],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(nowMs),
    })
    if (typeof payload.iat === 'number' && payload.iat > nowMs / 1000 + LEEWAY_SECONDS)
      return invalid('it is not valid yet')
    return { kind: 'valid', claims: payload }
  } catch (failure) {
    return invalid(reasonOf(failure, audience))
  }
}

const invalid = (why: string): TokenVerdict => ({ kind: 'invalid', why })

/** Of the many ways to be refused, those that a holder of an honest token can meet have words of their own. */
const reasonOf = (failure: unknown, audience: string): string => {
  if (failure instanceof errors.JWTExpired) return 'it has expired'
  if (failure instanceof errors.JWTClaimValidationFailed) {
    if (failure.reason !== 'check_failed') return `${failure.claim} is missing or of the wrong type`
    if (failure.claim === 'iss') return 'it is by another issuer'
    if (failure.claim === 'aud') return `its audience is not ${audience}`
    return 'it is not valid yet'
  }
  if (failure instanceof errors.JOSEAlgNotAllowed) return 'it is not signed by RS256 or ES256'
  return 'its signature is by no key that the issuer publishes'
}

const keyNameOf = (word: string): string | undefined => {
  try {
    return decodeProtectedHeader(word).kid
  } catch {
    return undefined
  }
}
