/**
 * What went wrong, told in our words.
 *
 * The client library wraps causes several deep (`errors`, `cause`), and its outermost message says next to nothing
 * ("Connection to x failed."). So nothing here looks at one level only: the whole tree is walked, and the innermost
 * system code (ECONNREFUSED …) is what the user reads.
 *
 * Refused credentials need care in both directions. Missing them means that somebody retries and locks the account;
 * but the library also reports a handshake that broke with the network as an authentication error, and taking that
 * for a wrong password would stop a client for good because a broker was restarted. Therefore: an authentication error
 * counts as one unless a network error lies below it.
 */
import { KafkaCode, LanekeeperError } from '../../core/model/index.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import { printEndpoint, type Endpoint } from './addresses.ts'

/** The broker does not know a request that Lanekeeper needs. */
export class BrokerTooOld extends Error {
  constructor(where: string, missing: readonly string[]) {
    super(`${where} lacks ${missing.join(', ')}`)
    this.name = 'BrokerTooOld'
  }
}

/** An answer whose bytes contradict themselves: a length beyond its end, an offset no log can have. */
export class UnreadableAnswer extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnreadableAnswer'
  }
}

/** Kafka refused the whole request, so that there are no items to carry a code. */
export class RequestRefused extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'RequestRefused'
    this.code = code
  }
}

/** The error and everything below it, outermost first, each once. */
export const errorTree = (error: unknown): readonly Error[] => {
  const seen = new Set<Error>()
  const visit = (each: unknown): void => {
    if (!(each instanceof Error) || seen.has(each)) return
    seen.add(each)
    if (each instanceof AggregateError) each.errors.forEach(visit)
    visit(each.cause)
  }
  visit(error)
  return [...seen]
}

