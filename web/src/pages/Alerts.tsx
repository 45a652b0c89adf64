/** What fires, which share a cause, what was told to whom, and the two things one can do about it. */
import { useMemo, useState } from 'react'
import type { AlertGroup, AlertHistory, Alerts as AlertsBody, DeliveryView } from '../../../src/api/alerts.ts'
import { useToken } from '../data/access.ts'
import { useLive } from '../data/context.tsx'
import { Link } from '../data/navigation.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import {
  alertLanes,
  alertsHeadline,
  gaugeOf,
  isHeld,
  lastingWords,
  moreWords,
  stateWords,
  unseenBars,
} from '../model/alerts.ts'
import { clock, counted, duration } from '../model/text.ts'
import { urlOption } from '../model/commands.ts'
import { AlertActions } from '../parts/AlertActions.tsx'
import { AlertLanes } from '../parts/AlertLanes.tsx'
import { Command } from '../parts/Command.tsx'
import { Gauge } from '../parts/Gauge.tsx'
import { Icon } from '../parts/Icon.tsx'
import { Segmented } from '../parts/Segmented.tsx'
import { Status } from '../parts/Status.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { TokenEntry } from '../parts/TokenEntry.tsx'
import { Head } from './Head.tsx'
import { Trouble } from './states.tsx'

const ALERTS_EVERY_MS = 2_000
const HISTORY_EVERY_MS = 15_000
const SUBJECTS_SHOWN = 3
const SENT_SHOWN = 12

const SPANS = [
  { id: '24h', label: '24 h', minutes: 1440 },
  { id: '7d', label: '7 days', minutes: 10_080 },
  { id: '30d', label: '30 days', minutes: 43_200 },
] as const

export const Alerts = () => {
  const resource = useResource<AlertsBody>('/alerts', ALERTS_EVERY_MS)
  const alerts = resource.state === 'ready' ? resource.body : undefined
  const { belief } = useLive()
  const lost = belief.kind === 'lost'
  const { title, sub } = alertsHeadline(alerts, lost ? belief.since : undefined)
  // an action is shown at once, not with the next answer
  const [, setActed] = useState(0)
  return (
    <>
      <Head title={title} sub={sub} actions={<TokenEntry />} />
      <Trouble />
      {alerts === undefined ? (
        <section className="panel" aria-label="Alerts" aria-busy="true">
          <div className="pb">
            <div className="blank-rows" />
          </div>
        </section>
      ) : (
        <>
          {alerts.groups.length === 0 ? null : (
            <Now alerts={alerts} lost={lost} onActed={() => setActed(count => count + 1)} />
          )}
          <Past rules={alerts.rules.map(rule => rule.name)} />
          <div className="cols with-side">
            <Rules alerts={alerts} />
            <Sent alerts={alerts} />
          </div>
        </>
      )}
    </>
  )
}

const Now = ({ alerts, lost, onActed }: { alerts: AlertsBody; lost: boolean; onActed: () => void }) => (
  <section className={alerts.held || lost ? 'panel stale' : 'panel'} aria-label="Now">
    <TableBox>
      <table className="alerts cards">
        <thead>
          <tr>
            <th>State</th>
            <th>Rule</th>
            <th className="hide-m">Now, against the two thresholds</th>
            <th className="r">Value</th>
            <th className="r">Fired, for</th>
            <th>
              <span className="vh">Act</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {alerts.groups.map(group => (
            <GroupRow
              key={group.rule}
              group={group}
              held={isHeld(alerts, group)}
              lost={lost}
              onActed={onActed}
            />
          ))}
        </tbody>
      </table>
    </TableBox>
  </section>
)

const GroupRow = ({
  group,
  held,
  lost,
  onActed,
}: {
  group: AlertGroup
  held: boolean
  lost: boolean
  onActed: () => void
}) => {
  const { now } = useLive()
  const worst = group.alerts[0]
  if (worst === undefined) return null
  const words = stateWords(group, held, lost)
  const gauge = gaugeOf(group, worst)
  // what is silenced is known: one line, and how many more
  const shown = group.alerts.slice(0, group.state === 'silenced' ? 1 : SUBJECTS_SHOWN)
  const more = moreWords(group, shown.length)
  return (
    <tr>
      <td>
        <Status {...words} />
      </td>
      <td className="what">
        <div className="s">{group.title}</div>
        {shown.map(alert => (
          <div className="w" key={alert.subject}>
            <Link to={alert.href}>{alert.text}</Link>
          </div>
        ))}
        <div className="w">
          {more === undefined ? '' : `${more}; `}
          <span className="mono">{group.rule}</span> fires {group.fires}
          {worst.silence === null
            ? ''
            : `. Silenced until ${clock(worst.silence.until)} UTC${worst.silence.reason === '' ? '' : `: ${worst.silence.reason}`}`}
          {worst.acknowledged === null
            ? ''
            : `. Acknowledged at ${clock(worst.acknowledged.at)}${worst.acknowledged.note === '' ? '' : `: ${worst.acknowledged.note}`}`}
        </div>
      </td>
      <td className="hide-m">
        {gauge === undefined ? null : (
          <Gauge
            gauge={gauge}
            severity={
              held || lost || group.state === 'silenced'
                ? undefined
                : group.state === 'nearly'
                  ? 'info'
                  : group.severity
            }
            fires={group.fireAboveText}
            clears={group.clearAtOrBelowText}
            value={worst.valueText}
          />
        )}
      </td>
      <td className="r nw">{group.graded ? <b>{worst.valueText}</b> : null}</td>
      <td className="r nw lasting">
        {worst.firedAt === null ? null : <div>{clock(worst.firedAt)}</div>}
        <div className="t3">{lastingWords(group, worst, now)}</div>
      </td>
      <td className="r act-cell">
        <AlertActions group={group} onActed={onActed} />
      </td>
    </tr>
  )
}

