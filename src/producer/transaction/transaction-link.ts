import type { BrokerLink, TransactionIdentity } from '../../ports/broker-link.ts'
import type { ProducerLink } from '../producer.ts'

/**
 * The link as the producer of one transaction sees it: its producer id is given and not asked for, every batch names the
 * transaction, and metadata comes from what earlier transactions learned.
 */
export const transactionLink = (
  link: BrokerLink,
  { transactionalId, producerId, producerEpoch }: TransactionIdentity,
  metadata: BrokerLink['metadata'],
): ProducerLink => ({
  metadata,
  initProducerId: () => Promise.resolve({ code: 0, producerId, producerEpoch, transactional: true }),
  produce: (broker, channel, request) => link.produce(broker, channel, { ...request, transactionalId }),
  abandon: (broker, channel) => link.abandon(broker, channel),
  fetch: (broker, channel, request) => link.fetch(broker, channel, request),
  listOffsets: (broker, isolation, items) => link.listOffsets(broker, isolation, items),
})
