import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearer, inject, seenCluster, token } from '../../test/support/seen-cluster.ts'
import { rsaKey, signed } from '../../test/support/test-issuer.ts'
import { alertsSchema } from '../api/alerts.ts'
import { apiBase, errorBodySchema } from '../api/contract.ts'
import { tokenFrom } from './access.ts'
import { buildServer } from './create-server.ts'
import { createOidc } from './oidc/oidc.ts'

const silence = { rule: 'broker-gone', minutes: 30, reason: 'maintenance' }

test('a change needs the token, from our own page or a program, as JSON', async t => {
  const { server, alerts } = await inject(t)
  const post = (headers: Record<string, string>, payload: string | object = silence) =>
    server.inject({ method: 'POST', url: `${apiBase}/alerts/silences`, headers, payload })
  const refused: readonly (readonly [Record<string, string>, number, string])[] = [
    [{}, 401, 'TOKEN_NEEDED'],
    [{ authorization: 'Bearer wrong' }, 401, 'TOKEN_NEEDED'],
    [{ authorization: `Basic ${token}` }, 401, 'TOKEN_NEEDED'],
    [{ ...bearer, origin: 'http://evil.example' }, 403, 'ORIGIN_REFUSED'],
    [{ ...bearer, origin: 'null' }, 403, 'ORIGIN_REFUSED'],
    [{ ...bearer, 'sec-fetch-site': 'cross-site' }, 403, 'ORIGIN_REFUSED'],
    [{ ...bearer, 'sec-fetch-site': 'same-site' }, 403, 'ORIGIN_REFUSED'],
    [{ ...bearer, host: 'evil.example' }, 403, 'HOST_REFUSED'],
  ]
  for (const [headers, status, code] of refused) {
    const answer = await post(headers)
    assert.equal(answer.statusCode, status, JSON.stringify(headers))
    assert.equal(errorBodySchema.parse(answer.json()).error.code, code)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  }
  assert.equal((await post({ ...bearer, 'content-type': 'text/plain' }, '{}')).statusCode, 400)
  assert.equal(
    (await post({ ...bearer, 'content-type': 'application/json' }, 'x'.repeat(20_000))).statusCode,
    400,
  )
  assert.equal((await post({ ...bearer, 'content-type': 'application/json' }, '{"rule":')).statusCode, 400)
  assert.equal(alerts.book().silences.length, 0)
  const own = {
    ...bearer,
    host: 'localhost:7400',
    origin: 'http://localhost:7400',
    'sec-fetch-site': 'same-origin',
  }
  assert.equal((await post(own)).statusCode, 201)
  for (const method of ['PUT', 'PATCH'] as const)
    assert.equal(
      (await server.inject({ method, url: `${apiBase}/alerts/silences`, headers: bearer })).statusCode,
      405,
    )
  assert.equal((await server.inject({ method: 'POST', url: '/metrics', headers: bearer })).statusCode, 405)
  const nowhere = await server.inject({
    method: 'POST',
    url: `${apiBase}/topics`,
    headers: bearer,
    payload: {},
  })
  assert.equal(nowhere.statusCode, 404)
})

test('who may change is told, and the token is never told back', async t => {
  const { server } = await inject(t)
  const takes = ['the content of the file given with --token-file']
  assert.deepEqual((await server.inject(`${apiBase}/access`)).json(), {
    changes: 'token',
    holder: null,
    refusal: null,
    takes,
  })
  const wrong = await server.inject({
    url: `${apiBase}/access`,
    headers: { authorization: 'Bearer another' },
  })
  assert.deepEqual(wrong.json().refusal, { message: 'The token is not one of this server.', fix: null })
  const allowed = await server.inject({ url: `${apiBase}/access`, headers: bearer })
  assert.deepEqual(allowed.json(), { changes: 'allowed', holder: null, refusal: null, takes })
  assert.equal(allowed.headers['cache-control'], 'no-store')
  for (const url of ['/api/v1/alerts', '/api/v1/health', '/openapi.json', '/metrics'])
    assert.ok(!(await server.inject({ url, headers: bearer })).body.includes(token))
})

