/** Assignment: members come and go, and each assignor says who reads what. */
import { useMemo, useState } from 'react'
import type { LabSettings } from '../../../../src/api/lab.ts'
import { type AssignorName, assignorNames, assignors } from '../../../../src/core/groups/index.ts'
import { count, counted } from '../../model/text.ts'
import { TableBox } from '../../parts/TableBox.tsx'
import {
  assignmentCodec,
  type AssignmentSettings,
  type AssignmentStep,
  assignmentSteps,
  assignorCosts,
  type MemberRow,
} from '../model/assignment.ts'
import {
  assignorLabels,
  groupsCommand,
  MEMBERS_MAX,
  membersAfter,
  parseTopics,
  TOPIC_PARTITIONS_MAX,
  TOPICS_MAX,
} from '../model/group.ts'
import { Chip } from '../parts/Chips.tsx'
import { NumberField, SelectField, TextField } from '../parts/Fields.tsx'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { Stepper } from '../parts/Stepper.tsx'

export const Assignment = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('assignment', assignmentCodec, settings)
  const steps = useMemo(() => assignmentSteps(state), [state])
  const [chosen, setChosen] = useState<number>()
  // the last change itself, and not what a cooperative group adds to it
  const at = Math.min(chosen ?? steps.findLastIndex(step => step.title !== 'follow-up'), steps.length - 1)
  const step = steps[at] as AssignmentStep
  const now = membersAfter(state.members, state.changes)
  const move = (kind: 'join' | 'leave'): void => {
    setChosen(undefined)
    change({ changes: [...state.changes, { kind, members: 1 }] })
  }
  return (
    <>
      <Instrument
        label="Assignment"
        verdict={
          <Verdict
            tone={step.paused > 0 || step.unassigned > 0 ? 'warn' : 'ok'}
            text={`${titleOf(step)}: ${step.sentences.join(' ')}`}
          />
        }
        controls={
          <>
            <TextField
              label="Topics and their partitions"
              value={state.topics.map(({ name, partitions }) => `${name}:${partitions}`).join(', ')}
              accept={parseTopics}
              wrong={`NAME:COUNT, up to ${TOPICS_MAX} topics of 1 to ${TOPIC_PARTITIONS_MAX}`}
              onChange={topics => change({ topics })}
            />
            <NumberField
              label="Members at the start"
              value={state.members}
              least={1}
              most={MEMBERS_MAX}
              onChange={members => change({ members })}
            />
            <SelectField
              label="Assignor"
              value={state.assignor}
              options={assignorNames.map(id => ({ id, label: assignorLabels[id] }))}
              onChange={assignor => change({ assignor })}
            />
            <p className="note">{assignors[state.assignor].character}</p>
            <div className="run">
              <button
                type="button"
                className="btn primary"
                aria-disabled={now >= MEMBERS_MAX}
                onClick={() => {
                  if (now < MEMBERS_MAX) move('join')
                }}
              >
                A member joins
              </button>
              <button
                type="button"
                className="btn"
                aria-disabled={now <= 1}
                onClick={() => {
                  if (now > 1) move('leave')
                }}
              >
                The oldest leaves
              </button>
              <button
                type="button"
                className="btn"
                aria-disabled={state.changes.length === 0}
                onClick={() => {
                  setChosen(undefined)
                  if (state.changes.length > 0) change({ changes: state.changes.slice(0, -1) })
                }}
              >
                Undo
              </button>
            </div>
          </>
        }
      >
        <div className="picture">
          <div className="picture-head">
            <Stepper label="Rebalances" at={at} last={steps.length - 1} onMove={setChosen} />
          </div>
          <TopicKey topics={state.topics} />
          <ul className="members">
            {step.rows.map(row => (
              <Member key={row.id} row={row} />
            ))}
          </ul>
        </div>
      </Instrument>
      <Costs state={state} onChoose={assignor => change({ assignor })} />
      <InTerminal
        commands={[
          {
            does: 'This assignor, member by member',
            text: groupsCommand(state.topics, state.members, state.changes, state.assignor),
          },
          {
            does: 'All assignors side by side',
            text: groupsCommand(state.topics, state.members, state.changes, 'all'),
          },
        ]}
      />
    </>
  )
}

const titleOf = ({ title }: AssignmentStep): string => `${title.charAt(0).toUpperCase()}${title.slice(1)}`

const TopicKey = ({ topics }: { topics: AssignmentSettings['topics'] }) => (
  <ul className="topic-key" aria-label="Topics">
    {topics.map(({ name, partitions }, index) => (
      <li key={name}>
        <i className={`swatch topic-${index}`} aria-hidden="true" />
        {name} <span className="t3">{counted(partitions, 'partition')}</span>
      </li>
    ))}
    <li>
      <i className="swatch gained" aria-hidden="true" />
      new here
    </li>
    <li>
      <i className="swatch lost" aria-hidden="true" />
      given up
    </li>
  </ul>
)

const Member = ({ row }: { row: MemberRow }) => {
  const held = row.chips.filter(chip => chip.fate !== 'lost').length
  return (
    <li className={row.gone ? 'member gone' : 'member'}>
      <span className="mono">{row.id}</span>
      <span className="held t3">{row.gone ? 'left' : held === 0 ? 'idle' : count(held)}</span>
      <ul className="chips">
        {row.chips.map(({ topic, partition, fate }) => (
          <Chip
            key={`${topic} ${partition}`}
            partition={partition}
            topic={topic}
            look={fate === 'kept' ? 'plain' : fate}
          />
        ))}
        {row.chips.length === 0 ? <li className="t3">{idleWords(row)}</li> : null}
      </ul>
    </li>
  )
}

const idleWords = ({ report }: MemberRow): string =>
  report?.idle === 'waits'
    ? 'waits until its share is given up'
    : report?.idle === 'cut-per-topic'
      ? 'left out by every topic alike'
      : 'more members than partitions'

const Costs = ({
  state,
  onChoose,
}: {
  state: AssignmentSettings
  onChoose: (assignor: AssignorName) => void
}) => {
  const costs = useMemo(() => assignorCosts(state), [state])
  return (
    <section className="panel" aria-label="All assignors">
      <div className="ph">
        <h2>All assignors</h2>
        <span className="t3">the same changes; sums over all rebalances</span>
      </div>
      <TableBox>
        <table className="cards figured assignors">
          <thead>
            <tr>
              <th>Assignor</th>
              <th className="r">Partitions each</th>
              <th className="r">Idle</th>
              <th className="r">Moved</th>
              <th className="r">Paused</th>
              <th className="r">Rebalances</th>
              <th className="hide-m">What it is like</th>
            </tr>
          </thead>
          <tbody>
            {costs.map(cost => (
              <tr key={cost.assignor} aria-selected={cost.assignor === state.assignor || undefined}>
                <td>
                  <button type="button" className="link plain" onClick={() => onChoose(cost.assignor)}>
                    {assignorLabels[cost.assignor]}
                  </button>
                </td>
                <td className="r" data-label="Each">
                  {cost.fewest === cost.most
                    ? count(cost.most)
                    : `${count(cost.fewest)} to ${count(cost.most)}`}
                </td>
                <td className="r" data-label="Idle">
                  {count(cost.idle)}
                </td>
                <td className="r" data-label="Moved">
                  {count(cost.moved)}
                </td>
                <td className="r" data-label="Paused">
                  {count(cost.paused)}
                </td>
                <td className="r" data-label="Rebalances">
                  {count(cost.rebalances)}
                </td>
                <td className="price t2 hide-m">{assignors[cost.assignor].character}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  )
}
