/** Worker processes on this machine, of which a number can be asked for. */
export interface Workers {
  /**
   * From now on so many. Workers are numbered from 1; the highest numbers end first (SIGTERM, and SIGKILL after the
   * grace), so that the others keep what they have. One that ends by itself is started again, ever more slowly.
   */
  scaleTo(count: number): void
  /** Started and not asked to end. */
  running(): number
  /** Asks all to end and resolves when they are gone. Starts none any more. */
  close(): Promise<void>
}

export interface WorkerOptions {
  /** Program and arguments, without a shell. Each worker finds its number in LANEKEEPER_WORKER. */
  readonly command: readonly string[]
  readonly cwd: string
  /** How long a worker may take to finish what it has and commit, before it is killed. */
  readonly graceMs: number
  readonly onEvent: (event: WorkerEvent) => void
}

export type WorkerEvent =
  | { readonly kind: 'started'; readonly worker: number; readonly pid: number }
  /** `asked` false: it ended by itself, and comes again in `againInMs`. */
  | {
      readonly kind: 'ended'
      readonly worker: number
      readonly how: string
      readonly asked: boolean
      readonly againInMs: number | null
    }
  /** It did not end within the grace. */
  | { readonly kind: 'killed'; readonly worker: number }
  /** One line of its output. */
  | { readonly kind: 'said'; readonly worker: number; readonly text: string }