const codeOf = (error: Error): string => {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

const isNetwork = (error: Error): boolean =>
  codeOf(error) === 'PLT_KFK_NETWORK' ||
  codeOf(error) === 'PLT_KFK_TIMEOUT' ||
  /^E[A-Z]+$/.test(codeOf(error))

const refusedCredentials = (error: unknown): boolean =>
  errorTree(error).some(
    each =>
      codeOf(each) === 'PLT_KFK_AUTHENTICATION' && !errorTree(each.cause).some(below => isNetwork(below)),
  )

/** The code of the operating system or of TLS that explains the failure: ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED. */
const systemCode = (error: unknown): string | null =>
  errorTree(error)
    .map(codeOf)
    .findLast(code => /^E[A-Z]+$|CERT|^UNABLE_TO|^ERR_(?:TLS|SSL)/.test(code)) ?? null

/** The innermost message, where the cause is told, as a part of a sentence. */
const innermostMessage = (error: unknown): string =>
  (errorTree(error).at(-1)?.message ?? String(error)).replaceAll(/\s+/g, ' ').replace(/[ .]+$/, '')

/** Turns whatever the library reported for a call to `endpoint` into the one failure that the port knows. */
export const asLinkFailure = (error: unknown, endpoint: Endpoint): LinkFailure => {
  if (error instanceof LinkFailure) return error
  const where = printEndpoint(endpoint)
  const code = systemCode(error)
  const fail = (kind: LinkFailure['kind'], text: string): LinkFailure =>
    new LinkFailure(kind, endpoint.broker, `${where} ${text}`, error)
  if (refusedCredentials(error))
    return fail('authentication', `refused the credentials: ${innermostMessage(error)}`)
  const tree = errorTree(error)
  const tooOld = tree.find(each => each instanceof BrokerTooOld)
  if (tooOld !== undefined) return new LinkFailure('refused', endpoint.broker, tooOld.message, error)
  if (code !== null) {
    const kind =
      code === 'ECONNRESET' || code === 'EPIPE' ? 'closed' : code === 'ETIMEDOUT' ? 'timeout' : 'refused'
    return fail(kind, `cannot be reached: ${innermostMessage(error)} (${code})`)
  }
  if (tree.some(each => codeOf(each) === 'PLT_KFK_TIMEOUT'))
    return fail('timeout', 'does not answer (timed out)')
  if (tree.some(each => codeOf(each) === 'PLT_KFK_NETWORK')) return fail('closed', 'closed the connection')
  // the library's word for settings that do not fit the listener
  if (tree.some(each => codeOf(each) === 'PLT_KFK_USER'))
    return fail('refused', `cannot be used: ${innermostMessage(error)}`)
  return fail('closed', `sent an answer that cannot be read: ${innermostMessage(error)}`)
}

/** One failure for a question that was put to several brokers and answered by none. */
export const mergeFailures = (failures: readonly LinkFailure[]): LinkFailure => {
  const [first] = failures
  if (first !== undefined && failures.length === 1) return first
  return new LinkFailure(
    first?.kind ?? 'unknown-broker',
    null,
    `no broker answers: ${failures.map(each => each.message).join('; ')}`,
    new AggregateError(failures),
  )
}

const NOT_AUTHORIZED_CODES: ReadonlySet<number> = new Set([
  KafkaCode.TOPIC_AUTHORIZATION_FAILED,
  KafkaCode.GROUP_AUTHORIZATION_FAILED,
  KafkaCode.CLUSTER_AUTHORIZATION_FAILED,
])

/** Turns any failure of a cluster call into the error that a user meets. */
export const asLanekeeperError = (error: unknown): LanekeeperError => {
  if (error instanceof LanekeeperError) return error
  if (error instanceof RequestRefused) return refusedRequest(error)
  if (error instanceof LinkFailure) return failedLink(error)
  return new LanekeeperError('UNEXPECTED', `The Kafka adapter failed: ${innermostMessage(error)}.`, {
    cause: error,
  })
}

const refusedRequest = (error: RequestRefused): LanekeeperError => {
  if (NOT_AUTHORIZED_CODES.has(error.code))
    return new LanekeeperError('NOT_AUTHORIZED', `${error.message}.`, {
      fix: 'Grant the principal of --command-config this operation, or use another principal.',
      cause: error,
    })
  if (error.code === KafkaCode.UNSUPPORTED_VERSION)
    return new LanekeeperError('CLUSTER_TOO_OLD', `${error.message}.`, {
      fix: 'Use a cluster of Kafka 4.0 or later.',
      cause: error,
    })
  return new LanekeeperError('STEP_REFUSED', `${error.message}.`, { cause: error })
}

const failedLink = (failure: LinkFailure): LanekeeperError => {
  const tree = errorTree(failure)
  const problems = tree
    .filter(each => each instanceof LinkFailure && each !== failure)
    .map(each => each.message)
  if (tree.some(each => each instanceof LinkFailure && each.kind === 'authentication'))
    return new LanekeeperError('AUTHENTICATION_FAILED', `${failure.message}.`, {
      fix: tree.some(each => /SASL state/.test(each.message))
        ? 'The listener does not use SASL: check security.protocol in --command-config, and the port.'
        : 'Check sasl.mechanism and the user name and password in sasl.jaas.config (--command-config).',
      problems,
      cause: failure,
    })
  if (tree.some(each => each instanceof BrokerTooOld))
    return new LanekeeperError('CLUSTER_TOO_OLD', `${failure.message}.`, {
      fix: 'Use a cluster of Kafka 4.0 or later.',
      problems,
      cause: failure,
    })
  return new LanekeeperError('CLUSTER_UNREACHABLE', `${failure.message}.`, {
    fix: reachabilityFix(tree),
    problems,
    cause: failure,
  })
}

const reachabilityFix = (tree: readonly Error[]): string => {
  const has = (pattern: RegExp): boolean =>
    tree.some(each => pattern.test(codeOf(each)) || pattern.test(each.message))
  if (has(/ENOTFOUND|EAI_AGAIN/))
    return 'Check the host name in --bootstrap-server: it does not resolve here.'
  if (has(/ERR_TLS_CERT_ALTNAME_INVALID/))
    return 'The certificate is for another host name: use that name in --bootstrap-server.'
  if (has(/alert (?:bad certificate|certificate required)/))
    return 'The broker wants a client certificate that it trusts: set ssl.keystore.location (PEM) in --command-config.'
  if (has(/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/))
    return 'Point ssl.truststore.location (PEM) in --command-config at the certificate authority of the brokers.'
  if (has(/requires TLS|ERR_SSL|TLS handshake|EPROTO/))
    return 'TLS is on at one end only: check security.protocol in --command-config.'
  if (has(/ECONNREFUSED/)) return 'Start the brokers, or correct --bootstrap-server.'
  if (has(/closed the connection/))
    return 'This port may not be a broker’s; or its listener expects TLS or SASL: check security.protocol in --command-config.'
  return 'Check that the brokers run and that no firewall lies between.'
}
