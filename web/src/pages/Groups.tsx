import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { isCurrent } from '../model/connection.ts'
import { counted, listed } from '../model/text.ts'
import { GroupTable } from '../parts/GroupTable.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { GroupCurves } from './GroupCurves.tsx'
import { Head } from './Head.tsx'
import { Trouble } from './states.tsx'

/** Which group is behind, and whether it catches up. */
export const Groups = ({ tick }: { tick: Tick }) => {
  const { belief, groupHistory } = useLive()
  const current = isCurrent(belief)
  return (
    <>
      <Head title={titleOf(tick, current)} sub={subOf(tick)} />
      <Trouble />
      {tick.groups.length === 0 ? null : (
        <section className={current ? 'panel' : 'panel stale'} aria-label="Groups">
          <TableBox>
            <GroupTable groups={tick.groups} current={current} history={groupHistory} wide />
          </TableBox>
        </section>
      )}
      <GroupCurves groups={tick.groups} />
    </>
  )
}

const titleOf = (tick: Tick, current: boolean): string => {
  const { groups } = tick
  if (groups.length === 0) return 'No consumer group is known to the brokers.'
  if (!current) return `${counted(groups.length, 'group')}, not seen now.`
  const bad = groups.filter(group => group.verdict !== 'ok' && group.verdict !== 'unknown')
  const unknown = groups.filter(group => group.verdict === 'unknown')
  if (bad.length > 0)
    return `${listed(bad.slice(0, 3).map(group => group.groupId))} ${bad.length === 1 ? 'needs' : 'need'} a look.`
  if (unknown.length > 0) return `${counted(unknown.length, 'group')} cannot be judged yet.`
  return groups.length === 1 ? 'The one group keeps up.' : `All ${groups.length} groups keep up.`
}

const subOf = (tick: Tick): string =>
  tick.groups.length === 0
    ? 'A group shows once it has members or has committed an offset.'
    : `${counted(
        tick.groups.reduce((sum, group) => sum + group.members, 0),
        'member',
      )} in ${counted(tick.groups.length, 'group')}. Behind is the age of the oldest record not yet processed, on the worst partition.`
