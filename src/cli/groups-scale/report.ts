import { explainScale, type ScaleDecision, type ScaleReason, stuckSentence } from '../../core/groups/index.ts'
import { asCalled } from '../called-as.ts'
import { print, printJson } from '../output.ts'
import type { Io } from '../world.ts'

/** Prints decisions: every change, and every new reason; a reason that stays is said once. */
export class ScaleReport {
  readonly #io: Io
  readonly #groupId: string
  readonly #json: boolean
  #kind: ScaleReason['kind'] | null = null
  #stuck: string | null = null

  constructor(io: Io, groupId: string, json: boolean) {
    this.#io = io
    this.#groupId = groupId
    this.#json = json
  }

  tell(decision: ScaleDecision): void {
    const { reason, consumers, before, load } = decision
    const stuck = stuckSentence(load.stuck)
    const isNew = reason.kind !== this.#kind || consumers !== before || stuck !== this.#stuck
    this.#kind = reason.kind
    this.#stuck = stuck
    if (isNew) this.print(decision)
  }

  print(decision: ScaleDecision): void {
    const { consumers, before, reason, load, capacityPerSecond } = decision
    const sentence = explainScale(decision)
    const stuck = stuckSentence(load.stuck)
    if (!this.#json) {
      print(this.#io, asCalled(this.#io, sentence))
      if (stuck !== null) print(this.#io, stuck)
      return
    }
    const [limit] = load.limited
    printJson(this.#io, {
      event: 'decision',
      group: this.#groupId,
      consumers,
      before,
      reason: reason.kind,
      sentence,
      arrivingPerSecond: finite(load.arrivingPerSecond),
      processedPerSecond: finite(load.processedPerSecond),
      backlogRecords: finite(load.backlogRecords),
      consumerCarriesPerSecond: finite(capacityPerSecond),
      late: load.late.length,
      unknown: load.unknown.length,
      limit:
        limit === undefined
          ? null
          : { topic: limit.partition.topic, partition: limit.partition.partition, why: limit.why },
      stuck: load.stuck.map(({ topic, partition }) => ({ topic, partition })),
    })
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
