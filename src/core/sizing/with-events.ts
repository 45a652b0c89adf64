import type { Workload } from '../model/index.ts'
import { shareOf, statedRecordsPerSecond } from './demand.ts'
import { simulateEvent } from './events.ts'
import type { EventFigures, SizingReport } from './report.ts'
import { eventRisks, worstFirst } from './risks.ts'

/** The report with every event of the workload simulated on it, for each key that is weighed, and what follows. */
export const withEvents = (
  report: SizingReport,
  workload: Workload,
  random: { next(): number },
): SizingReport => {
  const events = simulateEvents(report, workload, random)
  return { ...report, events, risks: worstFirst([...report.risks, ...eventRisks({ ...report, events })]) }
}

const simulateEvents = (
  { topics }: SizingReport,
  workload: Workload,
  random: { next(): number },
): readonly EventFigures[] => {
  const stated = statedRecordsPerSecond(workload)
  return workload.events.flatMap(event =>
    workload.topics.flatMap((topic, index) => {
      const design = topics[index]
      if (design === undefined || topic.key === null || (event.topic ?? topic.name) !== topic.name) return []
      return [topic.key, ...topic.alternatives].map(population =>
        simulateEvent(event, {
          topic: topic.name,
          population,
          partitions: design.partitions,
          recordsPerSecond: stated * shareOf(topic, workload),
          consumerRecordsPerSecond: design.consumerRecordsPerSecond,
          sources: workload.rate.sources,
          shareOfWave: event.topic === null ? shareOf(topic, workload) : 1,
          random,
        }),
      )
    }),
  )
}
