import { useLive } from '../data/context.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { Brokers } from './Brokers.tsx'
import { Group } from './Group.tsx'
import { Groups } from './Groups.tsx'
import { Missing } from './Missing.tsx'
import { Overview } from './Overview.tsx'
import { Partition } from './Partition.tsx'
import { NoTick } from './states.tsx'
import { Topic } from './Topic.tsx'
import { Topics } from './Topics.tsx'

export const CurrentPage = () => {
  const { route } = useNavigation()
  const { tick } = useLive()
  const { page } = route
  if (page.name === 'missing') return <Missing what={`There is no page at ${page.path}.`} />
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
  }
}
