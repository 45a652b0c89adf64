/**
 * Questions that any broker can answer, put so that a broker that is dead or stuck costs nothing: all known addresses
 * are asked at once and the first good answer counts. The losers' answers are dropped; their failures matter only
 * when everybody failed.
 *
 * Refused credentials end the race at once: every other broker knows the same passwords, and each further try brings
 * the account nearer to being locked.
 */
import { type API, findCoordinatorV6, metadataV12 } from '@platformatic/kafka'
import { brokerId, kafkaCodeName, type BrokerId } from '../../core/model/index.ts'
import { type CoordinatorKind, LinkFailure } from '../../ports/broker-link.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'
import { asLinkFailure, mergeFailures } from './errors.ts'
import type { WireMetadata } from './metadata.ts'
import type { DescribedTopics } from './metadata-codec.ts'
import type { Wires } from './wires.ts'

const KEY_TYPES: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 }

export class Lookup {
  readonly #wires: Wires
  readonly #book: BrokerBook

  constructor(wires: Wires, book: BrokerBook) {
    this.#wires = wires
    this.#book = book
  }

  /** Metadata of the topics named, of all (null) or of none (empty), from the fastest broker. */
  async metadata(topics: readonly string[] | null): Promise<WireMetadata> {
    return (await this.#race(endpoint => this.metadataFrom(endpoint, topics))).answer
  }

  /** Metadata as this very broker sees it now. Never creates a topic. */
  async metadataFrom(endpoint: Endpoint, topics: readonly string[] | null): Promise<WireMetadata> {
    const answer = await this.#wires.call(endpoint, 'lookup', metadataV12.api, [
      topics === null ? null : [...topics],
      false,
      false,
    ])
    this.#book.learn(answer.brokers.map(({ nodeId, host, port }) => ({ id: brokerId(nodeId), host, port })))
    return answer
  }

  /** The same read into our own form. */
  async describedFrom(endpoint: Endpoint, request: API<[], DescribedTopics>): Promise<DescribedTopics> {
    const described = await this.#wires.call(endpoint, 'lookup', request, [])
    this.#book.learn(described.brokers)
    return described
  }

  /** A broker that answered just now: the one to send a request to that any broker takes. */
  async liveBroker(): Promise<Endpoint> {
    const { endpoint } = await this.#race(each => this.metadataFrom(each, []))
    return this.#book.named(endpoint)
  }

  /**
   * A question for one broker, not for all, because the answer is long. The winner of a race may die before it is
   * asked, so there is a second winner.
   */
  async askLiveBroker<Answer>(ask: (live: Endpoint) => Promise<Answer>): Promise<Answer> {
    try {
      return await ask(await this.liveBroker())
    } catch (error) {
      if (!(error instanceof LinkFailure) || error.kind === 'authentication') throw error
      return ask(await this.liveBroker())
    }
  }

  async coordinator(name: string, kind: CoordinatorKind): Promise<BrokerId> {
    const { answer } = await this.#race(async endpoint => {
      const { coordinators } = await this.#wires.call(endpoint, 'lookup', findCoordinatorV6.api, [
        KEY_TYPES[kind],
        [name],
      ])
      const [found] = coordinators
      if (found === undefined || found.errorCode !== 0)
        throw new LinkFailure(
          'unknown-broker',
          endpoint.broker,
          `no coordinator of ${kind} "${name}": ${kafkaCodeName(found?.errorCode ?? -1)}`,
        )
      return found
    })
    const id = brokerId(answer.nodeId)
    this.#book.learn([{ id, host: answer.host, port: answer.port }])
    return id
  }

  #race<Answer>(
    ask: (endpoint: Endpoint) => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly endpoint: Endpoint }> {
    const everyone = this.#book.everyone()
    return new Promise((resolve, reject) => {
      const failures: LinkFailure[] = []
      for (const endpoint of everyone)
        ask(endpoint).then(
          answer => resolve({ answer, endpoint }),
          (error: unknown) => {
            const failure = asLinkFailure(error, endpoint)
            failures.push(failure)
            if (failure.kind === 'authentication') reject(failure)
            else if (failures.length === everyone.length) reject(mergeFailures(failures))
          },
        )
    })
  }
}
