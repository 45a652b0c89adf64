import { lazy, Suspense } from 'react'
import { useLive } from '../data/context.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { Alerts } from './Alerts.tsx'
import { Brokers } from './Brokers.tsx'
import { Group } from './Group.tsx'
import { Groups } from './Groups.tsx'
import { Missing } from './Missing.tsx'
import { Overview } from './Overview.tsx'
import { Partition } from './Partition.tsx'
import { Plans } from './Plans.tsx'
import { NoTick } from './states.tsx'
import { Topic } from './Topic.tsx'
import { Topics } from './Topics.tsx'

/** A chunk of its own: nobody who watches a cluster waits for the simulators. */
const Lab = lazy(async () => ({ default: (await import('../lab/Lab.tsx')).Lab }))

export const CurrentPage = () => {
  const { route } = useNavigation()
  const { tick } = useLive()
  const { page } = route
  if (page.name === 'missing') return <Missing what={`There is no page at ${page.path}.`} />
  // the Lab asks no server for its figures, so it stands whatever the live feed says
  if (page.name === 'lab')
    return (
      <Suspense fallback={<div className="lab-loading" aria-busy="true" />}>
        <Lab instrument={page.instrument} settings={page.settings} />
      </Suspense>
    )
  if (tick === undefined) return <NoTick />
  switch (page.name) {
    case 'overview':
      return <Overview tick={tick} />
    case 'topics':
      return <Topics tick={tick} />
    case 'topic':
      return <Topic key={page.topic} tick={tick} topic={page.topic} />
    case 'partition':
      return <Partition tick={tick} topic={page.topic} partition={page.partition} />
    case 'groups':
      return <Groups tick={tick} />
    case 'group':
      return <Group key={page.group} tick={tick} groupId={page.group} />
    case 'brokers':
      return <Brokers tick={tick} />
    case 'alerts':
      return <Alerts />
    case 'plans':
      return <Plans tick={tick} />
  }
}
