/**
 * The contract of the ports `Cluster` and `BrokerLink`, as tests that know nothing of what stands behind. It is run on
 * a real Kafka cluster and on the simulated one; where they differ, Kafka is right and the simulation is changed.
 * Only what holds on both may be asserted here.
 */
import { after, before, describe, test } from 'node:test'
import { classicGroupTests } from './classic-groups.ts'
import { groupTests } from './groups.ts'
import { linkTests } from './links.ts'
import { recordTests } from './records.ts'
import { Bench, type Subject } from './subject.ts'
import { topicTests } from './topics.ts'
import { transactionTests } from './transactions.ts'

const parts = {
  topics: topicTests,
  records: recordTests,
  links: linkTests,
  groups: groupTests,
  classic: classicGroupTests,
  transactions: transactionTests,
}

/**
 * Defines the suite for one adapter. `open` is called once; three brokers and an empty name space are expected. Tests have
 * topics, groups and a link of their own, so that those on real brokers may wait side by side.
 */
export const clusterContract = (
  name: string,
  open: () => Promise<Subject>,
  { concurrency }: { readonly concurrency: number },
): void => {
  describe(`contract: ${name}`, () => {
    let subject: Subject
    before(async () => {
      subject = await open()
    })
    after(() => subject.close())
    for (const [part, tests] of Object.entries(parts))
      describe(part, { concurrency }, () => {
        Object.entries(tests).forEach(([title, body], index) => {
          test(title, () => subject.run(onBench(new Bench(subject, `${part}${index}`), body)))
        })
      })
  })
}

const onBench = async (bench: Bench, body: (bench: Bench) => Promise<void>): Promise<void> => {
  try {
    await body(bench)
  } finally {
    await bench.close()
  }
}
