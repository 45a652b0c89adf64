import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** An OpenID issuer of the tests' own: keys that it publishes, and tokens that it (or somebody else) signs. */
export interface TestKey {
  readonly kid: string
  readonly alg: 'RS256' | 'ES256'
  readonly privateKey: KeyObject
  readonly jwk: object
}

export const rsaKey = (kid: string, bits = 2_048): TestKey =>
  keyOf(kid, 'RS256', generateKeyPairSync('rsa', { modulusLength: bits }))

export const ecKey = (kid: string): TestKey =>
  keyOf(kid, 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))

const keyOf = (
  kid: string,
  alg: TestKey['alg'],
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): TestKey => ({ kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } })

const word = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed as the key's algorithm says, whatever the header claims. */
export const signed = (key: TestKey, claims: object, header: object = {}): string => {
  const content = `${word({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })}.${word(claims)}`
  const signature = sign('sha256', Buffer.from(content), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${content}.${signature.toString('base64url')}`
}

/** Header and claims with any signature. */
export const unsigned = (header: object, claims: object, signature: Buffer): string =>
  `${word(header)}.${word(claims)}.${signature.toString('base64url')}`
