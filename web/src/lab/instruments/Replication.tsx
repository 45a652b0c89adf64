/** Replication: one partition on three brokers; send, copy, lose, and see what was promised and what is kept. */
import type { LabSettings } from '../../../../src/api/lab.ts'
import type { ReplicaState, ReplicationState } from '../../../../src/core/simulation/index.ts'
import { count } from '../../model/text.ts'
import { Figures } from '../../parts/Figures.tsx'
import { Tag } from '../../parts/Status.tsx'
import {
  type RackPlan,
  recordFate,
  type RecordFate,
  replicaPlaces,
  replicationCodec,
  replicationState,
  replicationStories,
  replicationVerdict,
} from '../model/replication.ts'
import { moveTo, take } from '../model/script.ts'
import { Options } from '../parts/Fields.tsx'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict, type VerdictTone } from '../parts/Instrument.tsx'
import { Stepper } from '../parts/Stepper.tsx'
import { Stories } from '../parts/Stories.tsx'

export const Replication = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('replication', replicationCodec, settings)
  const now = replicationState(state)
  const { s } = state
  const step = (word: string): void => change({ s: take(s, word) })
  const racks = [...new Set(replicaPlaces[state.racks].map(({ rack }) => rack ?? ''))]
  return (
    <>
      <Instrument
        label="Replication"
        pictureFirst
        verdict={<Verdict tone={toneOf(now)} text={replicationVerdict(now)} />}
        controls={
          <>
            <Stories
              stories={replicationStories}
              steps={s.steps}
              onChoose={({ steps, min, racks: plan }) => change({ s: { steps, at: 0 }, min, racks: plan })}
            />
            <Options
              label="min.insync.replicas"
              narrow
              value={String(state.min)}
              options={['1', '2', '3'].map(id => ({ id, label: id }))}
              onChange={id => change({ min: Number(id) })}
            />
            <Options<RackPlan>
              label="Replicas lie in"
              value={state.racks}
              options={[
                { id: 'spread', label: 'three racks' },
                { id: 'crowded', label: 'two racks' },
              ]}
              onChange={plan => change({ racks: plan })}
            />
          </>
        }
      >
        <Figures
          figures={[
            {
              label: 'High watermark',
              value: count(now.highWatermark),
              note: 'committed, readable',
            },
            { label: 'Acknowledged', value: count(now.acknowledged.size), note: 'promised' },
            {
              label: 'In sync',
              value: count(now.inSync.filter(broker => isAlive(now, broker)).length),
              after: `of ${now.replicas.length}`,
              note: `acks=all wants ${state.min}`,
            },
            { label: 'Refused', value: count(now.refused), note: 'too few in sync' },
            {
              label: 'Lost',
              value: count(now.lost.size),
              note: 'though promised',
              ...(now.lost.size > 0 ? { tone: 'crit' as const } : {}),
            },
          ]}
        />
        <div className="picture">
          <div className="picture-head">
            <Stepper
              label="Steps"
              at={s.at}
              last={s.steps.length}
              onMove={at => change({ s: moveTo(s, at) })}
            />
          </div>
          <p className="happened" aria-live="polite">
            {now.text}
          </p>
          <div className="acts-row" role="group" aria-label="Do">
            <button type="button" className="btn" onClick={() => step('p')}>
              Send, acks=all
            </button>
            <button type="button" className="btn" onClick={() => step('q')}>
              Send, acks=1
            </button>
            <button type="button" className="btn" onClick={() => step('F')}>
              Followers fetch
            </button>
            {racks.map(rack => (
              <Act
                key={rack}
                word={`Lose rack ${rack}`}
                can={now.replicas.some(replica => replica.rack === rack && replica.alive)}
                act={() => step(`r${rack}`)}
              />
            ))}
            <Act word="Unclean election" can={now.leader === null} act={() => step('u')} />
          </div>
          <ol className="replicas" aria-label="Replicas">
            {now.replicas.map(replica => (
              <Replica key={replica.broker} state={now} replica={replica} onStep={step} />
            ))}
          </ol>
          <ul className="fate-key" aria-label="Marks">
            {(Object.keys(FATE_WORDS) as RecordFate[]).map(fate => (
              <li key={fate}>
                <i className={`record ${fate}`} aria-hidden="true" />
                {FATE_WORDS[fate]}
              </li>
            ))}
          </ul>
        </div>
      </Instrument>
      <InTerminal
        commands={[
          {
            does: 'Leader, replicas and ISR of every partition',
            text: 'kafka-topics.sh --bootstrap-server localhost:9092 --describe --topic user-actions',
          },
          {
            does: 'Lose a broker of a local cluster on purpose, and start it again',
            text: 'npx lanekeeper cluster kill 2 && npx lanekeeper cluster start 2',
          },
        ]}
      />
    </>
  )
}

const isAlive = (state: ReplicationState, broker: number): boolean =>
  state.replicas.some(replica => replica.broker === broker && replica.alive)

const toneOf = ({ lost, leader, inSync, minInsyncReplicas }: ReplicationState): VerdictTone =>
  lost.size > 0 || leader === null ? 'crit' : inSync.length <= minInsyncReplicas ? 'warn' : 'ok'

const FATE_WORDS: Readonly<Record<RecordFate, string>> = {
  committed: 'committed',
  acknowledged: 'acknowledged, not committed',
  pending: 'not acknowledged yet',
  'not-shared': 'not in the log of the leader',
}

const Act = ({ word, can, act }: { word: string; can: boolean; act: () => void }) => (
  <button
    type="button"
    className="btn"
    aria-disabled={!can}
    onClick={() => {
      if (can) act()
    }}
  >
    {word}
  </button>
)

const Replica = ({
  state,
  replica,
  onStep,
}: {
  state: ReplicationState
  replica: ReplicaState
  onStep: (word: string) => void
}) => {
  const { broker, rack, alive, log } = replica
  const leads = state.leader === broker
  const inSync = state.inSync.includes(broker)
  const follows = alive && !leads && state.leader !== null
  return (
    <li className={`replica${alive ? '' : ' dead'}${leads ? ' leads' : ''}`}>
      <div className="replica-head">
        <b>Broker {broker}</b>
        <span className="t3">rack {rack}</span>
        {!alive ? (
          <Tag tone="unknown" icon="stopped" word={inSync ? 'gone, last in sync' : 'gone'} />
        ) : leads ? (
          <Tag tone="info" icon="ok" word={`leader, epoch ${state.leaderEpoch}`} />
        ) : inSync ? (
          <Tag tone="ok" icon="ok" word="in sync" />
        ) : (
          <Tag tone="warn" icon="warning" word="not in sync" />
        )}
      </div>
      <ol className="track" aria-label={`Log of broker ${broker}`}>
        {log.map((record, place) => {
          const fate = recordFate(state, record, place, leads)
          return (
            <li key={record} className={`record ${fate}${place === state.highWatermark - 1 ? ' mark' : ''}`}>
              {record}
              <span className="vh">, {FATE_WORDS[fate]}</span>
            </li>
          )
        })}
        {log.length === 0 ? <li className="t3">empty</li> : null}
      </ol>
      <div className="replica-acts">
        <Act word="Fetch" can={follows} act={() => onStep(`f${broker}`)} />
        <Act word="Fall behind" can={follows && inSync} act={() => onStep(`b${broker}`)} />
        {alive ? (
          <Act word="Lose it" can act={() => onStep(`x${broker}`)} />
        ) : (
          <Act word="Bring it back" can act={() => onStep(`k${broker}`)} />
        )}
      </div>
    </li>
  )
}
