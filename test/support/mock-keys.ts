import type { PartitionKeysView } from '../../src/api/contract.ts'

/** Keys of any partition: one that carries nearly all, a few that carry something, many that do not. */
export const mockKeys = (topic: string, partition: number): PartitionKeysView => {
  const shares = [0.81, 0.04, 0.009, 0.007]
  const around = (share: number) => ({
    share,
    low: Math.max(0, share - 0.012),
    high: Math.min(1, share + 0.012),
  })
  return {
    topic,
    partition,
    method: 'sampled',
    note: '32.1k records read of the last 58 s, 14 % of what was written; about 1,140 keys seen.',
    windowMs: 58_000,
    records: 232_000,
    bytes: 17_600_000,
    recordsRead: 32_100,
    keyless: { share: 0, low: 0, high: 0 },
    distinctKeys: 1_140,
    distinctKeysError: 0.0325,
    inFull: false,
    keys: shares.map((share, at) => ({
      key: `user-4${at}···${34 + at}`,
      hash: (0x3a11d9e1 + at * 0x1234567).toString(16).slice(0, 8),
      records: around(share),
      bytes: around(share),
      recordsPerSecond: share * 3_870,
      timesMeanKey: share * 1_140,
    })),
  }
}
