import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { ecKey, rsaKey, signed, type TestKey, unsigned } from '../../../test/support/test-issuer.ts'
import { createOidc, type OidcVerdict } from './oidc.ts'

const issuer = 'https://login.example/realms/ops'
const settings = { issuer, audience: 'lanekeeper', claim: 'groups', value: 'kafka-operators' }
const first = rsaKey('first')
const curve = ecKey('curve')

/** An issuer that publishes `published`; `failing` non-null: it does not answer. */
const world = (keys: readonly TestKey[] = [first, curve], about: Partial<typeof settings> = {}) => {
  const clock = new ManualClock()
  const state = {
    published: keys.map(({ jwk }) => jwk),
    failing: null as string | null,
    asked: 0,
    named: issuer,
  }
  const oidc = createOidc(
    { ...settings, ...about },
    async url => {
      state.asked++
      if (state.failing !== null) throw new Error(state.failing)
      if (url === `${issuer}/.well-known/openid-configuration`)
        return { issuer: state.named, jwks_uri: `${issuer}/keys`, other: 1 }
      assert.equal(url, `${issuer}/keys`)
      return { keys: state.published }
    },
    clock,
  )
  const now = clock.wallMs() / 1000
  const claims = { iss: issuer, aud: 'lanekeeper', exp: now + 600, groups: ['people', 'kafka-operators'] }
  return { clock, state, oidc, claims, now }
}

const why = (verdict: OidcVerdict): string => (verdict.kind === 'invalid' ? verdict.why : verdict.kind)

test('a token of the issuer, for us, valid now, whose claim says so', async () => {
  const { oidc, claims, now } = world()
  for (const key of [first, curve])
    for (const change of [
      {},
      { aud: ['else', 'lanekeeper'] },
      { nbf: now + 20, iat: now - 5 },
      { exp: now - 20 },
    ])
      assert.equal(why(await oidc.judge(signed(key, { ...claims, ...change }))), 'allowed')
})

test('every way in which a token can be not for us', async () => {
  const { oidc, claims, now, state } = world()
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ iss: 'https://evil.example' }, /another issuer/],
    [{ iss: `${issuer}/` }, /another issuer/],
    [{ aud: 'somebody-else' }, /audience/],
    [{ aud: ['lanekeeper2'] }, /audience/],
    [{ aud: undefined }, /missing/],
    [{ exp: undefined }, /missing/],
    [{ exp: '9999999999' }, /missing or of the wrong type/],
    [{ exp: now - 31 }, /expired/],
    [{ nbf: now + 31 }, /not valid yet/],
    [{ iat: now + 31 }, /not valid yet/],
    [{ groups: ['people'] }, /not-entitled/],
    [{ groups: 'kafka-operators-not' }, /not-entitled/],
    [{ groups: undefined }, /not-entitled/],
    [{ groups: { 'kafka-operators': true } }, /not-entitled/],
  ]
  for (const [change, expected] of cases)
    assert.match(
      why(await oidc.judge(signed(first, { ...claims, ...change }))),
      expected,
      JSON.stringify(change),
    )
  assert.equal(state.asked, 2, 'the keys were asked for once')
})

test('the token does not choose how it is checked', async () => {
  const { oidc, claims } = world()
  const publicPem = Buffer.from(JSON.stringify(first.jwk))
  const header = { alg: 'HS256', kid: 'first' }
  const content = unsigned(header, claims, Buffer.alloc(0)).slice(0, -1)
  const forged: readonly (readonly [string, string])[] = [
    ['none', unsigned({ alg: 'none' }, claims, Buffer.from('x'))],
    [
      'HMAC with the public key',
      unsigned(header, claims, createHmac('sha256', publicPem).update(content).digest()),
    ],
    ['signed by somebody else under our key name', signed({ ...rsaKey('first'), kid: 'first' }, claims)],
    ['key in its own header', signed(rsaKey('mine'), claims, { jwk: rsaKey('mine').jwk })],
    ['RSA under the curve’s name', signed(first, claims, { kid: 'curve' })],
    ['RSA that says ES256', signed(first, claims, { alg: 'ES256', kid: 'curve' })],
    ['an extension it demands', signed(first, claims, { crit: ['b64'], b64: false })],
    ['claims changed after signing', tampered(signed(first, { ...claims, groups: [] }), claims)],
    ['no JSON', 'aa.bb.cc'],
    ['two parts', 'aa.bb'],
    ['too long', signed(first, { ...claims, more: 'x'.repeat(9_000) })],
  ]
  for (const [name, token] of forged) assert.equal((await oidc.judge(token)).kind, 'invalid', name)
})

