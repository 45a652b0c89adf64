/** The honest faces of having nothing, or nothing new, to show. */
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useFeed, useLive } from '../data/context.tsx'
import { type PageCommand, SIMULATED_ASKS } from '../model/commands.ts'
import { headlineOf } from '../model/headline.ts'
import { clock, counted, count, firstAndMore } from '../model/text.ts'
import { Command } from '../parts/Command.tsx'
import { Icon } from '../parts/Icon.tsx'
import { Status } from '../parts/Status.tsx'

/** Before the first tick: the frames of the page at once, so that nothing jumps when figures come. */
export const NoTick = () => {
  const { belief, now } = useLive()
  const { title, sub } = headlineOf(belief, undefined, now)
  return (
    <>
      <div className="head">
        <div>
          <h1>{title}</h1>
          <p className="sub">{sub}</p>
        </div>
      </div>
      <Trouble />
      <BlankFrames />
    </>
  )
}

/** Panels with their titles where the figures will stand. */
export const BlankFrames = () => (
  <>
    <section className="panel" aria-label="Partitions" aria-busy="true">
      <div className="ph">
        <h2>Partitions</h2>
        <span className="t3">not seen yet</span>
      </div>
      <div className="pb">
        <div className="blank-map" />
      </div>
    </section>
    <section className="panel" aria-label="Groups" aria-busy="true">
      <div className="ph">
        <h2>Groups</h2>
        <span className="t3">not seen yet</span>
      </div>
      <div className="pb">
        <div className="blank-rows" />
      </div>
    </section>
  </>
)

/** Which line is broken, since when, how often it was tried, what it said, and what to do. Nothing when all is seen. */
export const Trouble = () => {
  const { belief, tick, nextTryAt } = useLive()
  const feed = useFeed()
  if (belief.kind === 'lost')
    return (
      <section className="panel trouble" aria-label="Connection">
        <ul className="finds">
          <li>
            <Icon name="unknown" className="unknown" />
            <p className="s">
              <b>{location.host}</b>: {belief.error} ({counted(belief.tries, 'try', 'tries')}, lost at{' '}
              {clock(belief.since)} UTC).
            </p>
            <p className="w">
              This says nothing about Kafka: the page cannot reach the Lanekeeper server. It may have been
              stopped, or a network or proxy lies between.
              {nextTryAt === undefined ? '' : ` Next try at ${clock(nextTryAt)}.`}
            </p>
            <div className="go">
              <button type="button" className="btn" onClick={feed.tryNow}>
                Try now
              </button>
            </div>
          </li>
          <li className="hint">
            <Icon name="info" className="info" />
            <Command
              text={
                tick === undefined
                  ? 'npx lanekeeper serve lanekeeper.yaml'
                  : tick.health.simulated
                    ? 'npx lanekeeper serve --simulated'
                    : `npx lanekeeper serve --bootstrap-server ${tick.health.bootstrapServer}`
              }
            />
          </li>
        </ul>
      </section>
    )
  if (belief.kind === 'unreachable' && tick !== undefined)
    return (
      <section className="panel trouble" aria-label="Connection">
        <ul className="finds">
          <li>
            <Icon name="unknown" className="unknown" />
            <p className="s">
              <b>{firstAndMore(tick.health.bootstrapServer, ',')}</b>
              {belief.error === null ? (
                ' does not answer'
              ) : (
                <span title={belief.error}>: {firstAndMore(belief.error, '; ')}</span>
              )}{' '}
              ({counted(belief.tries, 'try', 'tries')}, since {clock(belief.since)} UTC).
            </p>
            <p className="w">
              The brokers are down, or a firewall or listener changed. Lanekeeper goes on trying.
              {belief.observedAt === null ? '' : ` History is complete up to ${clock(belief.observedAt)}.`}
            </p>
          </li>
          <li className="hint">
            <Icon name="info" className="info" />
            <Command text={`npx lanekeeper status --bootstrap-server ${tick.health.bootstrapServer}`} />
          </li>
        </ul>
      </section>
    )
  return null
}

const waysFor = (server: string): readonly PageCommand[] => [
  {
    does: 'Fill this cluster with StreamSocial: 1,500 partitions, seeded traffic, two groups.',
    text: `npx lanekeeper up examples/streamsocial/lanekeeper.yaml --bootstrap-server ${server}`,
  },
  {
    does: 'See what a file of topics would create here.',
    text: `npx lanekeeper plan lanekeeper.yaml --bootstrap-server ${server}`,
  },
  {
    does: 'Write such a file from another cluster that already has topics.',
    text: 'npx lanekeeper adopt --bootstrap-server other-cluster:9092',
  },
]

const WAYS_SIMULATED: readonly PageCommand[] = [
  {
    does: 'StreamSocial without Kafka: 1,500 partitions, seeded traffic, two groups.',
    text: 'npx lanekeeper up --simulated',
  },
  {
    does: 'A large cluster to look at: 200,000 partitions on twenty brokers, under a load that is worked out.',
    text: 'npx lanekeeper serve --simulated --simulated-brokers 20 --simulated-partitions 200000',
  },
  {
    does: 'A cluster that exists.',
    text: 'npx lanekeeper serve --bootstrap-server your-cluster:9092',
  },
]

/** A cluster without topics: three ways to start, and what was asked and answered, since "none" is often a missing right. */
export const Empty = ({ tick }: { tick: Tick }) => {
  const { bootstrapServer: server, simulated } = tick.health
  const internal = tick.topics.filter(topic => topic.internal).length
  const ways = simulated ? WAYS_SIMULATED : waysFor(server)
  return (
    <section className="panel empty">
      <div>
        <h2>Three ways to start</h2>
        <p className="t2">
          {simulated
            ? `${SIMULATED_ASKS} Start it anew with something in it:`
            : 'Each one shows what it would change before it changes it, or can be undone.'}
        </p>
        <ol>
          {ways.map(({ does, text }) => (
            <li key={text}>
              <span>{does}</span>
              <Command text={text} />
            </li>
          ))}
        </ol>
      </div>
      <div>
        <h2>What was asked, and what came back</h2>
        <dl className="asked">
          <dt>Brokers</dt>
          <dd>
            <Status tone="ok" icon="ok" word={`${count(tick.health.brokersAnswering)} answer`} />
          </dd>
          <dt>Topics</dt>
          <dd>
            <Status tone="unknown" icon="unknown" word={`0 visible, ${internal} internal hidden`} />
          </dd>
          <dt>Groups</dt>
          <dd>
            <Status tone="unknown" icon="unknown" word={`${tick.groups.length} visible`} />
          </dd>
          <dt>Offsets, sizes</dt>
          <dd>
            <Status tone="unknown" icon="unknown" word="nothing to read" />
          </dd>
        </dl>
        {simulated ? null : (
          <>
            <p className="t2">
              Topics exist but do not show? The user Lanekeeper connects as may lack DESCRIBE on them. Ask as
              another user:
            </p>
            <Command
              text={`npx lanekeeper topics --bootstrap-server ${server} --command-config client.properties`}
            />
          </>
        )}
      </div>
    </section>
  )
}
