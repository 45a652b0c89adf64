import type { Alerts } from '../../../src/api/alerts.ts'
import { useToken } from '../data/access.ts'
import { useLive } from '../data/context.tsx'
import { Link, useNavigation } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import { firingCount } from '../model/alerts.ts'
import { isCurrent } from '../model/connection.ts'
import { brokersAnswer } from '../model/headline.ts'
import type { Page } from '../model/route.ts'
import { counted } from '../model/text.ts'
import { Icon, type IconName, Logo } from '../parts/Icon.tsx'

interface Entry {
  readonly icon: IconName
  readonly label: string
  readonly page: Page
  /** Pages that belong to it. */
  readonly within: readonly Page['name'][]
}

const ENTRIES: readonly Entry[] = [
  { icon: 'overview', label: 'Overview', page: { name: 'overview' }, within: ['overview'] },
  { icon: 'topics', label: 'Topics', page: { name: 'topics' }, within: ['topics', 'topic', 'partition'] },
  { icon: 'groups', label: 'Groups', page: { name: 'groups' }, within: ['groups', 'group'] },
  { icon: 'brokers', label: 'Brokers', page: { name: 'brokers' }, within: ['brokers'] },
  { icon: 'alerts', label: 'Alerts', page: { name: 'alerts' }, within: ['alerts'] },
  { icon: 'plans', label: 'Plans', page: { name: 'plans' }, within: ['plans'] },
]

const ALERTS_EVERY_MS = 5_000
const FIRING = {
  critical: { tone: 'crit', icon: 'act' },
  warning: { tone: 'warn', icon: 'warning' },
  info: { tone: 'info', icon: 'info' },
} as const

/** Apart from the others, because it touches no cluster. */
const LAB: Entry = {
  icon: 'flask',
  label: 'Lab',
  page: { name: 'lab', instrument: 'produce', settings: {} },
  within: ['lab'],
}

export const Nav = () => {
  const { route } = useNavigation()
  const { tick, belief } = useLive()
  const counts: Partial<Record<Page['name'], number>> =
    tick === undefined || belief.kind === 'starting'
      ? {}
      : {
          topics: tick.topics.filter(topic => !topic.internal).length,
          groups: tick.groups.length,
          brokers: tick.cluster.brokers.length,
        }
  const silent = belief.kind === 'partial'
  const alerts = useResource<Alerts>('/alerts', ALERTS_EVERY_MS)
  const firing = firingCount(alerts.state === 'ready' ? alerts.body : undefined)
  const token = useToken()
  return (
    <nav className="nav" aria-label="Main">
      <div className="brand">
        <Logo />
        <span>Lanekeeper</span>
      </div>
      <div className="cluster">
        <b title={tick?.health.clusterName}>{tick?.health.clusterName ?? 'Cluster'}</b>
        <span>
          {tick === undefined || belief.kind === 'starting'
            ? 'not seen yet'
            : `${counted(tick.cluster.brokers.length, 'broker')}, ${counted(tick.cluster.racks.length, 'rack')}`}
        </span>
        {tick?.health.simulated === true ? (
          <span className="simulated">
            <Icon name="flask" />
            Simulated, no Kafka
          </span>
        ) : null}
      </div>
      <ul>
        {ENTRIES.map(entry => (
          <li key={entry.label}>
            <Link to={entry.page} current={entry.within.includes(route.page.name)}>
              <Icon name={entry.icon} />
              <span>{entry.label}</span>
              {entry.page.name === 'alerts' && firing.count > 0 ? (
                <span className={`c ${isCurrent(belief) ? FIRING[firing.severity].tone : 't3'}`}>
                  <Icon name={FIRING[firing.severity].icon} />
                  {firing.count}
                  <span className="vh"> firing</span>
                </span>
              ) : counts[entry.page.name] === undefined ? null : (
                <span className="c">{counts[entry.page.name]}</span>
              )}
            </Link>
          </li>
        ))}
        <li className="apart">
          <Link to={LAB.page} current={LAB.within.includes(route.page.name)}>
            <Icon name={LAB.icon} />
            <span>{LAB.label}</span>
          </Link>
        </li>
      </ul>
      <div className="foot">
        <div>
          {isCurrent(belief) && !silent ? (
            <Icon name="ok" className="ok" />
          ) : silent ? (
            <Icon name="warning" className="warn" />
          ) : (
            <Icon name="unknown" className="unknown" />
          )}
          <span>
            {belief.kind === 'lost'
              ? 'Lanekeeper does not answer'
              : belief.kind === 'starting'
                ? 'First look'
                : brokersAnswer(tick)}
          </span>
        </div>
        <div>
          <Icon name="lock" />
          <span>{token === undefined ? 'Read-only' : 'May change alerts'}</span>
        </div>
      </div>
    </nav>
  )
}

/** The same at the foot of a phone. */
export const TabBar = () => {
  const { route } = useNavigation()
  return (
    <nav className="tabbar" aria-label="Main, at the foot">
      {[...ENTRIES, LAB].map(entry => (
        <Link key={entry.label} to={entry.page} current={entry.within.includes(route.page.name)}>
          <Icon name={entry.icon} />
          {entry.label}
        </Link>
      ))}
    </nav>
  )
}
