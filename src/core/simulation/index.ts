export { Agenda, type Appointment } from './agenda.ts'
export type { ProcessState } from './broker-processes.ts'
export {
  advanceCommits,
  type CommitEvent,
  type CommitState,
  newCommits,
  readAgain,
  safeOffset,
  skipped,
} from './commit-steps.ts'
export {
  drawFaultPlan,
  drawNetworkFault,
  type FaultEvent,
  type FaultPlan,
  type FaultPlanOptions,
  type NetworkFault,
  type NetworkFaults,
  noNetworkFaults,
} from './faults.ts'
export { type ImaginedLoad, type ImaginedTopic, imagineLoad, type LogPositions } from './imagined-load.ts'
export {
  advanceOrdering,
  laneOfKey,
  newOrdering,
  type OrderedRecord,
  type OrderingEvent,
  type OrderingState,
} from './ordering-steps.ts'
export { between, chance, integerBelow, pick, type SeededRandom, seededRandom, shuffled } from './random.ts'
export {
  advanceReplication,
  newReplication,
  type PlacedReplica,
  type ReplicaState,
  type ReplicationEvent,
  type ReplicationState,
} from './replication-steps.ts'
export {
  defaultSettings,
  SimulatedKafka,
  type SimulatedKafkaOptions,
  type SimulatedKafkaSettings,
  simulatedBrokers,
} from './simulated-kafka.ts'
export { configsInForce } from './topic-configs.ts'
