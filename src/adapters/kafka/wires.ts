import type { API } from '@platformatic/kafka'
import { LinkFailure, type Channel, type ProduceChannel } from '../../ports/broker-link.ts'
import { printAddress, printEndpoint, type Endpoint } from './addresses.ts'
import type { FramedRequest } from './frames.ts'
import { Wire, type WireOptions } from './wire.ts'

/**
 * Three purposes of our own beside those of the port. `rebalance` carries what a coordinator answers only when all
 * members of a classic group have come. `lookup` asks who is there and who leads, of brokers that may be
 * stuck: its timeouts break its own connections and nobody's work. `quorum` is forwarded to the controller, which may
 * be the one that hangs.
 */
export type WireChannel = Channel | 'rebalance' | 'lookup' | 'quorum'

/** One open connection per broker address and channel, made when first needed and forgotten when broken. */
export class Wires {
  readonly #options: WireOptions
  readonly #open = new Map<string, Wire>()
  #closed = false

  constructor(options: WireOptions) {
    this.#options = options
  }

  /**
   * One request on the connection of (`endpoint`, `channel`); requests of one such pair are written in call order.
   *
   * @throws LinkFailure
   */
  call<Arguments extends unknown[], Answer>(
    endpoint: Endpoint,
    channel: WireChannel,
    api: API<Arguments, Answer>,
    parameters: Arguments,
    waitMs = 0,
  ): Promise<Answer> {
    if (this.#closed) return Promise.reject(closedHere(endpoint))
    return this.#wire(endpoint, channel).call(api, parameters, waitMs)
  }

  /**
   * The same for a request that is written straight into its frame, on channels that carry nothing else.
   *
   * @throws LinkFailure
   */
  ask<Answer>(
    endpoint: Endpoint,
    channel: ProduceChannel,
    request: FramedRequest<Answer>,
    waitMs = 0,
  ): Promise<Answer> {
    if (this.#closed) return Promise.reject(closedHere(endpoint))
    return this.#wire(endpoint, channel).ask(request, waitMs)
  }

  /**
   * The level of a feature that the cluster has agreed on, as this broker knows it.
   *
   * @throws LinkFailure
   */
  featureLevel(endpoint: Endpoint, channel: WireChannel, feature: string): Promise<number> {
    if (this.#closed) return Promise.reject(closedHere(endpoint))
    return this.#wire(endpoint, channel).featureLevel(feature)
  }

  abandon(endpoint: Endpoint, channel: WireChannel): void {
    this.#open
      .get(keyOf(endpoint, channel))
      ?.break(
        new LinkFailure(
          'closed',
          endpoint.broker,
          `the connection to ${printEndpoint(endpoint)} was abandoned`,
        ),
      )
  }

  close(): void {
    this.#closed = true
    for (const wire of this.#open.values())
      wire.break(new LinkFailure('closed', null, 'the connections were closed on this side'))
  }

  #wire(endpoint: Endpoint, channel: WireChannel): Wire {
    const key = keyOf(endpoint, channel)
    const existing = this.#open.get(key)
    if (existing !== undefined) return existing
    const wire: Wire = new Wire(endpoint, this.#options, () => {
      if (this.#open.get(key) === wire) this.#open.delete(key)
    })
    this.#open.set(key, wire)
    return wire
  }
}

const keyOf = (endpoint: Endpoint, channel: WireChannel): string =>
  `${channel} ${printAddress(endpoint.address)}`

const closedHere = (endpoint: Endpoint): LinkFailure =>
  new LinkFailure(
    'closed',
    endpoint.broker,
    `${printEndpoint(endpoint)} is not asked: the connections were closed on this side`,
  )
