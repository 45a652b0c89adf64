/** The members of a chaos run: processes that are started, ended, killed and stopped, and what their files tell. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ConsumerOptions } from '../../src/consumer/consumer.ts'
import type { GroupEffect, PeriodEnd } from '../../test/support/group-judge.ts'

interface Member {
  readonly child: ChildProcess
  readonly file: string
  readonly ended: Promise<void>
  state: 'starting' | 'running' | 'leaving' | 'stopped' | 'killed' | 'gone'
}

export interface MembersOptions {
  readonly bootstrapServer: string
  readonly topic: string
  readonly group: string
  readonly folder: string
  readonly settings: Partial<ConsumerOptions>
  /** Where effects go through an idempotent sink as well; null: they do not. */
  readonly database: string | null
  /** Some records fail in every handler and go to the dead-letter topic. */
  readonly poison: boolean
}

/** What a member's process is told. */
export interface MemberTask extends Omit<MembersOptions, 'folder'> {
  readonly file: string
}

const entry = join(import.meta.dirname, 'member.ts')

export class Members {
  readonly #options: MembersOptions
  readonly #all: Member[] = []

  constructor(options: MembersOptions) {
    this.#options = options
  }

  /** Those that were given partitions and work. */
  get running(): readonly Member[] {
    return this.#all.filter(each => each.state === 'running')
  }

  /** Those that the group may still count in. */
  get present(): number {
    return this.#all.filter(({ state }) => state === 'starting' || state === 'running' || state === 'stopped')
      .length
  }

  join(settings: Partial<ConsumerOptions> = {}): void {
    const { folder, ...rest } = this.#options
    const file = join(folder, `member-${this.#all.length}.log`)
    const task: MemberTask = { ...rest, file, settings: { ...rest.settings, ...settings } }
    const child = spawn(process.execPath, [entry, JSON.stringify(task)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const ended = new Promise<void>(resolve => {
      child.once('exit', () => {
        if (member.state !== 'killed') member.state = 'gone'
        resolve()
      })
    })
    child.on('message', () => {
      if (member.state === 'starting') member.state = 'running'
    })
    const member: Member = { child, file, ended, state: 'starting' }
    this.#all.push(member)
  }

  leave(member: Member): void {
    member.state = 'leaving'
    member.child.kill('SIGTERM')
  }

  kill(member: Member): void {
    member.state = 'killed'
    member.child.kill('SIGKILL')
  }

  /** SIGSTOP, and SIGCONT after `forMs`. */
  async stop(member: Member, forMs: number): Promise<void> {
    member.state = 'stopped'
    member.child.kill('SIGSTOP')
    await pause(forMs)
    member.child.kill('SIGCONT')
    if (member.state === 'stopped') member.state = 'running'
  }

  /** Everybody leaves in order. */
  async close(): Promise<void> {
    for (const member of this.#all)
      if (member.state === 'running' || member.state === 'starting') this.leave(member)
    await Promise.all(this.#all.map(member => member.ended))
  }

  /** In a run that failed. */
  abandon(): void {
    for (const member of this.#all) if (member.state !== 'gone') member.child.kill('SIGKILL')
  }

  story(): MembersStory {
    const ends = new Map<number, PeriodEnd>()
    const events: { readonly nanos: bigint; readonly effect: GroupEffect }[] = []
    const numbers = new Map<string, number>()
    const files = this.#all.map(member => ({ member, lines: linesOf(member.file) }))
    const begun = files
      .flatMap(({ lines }) =>
        lines.flatMap(([kind, nanos]) => (kind === 'A' && nanos !== undefined ? [nanos] : [])),
      )
      .toSorted((left, right) => (BigInt(left) < BigInt(right) ? -1 : 1))
    begun.forEach((nanos, index) => numbers.set(nanos, index))
    const errors: string[] = []
    const losses: string[] = []
    const accounts: number[][] = []
    for (const { member, lines } of files) {
      const open = new Map<string, number>()
      for (const [kind = '', nanos = '', ...rest] of lines) {
        const [partition = '', detail = ''] = rest
        if (kind === 'A') open.set(partition, numbers.get(nanos) ?? -1)
        else if (kind === 'E') {
          const [period = '', where = '', offset = '', key = '', sequence = ''] = rest
          const effect = {
            period: numbers.get(period) ?? -1,
            partition: Number(where),
            offset: Number(offset),
            key,
            sequence: Number(sequence),
          }
          events.push({ nanos: BigInt(nanos), effect })
        } else if (kind === 'X') errors.push(rest.join(' '))
        else if (kind === 'C') accounts.push(rest.map(Number))
        else {
          const period = open.get(partition)
          open.delete(partition)
          if (kind === 'L') losses.push(rest.slice(1).join(' '))
          if (period !== undefined)
            ends.set(period, kind === 'L' ? 'lost' : detail === '1' ? 'given up in order' : 'given up late')
        }
      }
      if (member.state === 'killed') for (const period of open.values()) ends.set(period, 'killed')
    }
    events.sort((left, right) => (left.nanos < right.nanos ? -1 : 1))
    return { effects: events.map(({ effect }) => effect), ends, errors, losses, accounts }
  }
}

export interface MembersStory {
  /** Of all members, in the order of the machine's clock. */
  readonly effects: readonly GroupEffect[]
  readonly ends: ReadonlyMap<number, PeriodEnd>
  /** What ended a member that nobody asked to end. */
  readonly errors: readonly string[]
  /** Why partitions were lost, as the members were told. */
  readonly losses: readonly string[]
  /** Of each member that came to rest: records consumed, processed, dead-lettered, in flight, given back. */
  readonly accounts: readonly (readonly number[])[]
}

/** Whole lines, by fields. A kill may have torn the last one: what was not written whole had no effect. */
const linesOf = (file: string): string[][] => {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch {
    // killed before it began
    return []
  }
  return content
    .slice(0, content.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' '))
}