test('silence, list, end; acknowledge what fires; a broker down is one alert', async t => {
  const { server, cluster, clock } = await inject(t)
  const change = (method: 'POST' | 'DELETE', path: string, payload?: object) =>
    server.inject({
      method,
      url: apiBase + path,
      headers: bearer,
      ...(payload === undefined ? {} : { payload }),
    })
  const alerts = async () => alertsSchema.parse((await server.inject(`${apiBase}/alerts`)).json())

  assert.equal((await change('POST', '/alerts/ack', { rule: 'broker-gone' })).statusCode, 404)
  cluster.snapshot = {
    ...cluster.snapshot,
    brokers: cluster.snapshot.brokers.filter(broker => broker.id !== 2),
    topics: new Map(
      [...cluster.snapshot.topics].map(([name, topic]) => [
        name,
        {
          ...topic,
          partitions: topic.partitions.map(partition => ({
            ...partition,
            leader: partition.leader === 2 ? (partition.isr.find(id => id !== 2) ?? null) : partition.leader,
            isr: partition.isr.filter(id => id !== 2),
          })),
        },
      ]),
    ),
  }
  await clock.advance(45_000)
  const firing = await alerts()
  assert.deepEqual(
    firing.groups.map(group => [group.rule, group.state, group.count]),
    [['broker-gone', 'firing', 1]],
  )
  assert.match(firing.groups[0]?.alerts[0]?.text ?? '', /^Broker 2 does not answer; 3 of its 3 replicas/)
  assert.equal(firing.deliveries[0]?.state, 'sent')

  assert.equal((await change('POST', '/alerts/ack', { rule: 'broker-gone', note: 'on it' })).statusCode, 204)
  assert.equal((await alerts()).groups[0]?.state, 'acknowledged')
  assert.equal((await alerts()).groups[0]?.alerts[0]?.acknowledged?.note, 'on it')

  assert.equal(
    (await change('POST', '/alerts/silences', { ...silence, subject: 'broker 2' })).statusCode,
    201,
  )
  const silenced = await alerts()
  assert.equal(silenced.groups[0]?.state, 'silenced')
  assert.equal(silenced.silences[0]?.reason, 'maintenance')
  assert.equal((await change('DELETE', `/alerts/silences/${silenced.silences[0]?.id}`)).statusCode, 204)
  assert.equal((await change('DELETE', '/alerts/silences/none')).statusCode, 404)
  assert.equal((await alerts()).groups[0]?.state, 'acknowledged')

  const wrong = await change('POST', '/alerts/silences', { ...silence, rule: 'broker-gon' })
  assert.match(wrong.json().error.fix, /Did you mean "broker-gone"/)
  for (const body of [
    { ...silence, minutes: 0 },
    { ...silence, minutes: 1.5 },
    { ...silence, extra: 1 },
    [],
    null,
  ])
    assert.equal((await change('POST', '/alerts/silences', body as object)).statusCode, 400)
  assert.equal((await change('POST', '/alerts/test', { webhook: 'nobody' })).statusCode, 404)
  assert.equal((await change('POST', '/alerts/test', { webhook: 'ops' })).statusCode, 202)

  const history = (await server.inject(`${apiBase}/alerts/history?minutes=10`)).json()
  assert.deepEqual(
    history.spans.map((span: { rule: string; state: string }) => [span.rule, span.state]),
    [
      ['broker-gone', 'nearly'],
      ['broker-gone', 'firing'],
    ],
  )
})

test('while the cluster is not seen, alerts are held and its silence is an alert of its own', async t => {
  const { server, cluster, clock } = await inject(t)
  cluster.failing = { describe: new Error('gone'), readOffsets: new Error('gone') }
  await clock.advance(60_000)
  const alerts = alertsSchema.parse((await server.inject(`${apiBase}/alerts`)).json())
  assert.equal(alerts.held, true)
  assert.deepEqual(
    alerts.groups.map(group => [group.rule, group.state]),
    [['no-broker-answers', 'firing']],
  )
  const history = (await server.inject(`${apiBase}/alerts/history?minutes=10`)).json()
  assert.equal(history.unseen.length, 1)
})

test('a token file holds one long word', () => {
  assert.equal(tokenFrom(`${token}\n`, 'f'), token)
  for (const text of ['', 'short', 'two words of some length', 'a-long-line-of-text\nand another'])
    assert.throws(() => tokenFrom(text, 'f'), { code: 'USAGE' })
})

test('a token of the issuer does what the server’s own does; a reader is told neither is right', async t => {
  const key = rsaKey('key')
  const { options } = await seenCluster(t)
  const settings = { issuer: 'https://login.example', audience: 'lanekeeper', claim: 'groups', value: 'ops' }
  const oidc = createOidc(
    settings,
    async url =>
      url.endsWith('/openid-configuration')
        ? { issuer: settings.issuer, jwks_uri: 'https://login.example/keys' }
        : { keys: [key.jwk] },
    options.clock,
  )
  const claims = {
    iss: settings.issuer,
    aud: 'lanekeeper',
    exp: options.clock.wallMs() / 1000 + 60,
    groups: ['ops'],
  }
  const server = await buildServer({ ...options, oidc })
  t.after(() => server.close())
  const post = async (word: string, to = server): Promise<readonly [number, string | undefined]> => {
    const answer = await to.inject({
      method: 'POST',
      url: `${apiBase}/alerts/silences`,
      headers: { authorization: `Bearer ${word}` },
      payload: silence,
    })
    return [answer.statusCode, answer.json().error?.code]
  }
  assert.deepEqual(await post(signed(key, claims)), [201, undefined])
  assert.deepEqual(await post(token), [201, undefined])
  assert.deepEqual(await post(signed(key, { ...claims, groups: ['people'] })), [403, 'ACCESS_DENIED'])
  assert.deepEqual(await post(signed(key, { ...claims, aud: 'x' })), [401, 'TOKEN_NEEDED'])
  assert.deepEqual(await post('wrong'), [401, 'TOKEN_NEEDED'])
  const told = async (word: string, to = server) => {
    const headers: Record<string, string> = word === '' ? {} : { authorization: `Bearer ${word}` }
    const { changes, holder, refusal } = (await to.inject({ url: `${apiBase}/access`, headers })).json()
    return [changes, holder, refusal?.message ?? null, refusal?.fix ?? null]
  }
  assert.deepEqual(await told(''), ['token', null, null, null])
  const named = signed(key, { ...claims, preferred_username: 'night-shift' })
  assert.deepEqual(await told(named), ['allowed', 'night-shift', null, null])
  assert.deepEqual(await told(signed(key, { ...claims, groups: ['people'] })), [
    'token',
    null,
    'The token is valid, and its holder may not change anything here.',
    'The claim groups must hold "ops".',
  ])

  const { token: _, ...withoutToken } = options
  const alone = await buildServer({ ...withoutToken, oidc: createOidc(settings, oidcSilent, options.clock) })
  t.after(() => alone.close())
  assert.deepEqual(await post(signed(key, claims), alone), [503, 'ISSUER_UNREACHABLE'])
  assert.deepEqual(await post(token, alone), [401, 'TOKEN_NEEDED'])
  // a reader is not kept from the page by an issuer that is away, and is told that it is
  assert.match(String((await told(signed(key, claims), alone))[2]), /are not known: no answer in time/)
})

const oidcSilent = async (): Promise<never> => {
  throw new Error('no answer in time')
}
