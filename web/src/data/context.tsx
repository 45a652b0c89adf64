/** Hands the live feed and what it knows to the pages; the feed itself is made once, in main.tsx. */
import { createContext, type ReactNode, startTransition, useContext, useEffect, useState } from 'react'
import { CALLED_BY_NPX } from '../../../src/core/model/called-as.ts'
import { type Belief, beliefOf } from '../model/connection.ts'
import type { LiveFeed, LiveState } from './live.ts'

const FeedContext = createContext<LiveFeed | undefined>(undefined)
const StateContext = createContext<LiveState | undefined>(undefined)

/**
 * A tick renders most of the page, which on a large cluster takes longer than a frame. So it is a transition: it is
 * rendered in slices with frames between them, and what a hand does comes first.
 */
export const FeedProvider = ({ feed, children }: { feed: LiveFeed; children: ReactNode }) => {
  const [state, setState] = useState(feed.state)
  useEffect(() => {
    const follow = (): void => startTransition(() => setState(feed.state()))
    // what came before this page was there to listen
    follow()
    return feed.subscribe(follow)
  }, [feed])
  return (
    <FeedContext.Provider value={feed}>
      <StateContext.Provider value={state}>{children}</StateContext.Provider>
    </FeedContext.Provider>
  )
}

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
  const state = useContext(StateContext)
  if (state === undefined) throw new Error('useLive outside of FeedProvider')
  const belief = beliefOf(state.link, state.tick)
  const now = belief.kind === 'lost' || state.tick === undefined ? new Date().toISOString() : state.tick.at
  return { ...state, belief, now }
}

/** What is typed to call the program where the server runs. */
export const useCalledAs = (): string => useContext(StateContext)?.tick?.health.calledAs ?? CALLED_BY_NPX
