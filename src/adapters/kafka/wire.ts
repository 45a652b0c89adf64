/**
 * One connection to one broker.
 *
 * It counts as open only after the broker answered ApiVersions on it: a stopped process (SIGSTOP, a machine without
 * memory) still accepts TCP, and data handed to it would sit in a socket buffer for a whole timeout. The same answer
 * says which requests the broker knows, which matters because a broker closes the connection without a word when it
 * meets one that it does not know.
 *
 * A request that is not answered in time breaks the wire. Kafka answers the requests of a connection in order, so that
 * everything behind the silent one would wait as well, and an answer that comes after its caller gave up would be
 * taken for the answer to nothing.
 */
import { apiVersionsV3, Connection, type API } from '@platformatic/kafka'
import type { Clock } from '../../ports/clock.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import { printEndpoint, type Endpoint } from './addresses.ts'
import { asLinkFailure, BrokerTooOld } from './errors.ts'
import { type FramedRequest, Frames } from './frames.ts'
import type { SecureConnection } from './security.ts'

export interface WireOptions {
  readonly clientId: string
  readonly clock: Clock
  readonly secure: SecureConnection
  /** For the socket with TLS and SASL, and again for the first answer. */
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** The library's own request timer must never fire first: ours knows how long the broker was asked to wait. */
const LIBRARY_TIMEOUT_MS = 0x7fffffff
/** More than any caller has in flight, so that a request is on the wire, and its time runs, when it is made. */
const LIBRARY_INFLIGHT_MAX = 100_000

/** How much longer than the broker was asked to wait its answer may take. */
const ANSWER_GRACE_MS = 3000

export class Wire {
  readonly #options: WireOptions
  readonly #endpoint: Endpoint
  readonly #connection: Connection
  readonly #opened: Promise<void>
  readonly #unanswered = new Set<(failure: LinkFailure) => void>()
  readonly #onBroken: () => void
  #broken: LinkFailure | null = null
  #frames: Frames | null = null
  #latestVersions: ReadonlyMap<number, number> = new Map()
  #features: ReadonlyMap<string, number> = new Map()

