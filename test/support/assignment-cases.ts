import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Assignment, AssignorName, GroupStep } from '../../src/core/groups/index.ts'

/** Golden cases of Kafka's assignors; form and origin: test/vectors/PROVENANCE.md. */
export interface GoldenCase {
  readonly name: string
  readonly steps: readonly GroupStep[]
  /** By assignor and step: assignment by member and topic, or why the step cannot occur. */
  readonly results: Readonly<Record<AssignorName, readonly (PlainAssignment | string)[]>>
}

export type PlainAssignment = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>

interface StoredMember {
  readonly id: string
  readonly topics: readonly string[]
  readonly instanceId?: string
  readonly rack?: string
  readonly owned?: Readonly<Record<string, readonly number[]>>
  readonly generation?: number
}

interface StoredCase {
  readonly case: string
  readonly brokerRacks?: Readonly<Record<string, string>>
  readonly topicIds: Readonly<Record<string, string>>
  readonly steps: readonly {
    readonly topics: Readonly<Record<string, number>>
    readonly members: readonly StoredMember[]
    readonly replicas?: Readonly<Record<string, readonly (readonly number[])[]>>
  }[]
  readonly results: Readonly<
    Record<AssignorName, readonly { readonly assignment?: PlainAssignment; readonly notRun?: string }[]>
  >
}

export const readGoldenCases = (file: string): readonly GoldenCase[] =>
  readFileSync(join(import.meta.dirname, '../vectors/assignment', file), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => golden(JSON.parse(line) as StoredCase))

const golden = (stored: StoredCase): GoldenCase => ({
  name: stored.case,
  steps: stored.steps.map(({ topics, members, replicas }) => ({
    topics: Object.entries(topics).map(([name, partitions]) => ({
      name,
      partitions,
      id: Buffer.from(stored.topicIds[name] ?? '', 'base64url').toString('hex'),
      racks:
        replicas?.[name]?.map(brokers =>
          brokers.map(broker => stored.brokerRacks?.[broker] ?? '').filter(rack => rack !== ''),
        ) ?? null,
    })),
    members: members.map(({ id, topics: names, instanceId, rack, owned, generation }) => ({
      id,
      topics: names,
      instanceId: instanceId ?? null,
      rack: rack ?? null,
      owned:
        owned === undefined
          ? null
          : new Map(Object.entries(owned).map(([topic, list]) => [topic, Int32Array.from(list)])),
      generation: generation ?? null,
    })),
  })),
  results: Object.fromEntries(
    Object.entries(stored.results).map(([assignor, steps]) => [
      assignor,
      steps.map(step => step.notRun ?? (step.assignment as PlainAssignment)),
    ]),
  ) as unknown as GoldenCase['results'],
})

export const plainAssignment = (assignment: Assignment): PlainAssignment =>
  Object.fromEntries(
    [...assignment].map(([member, ownership]) => [
      member,
      Object.fromEntries([...ownership].map(([topic, partitions]) => [topic, [...partitions]])),
    ]),
  )
