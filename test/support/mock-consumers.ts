import type { ConsumerView } from '../../src/api/consumers.ts'

/** Two members of `timeline-builder` in this process; one has a record that it cannot get past, and one that it put aside. */
export const mockConsumers = (): readonly ConsumerView[] => {
  const member = (number: number, given: Partial<ConsumerView>): ConsumerView => ({
    clientId: `timeline-builder-${number}`,
    groupId: 'timeline-builder',
    memberId: `0c2f3a54-5d1e-4b7a-9d6e-00000000000${number}`,
    partitions: 500,
    windowMs: 14_000,
    recordsPerSecond: 640,
    handlerFailuresPerSecond: 0,
    handlerMsP50: 3.2,
    handlerMsP99: 41,
    processedMsP99: 96,
    recordsInFlight: 12,
    handlerFailures: 0,
    recordsDeadLettered: 0,
    parkedKeys: 0,
    partitionsStopped: 0,
    troubles: [],
    ...given,
  })
  const failure = {
    records: 1,
    attempts: 10,
    verdict: 'dead-letter',
    at: '2026-03-01T12:00:00.000Z',
  } as const
  return [
    member(1, {}),
    member(2, {
      recordsPerSecond: 598,
      handlerFailuresPerSecond: 0.5,
      handlerFailures: 18,
      recordsDeadLettered: 1,
      troubles: [
        {
          topic: 'user-actions',
          partition: 417,
          handlerFailures: 8,
          retries: 8,
          recordsDeadLettered: 0,
          parkedKeys: 0,
          failing: {
            offset: '8123',
            records: 1,
            state: 'retrying',
            attempts: 8,
            failingMs: 9_400,
            error: 'SyntaxError',
          },
          lastFailure: {
            ...failure,
            offset: '8123',
            key: 'user-00···42',
            attempts: 8,
            error: 'SyntaxError',
            verdict: 'retry',
          },
        },
        {
          topic: 'user-actions',
          partition: 80,
          handlerFailures: 10,
          retries: 9,
          recordsDeadLettered: 1,
          parkedKeys: 0,
          failing: null,
          lastFailure: { ...failure, offset: '69', key: 'user-00···07', error: 'RangeError' },
        },
      ],
    }),
  ]
}
