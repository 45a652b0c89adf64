/**
 * Brokers as processes: running, paused (SIGSTOP), down. What a process does not notice at once, the controller does
 * not either: a killed or paused broker stays leader and in sync until its session with the controller ends, and until
 * then everything that waits for its copies waits. That delay is where clients fail, so it is modelled.
 *
 * A paused process loses nothing: what reached its sockets is done when it goes on, even if the sender has long given
 * up. A killed one loses what it had not done.
 *
 * What it does not do: two controllers, loss of the controller's quorum, slow disks. A broker that comes back has
 * caught up after a fixed time, whatever it missed.
 */
import type { BrokerId } from '../model/index.ts'
import type { Agenda } from './agenda.ts'
import type { Controller } from './controller.ts'

export type ProcessState = 'running' | 'paused' | 'down'

export interface ProcessSettings {
  /** `broker.session.timeout.ms`: silence after which the controller gives up on a broker. */
  readonly brokerSessionMs: number
  /** From start of the process to its registration. */
  readonly bootMs: number
  /** From registration to being in sync again. */
  readonly catchUpMs: number
}

interface Process {
  state: ProcessState
  /** Changes with every state, so that a timer of an earlier life does nothing in a later one. */
  life: number
  fenced: boolean
  inbox: (() => void)[]
}

export class BrokerProcesses {
  readonly #agenda: Agenda
  readonly #settings: ProcessSettings
  readonly #controller: Controller
  readonly #processes: Map<BrokerId, Process>
  readonly #downListeners = new Set<(id: BrokerId) => void>()
  readonly #runningListeners: (() => void)[] = []

  constructor(ids: readonly BrokerId[], agenda: Agenda, settings: ProcessSettings, controller: Controller) {
    this.#agenda = agenda
    this.#settings = settings
    this.#controller = controller
    this.#processes = new Map(ids.map(id => [id, { state: 'running', life: 0, fenced: false, inbox: [] }]))
  }

  /** Undefined: no such broker. */
  state(id: BrokerId): ProcessState | undefined {
    return this.#processes.get(id)?.state
  }

  isRunning(id: BrokerId): boolean {
    return this.state(id) === 'running'
  }

  /** Now when the process runs, on resuming when it is paused, never when it is or goes down before. */
  whenRunning(id: BrokerId, action: () => void): void {
    const node = this.#processes.get(id)
    if (node?.state === 'running') action()
    else if (node?.state === 'paused') node.inbox.push(action)
  }

  /** Connections break when a process ends; call the result to stop listening. */
  onDown(listener: (id: BrokerId) => void): () => void {
    this.#downListeners.add(listener)
    return () => this.#downListeners.delete(listener)
  }

  /** A process runs again: replication that waited for it goes on. */
  onRunning(listener: () => void): void {
    this.#runningListeners.push(listener)
  }

  /** SIGKILL. */
  kill(id: BrokerId): void {
    const node = this.#running(id, 'kill', ['running', 'paused'])
    this.#enter(node, 'down')
    node.inbox = []
    this.#fenceAfterSession(id, node)
    for (const listener of this.#downListeners) listener(id)
  }

  /** SIGTERM: leaders move away before the process ends. */
  stop(id: BrokerId): void {
    const node = this.#running(id, 'stop', ['running'])
    this.#fence(id, node)
    this.#enter(node, 'down')
    for (const listener of this.#downListeners) listener(id)
  }

  start(id: BrokerId): void {
    const node = this.#running(id, 'start', ['down'])
    const life = ++node.life
    this.#agenda.after(this.#settings.bootMs, () => {
      if (node.life !== life) return
      // an incarnation that the controller had not missed yet is replaced: its leaderships go first
      this.#fence(id, node)
      this.#enter(node, 'running')
      this.#register(id, node)
    })
  }

  pause(id: BrokerId): void {
    const node = this.#running(id, 'pause', ['running'])
    this.#enter(node, 'paused')
    this.#fenceAfterSession(id, node)
  }

  resume(id: BrokerId): void {
    const node = this.#running(id, 'resume', ['paused'])
    this.#enter(node, 'running')
    if (node.fenced) this.#register(id, node)
    const inbox = node.inbox
    node.inbox = []
    for (const action of inbox) action()
    for (const listener of this.#runningListeners) listener()
  }

  #running(id: BrokerId, verb: string, allowed: readonly ProcessState[]): Process {
    const node = this.#processes.get(id)
    if (node === undefined) throw new RangeError(`cannot ${verb} broker ${id}: there is none`)
    if (!allowed.includes(node.state))
      throw new RangeError(`cannot ${verb} broker ${id}: it is ${node.state}`)
    return node
  }

  #enter(node: Process, state: ProcessState): void {
    node.state = state
    node.life++
  }

  #fenceAfterSession(id: BrokerId, node: Process): void {
    const life = node.life
    this.#agenda.after(this.#settings.brokerSessionMs, () => {
      if (node.life === life) this.#fence(id, node)
    })
  }

  #fence(id: BrokerId, node: Process): void {
    if (node.fenced) return
    node.fenced = true
    this.#controller.fence(id)
  }

  #register(id: BrokerId, node: Process): void {
    node.fenced = false
    this.#controller.unfence(id)
    for (const listener of this.#runningListeners) listener()
    this.#catchUp(id, node, node.life)
  }

  #catchUp(id: BrokerId, node: Process, life: number): void {
    this.#agenda.after(this.#settings.catchUpMs, () => {
      if (node.life !== life || node.fenced) return
      if (!this.#controller.joinIsr(id, leader => this.isRunning(leader))) this.#catchUp(id, node, life)
    })
  }
}
