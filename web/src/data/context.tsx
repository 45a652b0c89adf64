/** Hands the live feed and the address to the pages; the feed itself is made once, in main.tsx. */
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import { type Belief, beliefOf } from '../model/connection.ts'
import type { LiveFeed, LiveState } from './live.ts'

const FeedContext = createContext<LiveFeed | undefined>(undefined)

export const FeedProvider = ({ feed, children }: { feed: LiveFeed; children: ReactNode }) => (
  <FeedContext.Provider value={feed}>{children}</FeedContext.Provider>
)

export const useFeed = (): LiveFeed => {
  const feed = useContext(FeedContext)
  if (feed === undefined) throw new Error('useFeed outside of FeedProvider')
  return feed
}

export interface Live extends LiveState {
  readonly belief: Belief
  /** The moment that "since" is counted to: the shown tick's, or now while no tick comes. */
  readonly now: string
}

export const useLive = (): Live => {
  const feed = useFeed()
  const state = useSyncExternalStore(feed.subscribe, feed.state)
  const belief = beliefOf(state.link, state.tick)
  const now = belief.kind === 'lost' || state.tick === undefined ? new Date().toISOString() : state.tick.at
  return { ...state, belief, now }
}
