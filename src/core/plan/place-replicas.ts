import type { BrokerId, BrokerInfo } from '../model/index.ts'

/**
 * Where Kafka would put the replicas of new partitions.
 *
 * Goal: a snapshot after a step must look like the cluster will, so that a plan can be judged before it runs. The
 * controller starts at a random broker; ours starts where the caller says. So compare invariants, never bytes:
 *  - no broker holds two replicas of a partition;
 *  - a partition's replicas spread over racks as evenly as the racks allow;
 *  - preferred leaders differ by at most one between brokers.
 *
 * Method: line the brokers up rack by rack in turn (first of each rack, second of each rack, …). Partition p is led
 * by the p-th in line. Followers are found by walking the line from there: the first round takes one broker of each
 * rack, the next round a second one, until enough. Each time the line has been used up the walk starts one place
 * further on, so that two brokers are not always paired and a dead one's load does not fall on a single neighbour.
 *
 * Brokers without a rack count as one rack of their own, as the KRaft controller counts them. Dead brokers get
 * nothing. Not done: weighing by load or disk; that is what balancing plans are for.
 *
 * Source of the rules: org.apache.kafka.metadata.placement.StripedReplicaPlacer and KIP-36.
 */
export const placeReplicas = (
  brokers: readonly BrokerInfo[],
  count: number,
  replicationFactor: number,
  start: number,
): readonly (readonly BrokerId[])[] => {
  const line = inTurnByRack(brokers.filter(broker => broker.alive))
  if (replicationFactor < 1 || replicationFactor > line.length)
    throw new RangeError(`${replicationFactor} replicas do not fit on ${line.length} brokers`)
  return Array.from({ length: count }, (_, index) => replicasOf(line, start + index, replicationFactor))
}

const inTurnByRack = (brokers: readonly BrokerInfo[]): readonly BrokerInfo[] => {
  const racks = Map.groupBy(
    brokers.toSorted((a, b) => a.id - b.id),
    broker => broker.rack,
  )
  // By the smallest broker id in the rack, so that the order of input does not matter
  const lines = [...racks.values()]
  const longest = Math.max(0, ...lines.map(rack => rack.length))
  return Array.from({ length: longest }, (_, position) => lines.flatMap(rack => rack[position] ?? [])).flat()
}

const replicasOf = (
  line: readonly BrokerInfo[],
  turn: number,
  replicationFactor: number,
): readonly BrokerId[] => {
  const first = turn % line.length
  const leader = line[first] as BrokerInfo
  const others = [...line.slice(first + 1), ...line.slice(0, first)]
  const shift = others.length === 0 ? 0 : Math.floor(turn / line.length) % others.length
  const walk = [...others.slice(shift), ...others.slice(0, shift)]

  const chosen = [leader]
  const perRack = new Map<string | null, number>([[leader.rack, 1]])
  for (let round = 1; chosen.length < replicationFactor; round++)
    for (const broker of walk) {
      const inRack = perRack.get(broker.rack) ?? 0
      if (chosen.length === replicationFactor || inRack >= round || chosen.includes(broker)) continue
      chosen.push(broker)
      perRack.set(broker.rack, inRack + 1)
    }
  return chosen.map(broker => broker.id)
}
