import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthenticationError, NetworkError, ProtocolError, TimeoutError } from '@platformatic/kafka'
import { brokerId } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import {
  asLanekeeperError,
  asLinkFailure,
  BrokerTooOld,
  errorTree,
  mergeFailures,
  RequestRefused,
} from './errors.ts'

const endpoint = { address: { host: '10.0.0.7', port: 9092 }, broker: brokerId(2) }
const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code })

test('a wrong password is found however deep it lies, and nothing is said about the network', () => {
  const refused = new NetworkError('Connection failed.', {
    cause: new AuthenticationError('SASL authentication failed.', {
      cause: new ProtocolError('SASL_AUTHENTICATION_FAILED'),
    }),
  })
  const failure = asLinkFailure(refused, endpoint)
  assert.equal(failure.kind, 'authentication')
  assert.equal(asLanekeeperError(failure).code, 'AUTHENTICATION_FAILED')
})

test('a handshake that broke with the network is no wrong password', () => {
  for (const cause of [
    new NetworkError('Connection closed'),
    new TimeoutError('Request timed out'),
    systemError('ECONNRESET', 'read ECONNRESET'),
  ]) {
    const broken = new NetworkError('Connection failed.', {
      cause: new AuthenticationError('Cannot find a suitable SASL mechanism.', { cause }),
    })
    assert.notEqual(asLinkFailure(broken, endpoint).kind, 'authentication')
  }
})

test('the innermost code of the system is what a person reads, with the address', () => {
  const refused = new NetworkError('Connection to 10.0.0.7:9092 failed.', {
    cause: systemError('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.7:9092'),
  })
  const failure = asLinkFailure(refused, endpoint)
  assert.equal(failure.kind, 'refused')
  assert.equal(
    failure.message,
    'broker 2 (10.0.0.7:9092) cannot be reached: connect ECONNREFUSED 10.0.0.7:9092 (ECONNREFUSED)',
  )
})

test('one refused password among dead brokers is still a refused password', () => {
  const merged = mergeFailures([
    new LinkFailure('refused', null, 'a is down'),
    new LinkFailure('authentication', null, 'b refused the credentials'),
  ])
  assert.equal(asLanekeeperError(merged).code, 'AUTHENTICATION_FAILED')
  assert.deepEqual(asLanekeeperError(merged).problems, ['a is down', 'b refused the credentials'])
})

test('old brokers, missing rights and defects have codes of their own', () => {
  assert.equal(
    asLanekeeperError(asLinkFailure(new BrokerTooOld('broker 2', ['request 68']), endpoint)).code,
    'CLUSTER_TOO_OLD',
  )
  assert.equal(asLanekeeperError(new RequestRefused(29, 'no')).code, 'NOT_AUTHORIZED')
  assert.equal(asLanekeeperError(new RequestRefused(35, 'no')).code, 'CLUSTER_TOO_OLD')
  assert.equal(asLanekeeperError(new TypeError('x is undefined')).code, 'UNEXPECTED')
})

test('a circle of causes ends', () => {
  const first = new Error('first')
  const second = new Error('second', { cause: first })
  first.cause = second
  assert.deepEqual(errorTree(first), [first, second])
})
