import { type Ref, useEffect, useState } from 'react'
import { useFeed, useLive } from '../data/context.tsx'
import { Link, useNavigation } from '../data/navigation.tsx'
import { toggleTheme, useTheme } from '../data/theme.ts'
import { feedWords, isCurrent } from '../model/connection.ts'
import { type Page, parentOf, titleOf } from '../model/route.ts'
import { clock, counted } from '../model/text.ts'
import { DATED } from '../model/palette.ts'
import { Icon } from '../parts/Icon.tsx'
import { TimeRange } from '../parts/TimeRange.tsx'
import { Search, type SearchField } from './Search.tsx'

export const Bar = ({
  search,
  onHelp,
  onSay,
}: {
  search: Ref<SearchField>
  onHelp: () => void
  onSay: (words: string) => void
}) => {
  const theme = useTheme()
  const { tick } = useLive()
  const { route } = useNavigation()
  return (
    <header className="top">
      <Crumbs />
      {tick?.health.simulated === true ? (
        <span className="tag info simulated-tag">
          <Icon name="flask" />
          Simulated cluster
        </span>
      ) : null}
      <div className="sp" />
      <Search ref={search} onHelp={onHelp} onSay={onSay} />
      {DATED.includes(route.page.name) ? (
        <span className="hide-s">
          <TimeRange />
        </span>
      ) : null}
      <LiveButton />
      <button
        type="button"
        className="btn icon"
        aria-label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
        onClick={toggleTheme}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
      <button type="button" className="btn icon hide-s" aria-label="Keys and marks" onClick={onHelp}>
        <Icon name="help" />
      </button>
    </header>
  )
}

const Crumbs = () => {
  const { route } = useNavigation()
  const { tick } = useLive()
  const trail: Page[] = []
  for (let page = parentOf(route.page); page !== undefined; page = parentOf(page)) trail.unshift(page)
  // the overview stands for the cluster, by its name
  const [, ...between] = trail
  const here = route.page.name === 'partition' ? String(route.page.partition) : titleOf(route.page)
  return (
    <nav className="crumbs" aria-label="Where you are">
      <Link className="root" to={{ name: 'overview' }}>
        {tick?.health.clusterName ?? 'Cluster'}
      </Link>
      <Icon name="chevron" />
      {between.map(page => (
        <span key={titleOf(page)} className="crumb">
          <Link to={page}>{titleOf(page)}</Link>
          <Icon name="chevron" />
        </span>
      ))}
      <b aria-current="page">{here}</b>
    </nav>
  )
}

const LiveButton = () => {
  const feed = useFeed()
  const { belief, paused, tick, nextTryAt } = useLive()
  if (belief.kind === 'lost')
    return (
      <button type="button" className="btn live off" onClick={feed.tryNow}>
        <span>
          {nextTryAt === undefined ? 'Trying' : <Countdown until={nextTryAt} />}
          <span className="hide-s">, try now</span>
        </span>
      </button>
    )
  const words =
    paused === undefined
      ? feedWords(belief, tick?.health.observeIntervalMs)
      : `Paused since ${clock(paused.since)}${paused.newFindings > 0 ? `, ${counted(paused.newFindings, 'new finding')}` : ''}`
  // on a phone the first words are enough
  const [short, ...more] = words.split(', ')
  return (
    <button
      type="button"
      className={paused === undefined && isCurrent(belief) ? 'btn live' : 'btn live off'}
      aria-pressed={paused !== undefined}
      aria-keyshortcuts="Space"
      onClick={feed.togglePause}
    >
      <span>
        {short}
        {more.length === 0 ? null : <span className="hide-s">, {more.join(', ')}</span>}
      </span>
      <Icon name={paused === undefined ? 'pause' : 'play'} />
      <span className="vh">{paused === undefined ? ', pause' : ', go on'}</span>
    </button>
  )
}

/** The only figure on the page with a clock of its own: while the line is lost no tick comes to move it. */
const Countdown = ({ until }: { until: string }) => {
  const [left, setLeft] = useState(() => Date.parse(until) - Date.now())
  useEffect(() => {
    const timer = setInterval(() => setLeft(Date.parse(until) - Date.now()), 500)
    return () => clearInterval(timer)
  }, [until])
  return <>Next try in {Math.max(0, Math.ceil(left / 1000))}&nbsp;s</>
}