const Past = ({ rules }: { rules: readonly string[] }) => {
  const { route, look } = useNavigation()
  const span = SPANS.find(each => each.id === route.view.last) ?? SPANS[0]
  const resource = useResource<AlertHistory>(`/alerts/history?minutes=${span.minutes}`, HISTORY_EVERY_MS)
  const history = resource.state === 'ready' ? resource.body : undefined
  const lanes = useMemo(() => (history === undefined ? [] : alertLanes(history, rules)), [history, rules])
  return (
    <section className="panel" aria-label="Past" aria-busy={history === undefined}>
      <div className="ph">
        <h2>Last {span.label}</h2>
        <span className="t3">
          one line per rule; filled: fired, outlined: nearly, hatched: no data, so neither
        </span>
        <span className="sp" />
        <Segmented
          label="Span"
          options={SPANS}
          value={span.id}
          onChange={id => look({ last: id === SPANS[0].id ? undefined : id })}
        />
      </div>
      <div className="pb">
        {history === undefined ? (
          <div className="blank-rows" />
        ) : lanes.length === 0 && history.unseen.length === 0 ? (
          <p className="t2">Nothing fired, and nothing nearly did.</p>
        ) : (
          <AlertLanes lanes={lanes} unseen={unseenBars(history)} from={history.from} to={history.to} />
        )}
      </div>
    </section>
  )
}

const Rules = ({ alerts }: { alerts: AlertsBody }) => (
  <section className="panel" aria-label="Rules">
    <div className="ph">
      <h2>Rules</h2>
      <span className="t3">
        {counted(alerts.rules.length, 'rule')}; change them under alerts in lanekeeper.yaml
      </span>
    </div>
    <TableBox>
      <table>
        <thead>
          <tr>
            <th>Rule</th>
            <th>Fires</th>
            <th className="hide-s">Clears</th>
            <th className="hide-s">Told to</th>
          </tr>
        </thead>
        <tbody>
          {alerts.rules.map(rule => (
            <tr key={rule.name}>
              <td className="mono" title={rule.title}>
                {rule.name}
              </td>
              <td>{rule.fires}</td>
              <td className="hide-s">{rule.clears}</td>
              <td className="hide-s">
                {rule.webhooks.length === 0 ? (
                  <span className="t3">this page</span>
                ) : (
                  rule.webhooks.join(', ')
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  </section>
)

const Sent = ({ alerts }: { alerts: AlertsBody }) => {
  const token = useToken()
  return (
    <section className="panel" aria-label="Sent">
      <div className="ph">
        <h2>Sent</h2>
        <span className="t3">
          {alerts.webhooks.length === 0 ? 'no webhook is declared' : alerts.webhooks.join(', ')}
        </span>
      </div>
      <div className="pb">
        {alerts.deliveries.length === 0 ? (
          <p className="t2">
            {alerts.webhooks.length === 0
              ? 'Declare one under alerts.webhooks in lanekeeper.yaml, and messages are listed here.'
              : 'Nothing was sent since the server started.'}
          </p>
        ) : (
          <ol className="log">
            {alerts.deliveries.slice(0, SENT_SHOWN).map(delivery => (
              <li key={delivery.id}>
                <time dateTime={delivery.at}>{clock(delivery.at)}</time>
                <Icon {...DELIVERY_ICON[delivery.state]} />
                <span>{deliveryWords(delivery)}</span>
              </li>
            ))}
          </ol>
        )}
        {alerts.webhooks[0] === undefined ? null : (
          <Command
            text={`npx lanekeeper alerts test ${alerts.webhooks[0]}${token === undefined ? ' --token-file FILE' : ''}${urlOption(location.origin)}`}
          />
        )}
      </div>
    </section>
  )
}

const DELIVERY_ICON = {
  sent: { name: 'ok', className: 'ok' },
  waiting: { name: 'info', className: 'info' },
  failed: { name: 'warning', className: 'warn' },
} as const

const deliveryWords = ({ webhook, subject, state, status, tries, tookMs, error }: DeliveryView): string => {
  const again = tries > 1 ? `, try ${tries}` : ''
  switch (state) {
    case 'sent':
      return `${subject}. ${webhook} took it: ${status}${again} in ${duration(tookMs)}`
    case 'waiting':
      return `${subject}. On its way to ${webhook}${error === null ? '' : `: ${error}`}${again}`
    case 'failed':
      return `${subject}. Not delivered to ${webhook}: ${error ?? 'no answer'}${again}`
  }
}
