import type { BrokerId } from '../core/model/index.ts'
import type { BrokerLink, Channel, ProduceAnswer, ProduceRequest } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'

/** A produce request and what came of it, for tracing and metrics. */
export interface ObservedRequest {
  readonly broker: BrokerId
  /** `produce-retry` carries partitions whose copies are late. */
  readonly channel: Channel
  /** One batch per partition; its bytes must not be changed or kept. */
  readonly request: ProduceRequest
}

export interface ObservedAnswer extends ObservedRequest {
  readonly durationMs: number
  /** A result per batch, by Kafka's codes; null: no answer came, and `failure` says why. */
  readonly answer: ProduceAnswer | null
  readonly failure: unknown
}

/** Called in the course of the work: be quick, and do not throw. */
export interface ProduceObserver {
  requested(request: ObservedRequest): void
  answered(answer: ObservedAnswer): void
}

/** `link.produce` with an observer before and behind it. */
export const observedProduce =
  (link: Pick<BrokerLink, 'produce'>, clock: Clock, observer: ProduceObserver): BrokerLink['produce'] =>
  async (broker, channel, request) => {
    const seen = { broker, channel, request }
    const startedMs = clock.monotonicMs()
    observer.requested(seen)
    try {
      const answer = await link.produce(broker, channel, request)
      observer.answered({ ...seen, durationMs: clock.monotonicMs() - startedMs, answer, failure: null })
      return answer
    } catch (failure) {
      observer.answered({ ...seen, durationMs: clock.monotonicMs() - startedMs, answer: null, failure })
      throw failure
    }
  }
