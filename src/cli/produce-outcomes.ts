import { closeSync, openSync, writeSync } from 'node:fs'
import { LanekeeperError } from '../core/model/index.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../producer/outcome.ts'
import type { Resolution } from '../producer/settle.ts'
import { refusalOf } from './output.ts'

/** A record with its place in the input, 1 for the first: what the outcomes file calls its sequence. */
export interface NumberedRecord extends ProducerRecord {
  readonly sequence: number
}

/** Written out when so much has gathered: few system calls, and little lost when the process is killed. */
const CHUNK_CHARACTERS = 64 * 1024

/**
 * The witness of a run: one JSON line a record with its key, its place in the input, and what became of it, in the order
 * in which that was settled. Whoever has the log of the topic can check every word of it.
 */
export class OutcomesFile {
  readonly #file: number
  readonly #name: string
  #lines = ''
  #failure: LanekeeperError | null = null

  /** Throws FILE_UNREADABLE before anything is sent. An existing file is overwritten. */
  constructor(path: string, name: string) {
    this.#name = name
    try {
      this.#file = openSync(path, 'w')
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? ''
      throw new LanekeeperError('FILE_UNREADABLE', `--outcomes ${name}: cannot be written (${code}).`, {
        fix: 'Name a file in a folder that exists and may be written.',
        cause,
      })
    }
  }

  /**
   * Why it cannot be written on; null while it can. It is called in the course of the producer's work, so it throws
   * nothing: records on their way would be left without an end.
   */
  get failure(): LanekeeperError | null {
    return this.#failure
  }

  write(record: NumberedRecord, outcome: Outcome): void {
    this.#lines += `${JSON.stringify(outcomeLine(record, outcome))}\n`
    if (this.#lines.length >= CHUNK_CHARACTERS) this.#flush()
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = ''
    if (this.#failure !== null) return
    try {
      writeSync(this.#file, lines)
    } catch (cause) {
      this.#failure = new LanekeeperError(
        'FILE_UNREADABLE',
        `--outcomes ${this.#name}: ${refusalOf(cause)}; it does not tell of all records.`,
        {
          fix: 'What was sent is in the log. Make room, or name another file, before the rest is sent.',
          cause,
        },
      )
    }
  }
}

const outcomeLine = ({ key, sequence }: NumberedRecord, outcome: Outcome): unknown => {
  const head = { key: keyText(key ?? null), sequence, outcome: outcome.kind }
  switch (outcome.kind) {
    case 'acknowledged':
      return { ...head, partition: outcome.partition, offset: outcome.offset }
    case 'failed':
      return { ...head, code: outcome.code, retriable: outcome.retriable, why: outcome.why }
    case 'in-doubt':
      return { ...head, why: outcome.why }
  }
}

const keyText = (key: Uint8Array | string | null): string | null =>
  key === null || typeof key === 'string' ? key : Buffer.from(key).toString('utf8')

const REASONS_MAX = 5

/** What is counted of the outcomes while a run goes on. */
export class OutcomeTally {
  /** Acknowledged records by partition. */
  readonly spread: Float64Array
  /** The first few different reasons for records that were not acknowledged. */
  readonly reasons = new Map<string, number>()
  readonly #file: OutcomesFile | null
  /** In doubt so far; the log may still tell, and a record has one line. */
  readonly #doubtful = new Map<ProducerRecord, Outcome>()

  constructor(partitions: number, file: OutcomesFile | null) {
    this.spread = new Float64Array(partitions)
    this.#file = file
  }

  /** Why outcomes are no longer told, so that nothing more should be sent; null while all is well. */
  get failure(): LanekeeperError | null {
    return this.#file?.failure ?? null
  }

  readonly take: OnOutcome = (outcome, record) => {
    if (outcome.kind === 'in-doubt') this.#doubtful.set(record, outcome)
    else this.#settled(outcome, record)
  }

  /** Takes what the log says about records in doubt, and gives the rest up as such. */
  finish(resolutions: readonly Resolution[]): void {
    for (const { each } of resolutions)
      for (const { record, outcome } of each) this.#doubtful.set(record, outcome)
    for (const [record, outcome] of this.#doubtful) this.#settled(outcome, record)
    this.#file?.close()
  }

  #settled(outcome: Outcome, record: ProducerRecord): void {
    this.#file?.write(record as NumberedRecord, outcome)
    if (outcome.kind === 'acknowledged')
      this.spread[outcome.partition] = (this.spread[outcome.partition] ?? 0) + 1
    else if (this.reasons.has(outcome.why) || this.reasons.size < REASONS_MAX)
      this.reasons.set(outcome.why, (this.reasons.get(outcome.why) ?? 0) + 1)
  }
}
