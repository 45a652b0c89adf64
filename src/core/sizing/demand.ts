import {
  type Figure,
  formatByteRate,
  formatCount,
  formatRate,
  type SizingLimits,
  type Workload,
  type WorkloadTopic,
} from '../model/index.ts'
import type { Demand } from './report.ts'

/** Records a second as stated: neither peak nor growth. */
export const statedRecordsPerSecond = ({ rate }: Workload): number =>
  (rate.sources * rate.recordsEach) / rate.periodSeconds

/** The topic's part of the whole stream, 0 … 1. */
export const shareOf = (topic: WorkloadTopic, { topics }: Workload): number =>
  topic.weight / topics.reduce((sum, { weight }) => sum + weight, 0)

/** From what was stated to what the design must carry, each factor with its arithmetic. */
export const demandOf = (workload: Workload, limits: SizingLimits): Demand => {
  const { rate, growth } = workload
  const stated = statedRecordsPerSecond(workload)
  const peak = peakOf(workload, limits)
  const growthFactor = (1 + growth.shareAYear) ** growth.years
  const recordsPerSecond = stated * peak.value * growthFactor
  const bytesPerSecond = workload.topics.reduce(
    (sum, topic) => sum + recordsPerSecond * shareOf(topic, workload) * topic.recordBytes,
    0,
  )
  const sources = rate.sources === 1 ? '' : `${formatCount(rate.sources)} sources × `
  const period = rate.periodSeconds === 1 ? '' : ` ÷ ${formatCount(rate.periodSeconds)} s`
  const arithmetic = [
    `${sources}${formatCount(rate.recordsEach)} records${period} = ${formatRate(stated)} (${rate.is === 'peak' ? 'stated as the peak' : 'average'})`,
  ]
  if (rate.is === 'average')
    arithmetic.push(
      `× ${factor(peak.value)} at the peak (${peakWords(workload, peak)}) = ${formatRate(stated * peak.value)}`,
    )
  if (growthFactor !== 1)
    arithmetic.push(
      `× ${factor(growthFactor)} growth (${formatCount(growth.shareAYear * 100)} % a year for ${formatCount(growth.years)} ${growth.years === 1 ? 'year' : 'years'}) = ${formatRate(recordsPerSecond)}`,
    )
  arithmetic.push(`design rate ${formatRate(recordsPerSecond)}, ${formatByteRate(bytesPerSecond)}`)
  return {
    statedRecordsPerSecond: stated,
    peakFactor: peak.value,
    peakSource: peak.source,
    growthFactor,
    recordsPerSecond,
    bytesPerSecond,
    arithmetic,
  }
}

const peakOf = ({ rate }: Workload, limits: SizingLimits): Figure => {
  if (rate.is === 'peak') return { value: 1, source: 'given' }
  if (rate.timeOfDayFactor === null && rate.seasonFactor === null) return limits.peakFactor
  return { value: (rate.timeOfDayFactor ?? 1) * (rate.seasonFactor ?? 1), source: 'given' }
}

const peakWords = ({ rate }: Workload, peak: Figure): string => {
  const words = [
    rate.timeOfDayFactor === null ? '' : `time of day ${factor(rate.timeOfDayFactor)}`,
    rate.seasonFactor === null ? '' : `season ${factor(rate.seasonFactor)}`,
  ].filter(word => word !== '')
  return words.length === 0 ? peak.source : words.join(', ')
}

const factor = (value: number): string => String(Number(value.toPrecision(4)))
