/** The page's end of the worker that follows the event stream. */
import type { MapCells, ShownMap } from '../model/shown-maps.ts'
import type { TickNews } from '../model/tick-news.ts'

export type StreamCommand =
  | { readonly kind: 'open'; readonly run: number; readonly path: string }
  | { readonly kind: 'close' }
  /** The maps whose cells are to come with every tick. */
  | { readonly kind: 'show'; readonly maps: readonly ShownMap[] }

/** `run` says which opening an event belongs to: those of the one before may still be on their way. */
export type StreamEvent =
  | {
      readonly kind: 'tick'
      readonly run: number
      readonly news: TickNews
      readonly maps: readonly MapCells[]
    }
  | { readonly kind: 'error'; readonly run: number }

export interface TickStream {
  /** Begins anew, with a whole tick. */
  readonly open: () => void
  readonly close: () => void
  readonly show: (maps: readonly ShownMap[]) => void
}

export const tickStream = (path: string, receive: (event: StreamEvent) => void): TickStream => {
  const worker = new Worker(new URL('./stream-worker.ts', import.meta.url), { type: 'module' })
  let run = 0
  worker.addEventListener('message', ({ data }: MessageEvent<StreamEvent>) => {
    if (data.run === run) receive(data)
  })
  const send = (command: StreamCommand): void => worker.postMessage(command)
  return {
    open: () => {
      run++
      send({ kind: 'open', run, path })
    },
    close: () => {
      run++
      send({ kind: 'close' })
    },
    show: maps => send({ kind: 'show', maps }),
  }
}
