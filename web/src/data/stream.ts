/** The page's end of the worker that follows the event stream. */
import type { HeldColumns, HeldTick } from '../../../src/api/delta.ts'
import type { Cells } from '../model/cells.ts'
import type { MeasureId } from '../model/measure.ts'

export type StreamCommand =
  | { readonly kind: 'open'; readonly run: number; readonly path: string }
  | { readonly kind: 'close' }
  | { readonly kind: 'wish'; readonly maps: readonly MapWish[] }

/** A map that is on the page: its cells come with every tick. */
export interface MapWish {
  readonly topics: readonly string[]
  readonly measure: MeasureId
}

/** A tick on its way from the worker: of each topic the columns that differ from those of the tick before. */
export type TickNews = Omit<HeldTick, 'columns'> & {
  readonly columns: readonly (Partial<HeldColumns> & Pick<HeldColumns, 'topic'>)[]
}

/** `run` says which opening an event belongs to: those of the one before may still be on their way. */
export type StreamEvent =
  | {
      readonly kind: 'tick'
      readonly run: number
      readonly news: TickNews
      readonly maps: readonly { readonly wish: MapWish; readonly cells: Cells }[]
    }
  | { readonly kind: 'error'; readonly run: number }

export interface TickStream {
  /** Begins anew, with a whole tick. */
  readonly open: () => void
  readonly close: () => void
  readonly wish: (maps: readonly MapWish[]) => void
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
    wish: maps => send({ kind: 'wish', maps }),
  }
}

/** The whole tick again. */
export const tickOf = (news: TickNews, before: HeldTick | undefined): HeldTick => {
  const had = new Map(before?.columns.map(columns => [columns.topic, columns]))
  return {
    ...news,
    columns: news.columns.map(columns => ({ ...had.get(columns.topic), ...columns }) as HeldColumns),
  }
}