const tampered = (token: string, claims: object): string => {
  const [header, , signature] = token.split('.')
  return `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
}

test('keys too weak, for encryption, or of unknown kinds are none', async () => {
  const weak = rsaKey('weak', 1_024)
  const { oidc, claims, state } = world([first, weak])
  state.published.push(
    { ...curve.jwk, use: 'enc' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'oct' },
    { kty: 'RSA', n: 1 },
    'text' as never,
  )
  assert.equal((await oidc.judge(signed(weak, claims))).kind, 'invalid')
  assert.equal((await oidc.judge(signed(curve, claims))).kind, 'invalid')
  assert.equal((await oidc.judge(signed(first, claims))).kind, 'allowed')
})

test('a new key is known at once, a withdrawn one not for long, and strangers do not make us ask', async () => {
  const { oidc, claims, clock, state } = world([first])
  const fresh = (): object => ({ ...claims, exp: clock.wallMs() / 1000 + 600 })
  assert.equal((await oidc.judge(signed(first, fresh()))).kind, 'allowed')
  const second = rsaKey('second')
  state.published = [second.jwk]
  await clock.advance(31_000)
  assert.equal((await oidc.judge(signed(second, fresh()))).kind, 'allowed')
  assert.equal((await oidc.judge(signed(first, fresh()))).kind, 'invalid')
  const before = state.asked
  await Promise.all(
    Array.from({ length: 50 }, (_, at) => oidc.judge(signed({ ...second, kid: `made-up-${at}` }, fresh()))),
  )
  assert.equal(state.asked, before, 'within half a minute of the last question')
  await clock.advance(31_000)
  await Promise.all(
    Array.from({ length: 50 }, (_, at) => oidc.judge(signed({ ...second, kid: `made-up-${at}` }, fresh()))),
  )
  assert.equal(state.asked, before + 2, 'one question more: discovery and keys')
})

test('an issuer that falls silent is trusted for an hour, then nobody is; one that never answered lets nobody in', async () => {
  const { oidc, claims, clock, state } = world()
  const fresh = (): string => signed(first, { ...claims, exp: clock.wallMs() / 1000 + 600 })
  assert.equal((await oidc.judge(fresh())).kind, 'allowed')
  state.failing = 'no answer in time'
  await clock.advance(50 * 60_000)
  assert.equal((await oidc.judge(fresh())).kind, 'allowed')
  await clock.advance(11 * 60_000)
  await assert.rejects(oidc.judge(fresh()), { code: 'ISSUER_UNREACHABLE', message: /no answer in time/ })
  state.failing = null
  await clock.advance(31_000)
  assert.equal((await oidc.judge(fresh())).kind, 'allowed')

  for (const [change, problem] of [
    [{ named: 'https://evil.example' }, /is of the issuer https:\/\/evil.example/],
    [{ published: [] }, /publishes no key/],
  ] as const) {
    const other = world()
    Object.assign(other.state, change)
    await assert.rejects(other.oidc.judge(signed(first, other.claims)), {
      code: 'ISSUER_UNREACHABLE',
      message: problem,
    })
  }
})

test('the claim may be one word, words with spaces, a list, or lie deeper', async () => {
  for (const [claim, holder, kind] of [
    ['scope', { scope: 'openid kafka-operators' }, 'allowed'],
    ['role', { role: 'kafka-operators' }, 'allowed'],
    ['/realm_access/roles', { realm_access: { roles: ['kafka-operators'] } }, 'allowed'],
    ['/https:~1~1example~1roles', { 'https://example/roles': ['kafka-operators'] }, 'allowed'],
    ['/realm_access/roles', { realm_access: null }, 'not-entitled'],
    ['constructor', {}, 'not-entitled'],
    ['/constructor/name', {}, 'not-entitled'],
  ] as const) {
    const { oidc, claims } = world([first], { claim })
    assert.equal((await oidc.judge(signed(first, { ...claims, ...holder }))).kind, kind, claim)
  }
})