  /** Starts to connect at once. `onBroken` is called once, when this wire will carry nothing more. */
  constructor(endpoint: Endpoint, options: WireOptions, onBroken: () => void) {
    this.#endpoint = endpoint
    this.#options = options
    this.#onBroken = onBroken
    this.#connection = new Connection(options.clientId, {
      connectTimeout: options.connectTimeoutMs,
      requestTimeout: LIBRARY_TIMEOUT_MS,
      maxInflights: LIBRARY_INFLIGHT_MAX,
      ...options.secure(endpoint.address.host),
    })
    this.#connection.on('error', error => this.break(asLinkFailure(error, endpoint)))
    this.#connection.on('close', () =>
      this.break(
        new LinkFailure('closed', endpoint.broker, `${printEndpoint(endpoint)} closed the connection`),
      ),
    )
    this.#opened = this.#open()
    this.#opened.catch((error: unknown) => this.break(asLinkFailure(error, endpoint)))
  }

  /**
   * Sends one request and resolves with its answer; error codes inside the answer are values.
   *
   * @param waitMs how long the request itself lets the broker wait before it answers
   * @throws LinkFailure
   */
  async call<Arguments extends unknown[], Answer>(
    api: API<Arguments, Answer>,
    parameters: Arguments,
    waitMs = 0,
  ): Promise<Answer> {
    await this.#openFor(api)
    return this.#send(api, parameters, this.#patienceMs(waitMs))
  }

  /**
   * The same for a request that is written straight into its frame. A wire carries requests of one of the two kinds.
   *
   * @throws LinkFailure
   */
  async ask<Answer>(request: FramedRequest<Answer>, waitMs = 0): Promise<Answer> {
    await this.#openFor(request)
    const frames = (this.#frames ??= this.#framesOf(this.#connection))
    return this.#answered<Answer>(done => frames.ask(request, done), this.#patienceMs(waitMs))
  }

  /**
   * The level that the whole cluster has agreed on for a feature such as `transaction.version`; 0 where it knows none.
   * That brokers know a request does not mean that its meaning is switched on.
   *
   * @throws LinkFailure
   */
  async featureLevel(feature: string): Promise<number> {
    await this.#opened
    return this.#features.get(feature) ?? 0
  }

  /** Rejects everything unanswered with `failure` and drops the socket. */
  break(failure: LinkFailure): void {
    if (this.#broken !== null) return
    this.#broken = failure
    this.#onBroken()
    for (const fail of this.#unanswered) fail(failure)
    this.#unanswered.clear()
    // close() ends the library's timers (connect, re-authentication), which would keep the process alive; it would
    // still write out what is queued, and a socket that is stuck would never get there
    this.#connection.close(() => undefined)
    this.#connection.socket?.destroy()
  }

  /** Resolves when the wire is open; throws LinkFailure where the broker does not know the request. */
  async #openFor({ key, version }: { readonly key: number; readonly version: number }): Promise<void> {
    // always through the promise, also when it is long open: a caller of now must not overtake one of before
    await this.#opened
    if ((this.#latestVersions.get(key) ?? -1) < version)
      throw asLinkFailure(
        new BrokerTooOld(printEndpoint(this.#endpoint), [`request ${key} version ${version}`]),
        this.#endpoint,
      )
  }

  #patienceMs(waitMs: number): number {
    return Math.max(this.#options.requestTimeoutMs, waitMs + ANSWER_GRACE_MS)
  }

  #framesOf({ socket }: Connection): Frames {
    return new Frames(socket, this.#options.clientId)
  }

  async #open(): Promise<void> {
    const { host, port } = this.#endpoint.address
    await this.#answered<void>(done => void this.#connection.connect(host, port, error => done(error)), null)
    const versions = await this.#send(apiVersionsV3.api, ['lanekeeper', '1'], this.#options.connectTimeoutMs)
    this.#latestVersions = new Map(versions.apiKeys.map(each => [each.apiKey, each.maxVersion]))
    this.#features = new Map(
      (versions.finalizedFeatures ?? []).map(each => [each.name, each.maxVersionLevel]),
    )
  }

  #send<Arguments extends unknown[], Answer>(
    api: API<Arguments, Answer>,
    parameters: Arguments,
    timeoutMs: number,
  ): Promise<Answer> {
    return this.#answered<Answer>(
      done => api(this.#connection, ...parameters, (error, answer) => done(error, answer)),
      timeoutMs,
    )
  }

  /** Turns one callback of the library into a promise that also ends with the wire, and after `timeoutMs`. */
  #answered<Answer>(
    begin: (done: (error?: Error | null, answer?: Answer) => void) => void,
    timeoutMs: number | null,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== null) {
        reject(this.#broken)
        return
      }
      const timer =
        timeoutMs === null
          ? null
          : this.#options.clock.after(timeoutMs, () => this.break(this.#silence(timeoutMs)))
      const fail = (failure: LinkFailure): void => {
        timer?.cancel()
        reject(failure)
      }
      this.#unanswered.add(fail)
      begin((error, answer) => {
        timer?.cancel()
        this.#unanswered.delete(fail)
        const inside = error instanceof Error ? answerInside<Answer>(error) : answer
        if (!(error instanceof Error) || inside !== undefined) resolve(inside as Answer)
        else {
          const failure = asLinkFailure(error, this.#endpoint)
          reject(failure)
          this.break(failure)
        }
      })
    })
  }

  #silence(timeoutMs: number): LinkFailure {
    return new LinkFailure(
      'timeout',
      this.#endpoint.broker,
      `${printEndpoint(this.#endpoint)} did not answer within ${timeoutMs} ms`,
    )
  }
}

/** The library throws as soon as one item of an answer has an error code; the whole answer is inside the error. */
const answerInside = <Answer>(error: Error): Answer | undefined =>
  (error as { readonly response?: Answer }).response ?? undefined
