/**
 * Ticks on their way from the worker that follows the stream to the page. The worker holds the newest tick and makes the
 * next one of each difference; the page gets, of every topic, the columns that are not the ones it has: copies, whose
 * memory is handed over. So neither side reads or copies on the page's thread what did not change.
 *
 * Law (tested): tickOf(newsOf(tick), the tick before) is the tick, however it came.
 */
import { applyDelta, type HeldColumns, type HeldTick } from '../../../src/api/delta.ts'
import { type SentDelta, type SentTick, unpackDelta, unpackTick } from '../../../src/api/packed.ts'
import { withOwnColumns } from './hand-over.ts'

export type TickNews = Omit<HeldTick, 'columns'> & {
  readonly columns: readonly (Partial<HeldColumns> & Pick<HeldColumns, 'topic'>)[]
}

export interface News {
  /** As held here. */
  readonly tick: HeldTick
  readonly news: TickNews
}

/** Follows one stream from its beginning. */
export interface TickFollower {
  readonly tick: (id: string, sent: SentTick) => News
  /** Undefined: it begins at a tick that is not held, and the stream has to begin anew. */
  readonly delta: (id: string, sent: SentDelta & { readonly base: number }) => News | undefined
}

export const createTickFollower = (): TickFollower => {
  let held: { readonly id: string; readonly tick: HeldTick } | undefined
  const hold = (id: string, tick: HeldTick): News => {
    const news = newsOf(tick, held?.tick)
    held = { id, tick }
    return { tick, news }
  }
  return {
    tick: (id, sent) => hold(id, unpackTick(sent)),
    delta: (id, { base, ...sent }) =>
      held?.id === String(base) ? hold(id, applyDelta(held.tick, unpackDelta(sent))) : undefined,
  }
}

const newsOf = (tick: HeldTick, before: HeldTick | undefined): TickNews => {
  const had = new Map(before?.columns.map(columns => [columns.topic, columns]))
  return {
    ...tick,
    columns: tick.columns.map(columns => {
      const old = had.get(columns.topic)
      const changed = Object.entries(columns).filter(
        ([name, column]) => name === 'topic' || column !== old?.[name as keyof HeldColumns],
      )
      return withOwnColumns(Object.fromEntries(changed)) as unknown as TickNews['columns'][number]
    }),
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
