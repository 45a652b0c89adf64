/**
 * What is known of topics from one transaction to the next. Each transaction has a producer of its own, which asks who
 * leads what before it sends; asking the cluster that again every time would cost a round trip per transaction. So a
 * question that only a new topic can have caused is answered from here; one that is asked again means that something
 * has moved, and goes to the brokers.
 *
 * The partition count of a topic stays what it was when the topic was first used: a count that grew between two
 * transactions would move keys in mid-stream, as it would within one.
 */
import type { BrokerLink, MetadataAnswer } from '../../ports/broker-link.ts'

type TopicAnswer = MetadataAnswer['topics'][number]

export class KnownTopics {
  readonly #link: BrokerLink
  readonly #topics = new Map<string, TopicAnswer>()
  #brokers: MetadataAnswer['brokers'] = []

  constructor(link: BrokerLink) {
    this.#link = link
  }

  /** `metadata` for the producer of one transaction. */
  forTransaction(): BrokerLink['metadata'] {
    const told = new Set<string>()
    return names => {
      if (names === null) return this.#ask(names)
      const isNews = names.some(name => !told.has(name))
      const known = names.flatMap(name => this.#topics.get(name) ?? [])
      for (const name of names) told.add(name)
      return isNews && known.length === names.length
        ? Promise.resolve({ brokers: this.#brokers, topics: known })
        : this.#ask(names)
    }
  }

  async #ask(names: readonly string[] | null): Promise<MetadataAnswer> {
    const answer = await this.#link.metadata(names)
    this.#brokers = answer.brokers
    return { brokers: answer.brokers, topics: answer.topics.map(topic => this.#learn(topic)) }
  }

  #learn(topic: TopicAnswer): TopicAnswer {
    if (topic.code !== 0 || topic.partitions.length === 0) return topic
    const before = this.#topics.get(topic.name)
    const learned =
      before?.topicId === topic.topicId
        ? { ...topic, partitions: topic.partitions.slice(0, before.partitions.length) }
        : topic
    this.#topics.set(topic.name, learned)
    return learned
  }
}
