/** The frame around every page: where one is, whether the figures are current, and the way to everything else. */
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { copyText } from '../data/clipboard.ts'
import { useFeed, useLive } from '../data/context.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { DATED } from '../model/palette.ts'
import { type Page, parentOf, pathOf, titleOf } from '../model/route.ts'
import { rangeOf, rangeView, shifted } from '../model/time-range.ts'
import { Announcer } from './Announcer.tsx'
import { Bar } from './Bar.tsx'
import { Broken } from './Broken.tsx'
import { Help } from './Help.tsx'
import { useGlobalKeys } from './keys.ts'
import { Nav, TabBar } from './Nav.tsx'
import { Newer } from './Newer.tsx'
import type { SearchField } from './Search.tsx'
import { Toast } from './Toast.tsx'

const GO: Readonly<Record<string, Page>> = {
  o: { name: 'overview' },
  t: { name: 'topics' },
  g: { name: 'groups' },
  b: { name: 'brokers' },
  a: { name: 'alerts' },
  p: { name: 'plans' },
  l: { name: 'lab', instrument: 'produce', settings: {} },
}

export const Shell = ({ children }: { children: ReactNode }) => {
  const { route, open, look } = useNavigation()
  const { tick, now } = useLive()
  const feed = useFeed()
  const search = useRef<SearchField>(null)
  const [help, setHelp] = useState(false)
  const [said, setSaid] = useState('')
  const cluster = tick?.health.clusterName

  const title = titleOf(route.page)
  useEffect(() => {
    document.title = [title, cluster, 'Lanekeeper'].filter(part => part !== undefined).join(', ')
  }, [title, cluster])

  useGlobalKeys({
    search: () => search.current?.focus(),
    commands: () => search.current?.commands(),
    help: () => setHelp(true),
    pause: feed.togglePause,
    table: () => look({ view: route.view.view === 'table' ? undefined : 'table' }),
    copyLink: () =>
      void copyText(location.href).then(done =>
        setSaid(done ? 'Copied the link to this view' : 'Copying is not allowed here'),
      ),
    range: step => {
      if (DATED.includes(route.page.name)) look(rangeView(shifted(rangeOf(route.view), step, now)))
    },
    up: () => {
      const parent = parentOf(route.page)
      if (parent !== undefined) open(parent)
    },
    goTo: letter => {
      const page = GO[letter]
      if (page !== undefined) open(page)
    },
    neighbour: step => {
      const { page } = route
      if (page.name !== 'partition') return
      const count = tick?.topics.find(topic => topic.topic === page.topic)?.partitions ?? 0
      const partition = page.partition + step
      if (partition >= 0 && partition < count) open({ ...page, partition })
    },
  })

  return (
    <>
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <Nav />
      <div className="main">
        <Bar search={search} onHelp={() => setHelp(true)} onSay={setSaid} />
        <main className="page" id="page" tabIndex={-1}>
          <Newer />
          <Broken address={pathOf(route.page)}>{children}</Broken>
        </main>
      </div>
      <TabBar />
      <Announcer />
      <Toast words={said} onEnd={() => setSaid('')} />
      {help ? <Help onClose={() => setHelp(false)} /> : null}
    </>
  )
}
