/** Rebalancing, step by step: one member comes or goes, and three ways to get over it run side by side. */
import { useMemo } from 'react'
import type { LabSettings } from '../../../../src/api/lab.ts'
import { count } from '../../model/text.ts'
import { Tag } from '../../parts/Status.tsx'
import { assignorLabels, groupsCommand } from '../model/group.ts'
import {
  readersAt,
  rebalanceCodec,
  type RebalanceFilm,
  rebalanceFilms,
  rebalanceVerdict,
  stageCount,
  styleLabels,
} from '../model/rebalance.ts'
import { Chip } from '../parts/Chips.tsx'
import { NumberField, Options } from '../parts/Fields.tsx'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { Stepper } from '../parts/Stepper.tsx'

export const Rebalance = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('rebalance', rebalanceCodec, settings)
  const films = useMemo(() => rebalanceFilms(state), [state.partitions, state.members, state.change])
  const last = stageCount(films) - 1
  const at = Math.min(state.at, last)
  return (
    <>
      <Instrument
        label="Rebalance, step by step"
        pictureFirst
        verdict={<Verdict tone="info" text={rebalanceVerdict(films, state.partitions)} />}
        controls={
          <>
            <NumberField
              label="Partitions"
              value={state.partitions}
              least={1}
              most={48}
              onChange={partitions => change({ partitions, at: 0 })}
            />
            <NumberField
              label="Members before"
              value={state.members}
              least={1}
              most={11}
              onChange={members => change({ members, at: 0 })}
            />
            <Options
              label="Then"
              value={state.members === 1 ? 'join' : state.change}
              options={[
                { id: 'join', label: 'One joins' },
                ...(state.members === 1 ? [] : [{ id: 'leave' as const, label: 'The oldest leaves' }]),
              ]}
              onChange={next => change({ change: next, at: 0 })}
            />
            <p className="note">
              Time is not drawn: a stage of the first two lasts as long as their slowest member takes to join;
              a heartbeat of the third comes every few seconds and waits for nobody.
            </p>
          </>
        }
      >
        <div className="picture">
          <div className="picture-head">
            <Stepper label="Stages" at={at} last={last} onMove={next => change({ at: next })} />
          </div>
          <div className="films">
            {films.map(film => (
              <Film key={film.style} film={film} at={at} last={last} partitions={state.partitions} />
            ))}
          </div>
        </div>
      </Instrument>
      <InTerminal
        commands={[
          {
            does: 'The end of each, and what moves on the way',
            text: groupsCommand(
              [{ name: 'orders', partitions: state.partitions }],
              state.members,
              [{ kind: state.members === 1 ? 'join' : state.change, members: 1 }],
              'all',
            ),
          },
        ]}
      />
    </>
  )
}

const Film = ({
  film,
  at,
  last,
  partitions,
}: {
  film: RebalanceFilm
  at: number
  last: number
  partitions: number
}) => {
  const { rows, unread, text, done } = readersAt(film, at, partitions)
  return (
    <section className="film" aria-label={styleLabels[film.style]}>
      <div className="film-head">
        <h2>{styleLabels[film.style]}</h2>
        <span className="t3">{assignorLabels[film.assignor]}</span>
        {unread.length === 0 ? (
          <Tag tone="ok" icon="ok" word={done ? 'done, all read' : 'all read'} />
        ) : (
          <Tag
            tone={unread.length === partitions ? 'crit' : 'warn'}
            icon={unread.length === partitions ? 'act' : 'warning'}
            word={`${count(unread.length)} unread`}
          />
        )}
      </div>
      <Unread film={film} at={at} last={last} partitions={partitions} />
      <ul className="members">
        {rows.map(({ id, phase, partitions: own }) => (
          <li className="member" key={id}>
            <span className="mono">{id.replace('consumer-', 'c-')}</span>
            <ul className="chips">
              {own.map(({ partition, fresh }) => (
                <Chip key={partition} partition={partition} look={fresh ? 'gained' : 'plain'} />
              ))}
              {own.length === 0 ? <li className="t3">{phase === 'idle' ? 'idle' : 'waits'}</li> : null}
            </ul>
          </li>
        ))}
        <li className="member nobody">
          <span className="t3">nobody</span>
          <ul className="chips">
            {unread.map(partition => (
              <Chip key={partition} partition={partition} look="unread" />
            ))}
            {unread.length === 0 ? <li className="t3">none</li> : null}
          </ul>
        </li>
      </ul>
      <p className="t2 film-text">{text}</p>
    </section>
  )
}

/** Partitions without a reader, stage by stage, on the same axis for all three. */
const Unread = ({
  film: { unread },
  at,
  last,
  partitions,
}: {
  film: RebalanceFilm
  at: number
  last: number
  partitions: number
}) => (
  <ol className="unread-bars" aria-label="Partitions without a reader, stage by stage">
    {Array.from({ length: last + 1 }, (_, stage) => {
      const value = unread[Math.min(stage, unread.length - 1)] ?? 0
      return (
        <li key={stage} className={stage === at ? 'now' : ''}>
          <i
            style={{ height: `${(value / partitions) * 100}%` }}
            className={value === partitions ? 'all' : ''}
          />
          <span className="vh">{value}</span>
        </li>
      )
    })}
  </ol>
)
