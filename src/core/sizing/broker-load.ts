import { formatCount, type SizingLimits, type Workload } from '../model/index.ts'
import type { BrokerLoad, Demand } from './report.ts'

/**
 * What the brokers must do for a design: bytes, batches, replicas, and what those cost in memory and handles.
 *
 * Batch fill. A batch closes when it is full or when its linger is over. In one linger a producer collects
 * `rate × linger ÷ (partitions × producers)` records for one partition, at least the one that opened the batch. Brokers
 * pay per batch, followers included (the limit counts them in); so more partitions or producers at one rate mean more
 * work for the same records.
 */
export const brokerLoad = (
  workload: Workload,
  limits: SizingLimits,
  demand: Demand,
  partitions: number,
): BrokerLoad => {
  const { brokers, replicationFactor, retentionHours } = workload.cluster
  const replicasPerBroker = Math.ceil((partitions * replicationFactor) / brokers)
  const batch = batchesOf(workload, limits, demand, partitions)
  const written = (demand.bytesPerSecond * replicationFactor) / brokers
  // the peak is not the average: disks fill with what was stated
  const averageBytesPerSecond = demand.bytesPerSecond / demand.peakFactor
  return {
    brokers,
    replicationFactor,
    replicasPerBroker,
    leadersPerBroker: Math.ceil(partitions / brokers),
    bytesWrittenPerSecondPerBroker: written,
    bytesReadPerSecondPerBroker: (demand.bytesPerSecond * replicationFactor) / brokers,
    brokersForBytes: Math.max(
      replicationFactor,
      Math.ceil((demand.bytesPerSecond * replicationFactor) / limits.bytesPerSecondPerBroker.value),
    ),
    ...batch,
    batchesPerSecondPerBrokerMax: limits.batchesPerSecondPerCore.value * limits.coresPerBroker.value,
    retentionHours,
    diskBytesPerBroker: (averageBytesPerSecond * replicationFactor * retentionHours * 3600) / brokers,
    residentBytesPerBroker: replicasPerBroker * limits.residentBytesPerReplica.value,
    fileHandlesPerBroker: Math.ceil(replicasPerBroker * limits.fileHandlesPerReplica.value),
    memoryMapsPerBroker: Math.ceil(replicasPerBroker * limits.memoryMapsPerReplica.value),
  }
}

const batchesOf = (
  workload: Workload,
  limits: SizingLimits,
  { recordsPerSecond, bytesPerSecond }: Demand,
  partitions: number,
): Pick<
  BrokerLoad,
  'recordsPerBatch' | 'batchFillShare' | 'batchesPerSecondPerBroker' | 'batchArithmetic'
> => {
  const producers = (workload.producers ?? limits.producers).value
  const lingerMs = (workload.lingerMs ?? limits.lingerMs).value
  const batchBytes = (workload.batchBytes ?? limits.batchBytes).value
  const { brokers } = workload.cluster
  const recordBytes = bytesPerSecond / recordsPerSecond
  const fullBatch = Math.max(1, Math.floor(batchBytes / recordBytes))
  const collected = (recordsPerSecond * (lingerMs / 1000)) / (partitions * producers)
  const recordsPerBatch = Math.min(fullBatch, Math.max(1, collected))
  return {
    recordsPerBatch,
    batchFillShare: recordsPerBatch / fullBatch,
    batchesPerSecondPerBroker: recordsPerSecond / recordsPerBatch / brokers,
    batchArithmetic:
      `${formatCount(recordsPerSecond)}/s × ${formatCount(lingerMs)} ms ÷ (${formatCount(partitions)} partitions × ${formatCount(producers)} producers) = ` +
      `${figure(collected)} records a batch` +
      (collected < 1
        ? ', so 1'
        : collected > fullBatch
          ? `, cut at the ${formatCount(fullBatch)} that fit ${formatCount(batchBytes)} bytes`
          : ` of the ${formatCount(fullBatch)} that fit`),
  }
}

const figure = (value: number): string =>
  value >= 10 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(2)))
