import { useRef } from 'react'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { Link } from '../data/navigation.tsx'
import { clock } from '../model/text.ts'
import { NoTick } from './states.tsx'

/**
 * A name in the address that the cluster does not know. Before the first look nothing is known, and so nothing is missing:
 * a page that was open while Lanekeeper was started anew must not say that its topic was deleted.
 */
export const Missing = ({
  tick,
  what,
  seenAt,
}: {
  /** Absent: it is not the cluster that would know it. */
  tick?: Tick
  what: string
  /** When this page last saw it; undefined: never. */
  seenAt?: string | undefined
}) => {
  if (tick !== undefined && tick.health.observedAt === null) return <NoTick />
  return (
    <div className="head">
      <div>
        <h1>{what}</h1>
        <p className="sub">
          {seenAt === undefined
            ? 'It may have been deleted, or the link is from another cluster.'
            : tick !== undefined && isBlind(tick)
              ? `Last seen at ${clock(seenAt)} UTC. Not every broker answers, and one that does not may know it.`
              : `Last seen at ${clock(seenAt)} UTC: since then it was deleted, or may no longer be seen.`}{' '}
          <Link className="link" to="/topics">
            All topics
          </Link>
          ,{' '}
          <Link className="link" to="/groups">
            all groups
          </Link>
          .
        </p>
      </div>
    </div>
  )
}

/** A group is told by its coordinator alone: while that does not answer, the group is hidden and not gone. */
const isBlind = ({ health }: Tick): boolean => health.brokersAnswering < health.brokersExpected

export const goneWords = (
  tick: Tick,
  kind: 'topic' | 'group',
  name: string,
  seenAt: string | undefined,
): string => {
  if (seenAt === undefined) return `No ${kind} is named ${name}.`
  return `The ${kind} ${name} is ${isBlind(tick) ? 'not seen now' : 'gone'}.`
}

/** When the page last saw what it is about. Where the server watches another cluster now, nothing was deleted. */
export const useSeenAt = (tick: Tick, present: boolean): string | undefined => {
  const seen = useRef<{ readonly at: string; readonly cluster: string }>(undefined)
  const cluster = tick.cluster.clusterId
  if (present) seen.current = { at: tick.health.observedAt ?? tick.at, cluster }
  return seen.current?.cluster === cluster ? seen.current.at : undefined
}
