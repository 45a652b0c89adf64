/** Offsets and commits: a consumer on one lane, and a crash at the worst moment. */
import type { LabSettings } from '../../../../src/api/lab.ts'
import { type CommitState, readAgain, skipped } from '../../../../src/core/simulation/index.ts'
import { count } from '../../model/text.ts'
import { Figures } from '../../parts/Figures.tsx'
import {
  offsetCodec,
  type OffsetFate,
  offsetFates,
  offsetState,
  offsetStories,
  offsetVerdict,
  POLL_RECORDS,
} from '../model/offsets.ts'
import { moveTo, take } from '../model/script.ts'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { Stepper } from '../parts/Stepper.tsx'
import { Stories } from '../parts/Stories.tsx'

export const Offsets = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('offsets', offsetCodec, settings)
  const now = offsetState(state)
  const { s } = state
  const step = (word: string): void => change({ s: take(s, word) })
  const up = now.position !== null
  const again = readAgain(now).length
  const lost = skipped(now).length
  return (
    <>
      <Instrument
        label="Offsets and commits"
        pictureFirst
        verdict={<Verdict tone={lost > 0 ? 'crit' : again > 0 ? 'warn' : 'ok'} text={offsetVerdict(now)} />}
        controls={
          <>
            <Stories
              stories={offsetStories}
              steps={s.steps}
              onChoose={({ steps }) => change({ s: { steps, at: 0 } })}
            />
            <div className="field">
              <span className="label">Or do it yourself</span>
              <div className="options one">
                <Act word="Poll" more={`${POLL_RECORDS} records`} can={up} act={() => step('p')} />
                <Act
                  word="Commit what is finished"
                  more="below the lowest open one"
                  can={up}
                  act={() => step('c')}
                />
                <Act word="Commit the position" more="commitSync() as it is" can={up} act={() => step('C')} />
                {up ? (
                  <Act word="Crash" more="here and now" can act={() => step('x')} />
                ) : (
                  <Act word="Restart" more="from the committed offset" can act={() => step('r')} />
                )}
              </div>
            </div>
            <p className="note">Press a record in hand to finish it; any order will do.</p>
          </>
        }
      >
        <Figures
          figures={[
            { label: 'Committed', value: count(now.committed), note: 'where a restart begins' },
            {
              label: 'Position',
              value: now.position === null ? 'down' : count(now.position),
              note: now.position === null ? 'the consumer is gone' : `${count(now.inHand.length)} in hand`,
            },
            {
              label: 'Done twice',
              value: count(again),
              note: 'unless the sink knows',
              ...(again > 0 ? { tone: 'warn' as const } : {}),
            },
            {
              label: 'Skipped',
              value: count(lost),
              note: 'never processed',
              ...(lost > 0 ? { tone: 'crit' as const } : {}),
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
          <Log state={now} onFinish={offset => step(`d${offset}`)} />
          <ul className="fate-key" aria-label="Marks">
            {(Object.keys(FATE_WORDS) as OffsetFate[]).map(fate => (
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
            does: 'Committed offset, end and lag of each partition',
            text: 'kafka-consumer-groups.sh --bootstrap-server localhost:9092 --describe --group timeline-builder',
          },
          {
            does: 'Set a stopped group back on purpose (prints the plan; --execute does it)',
            text: 'kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group timeline-builder --topic user-actions --reset-offsets --shift-by -100 --dry-run',
          },
        ]}
      />
    </>
  )
}

const FATE_WORDS: Readonly<Record<OffsetFate, string>> = {
  waiting: 'not read yet',
  'in-hand': 'in hand',
  done: 'done',
  twice: 'done twice',
  skipped: 'skipped',
}

const Act = ({ word, more, can, act }: { word: string; more: string; can: boolean; act: () => void }) => (
  <button
    type="button"
    aria-disabled={!can}
    onClick={() => {
      if (can) act()
    }}
  >
    <b>{word}</b> <span>{more}</span>
  </button>
)

const WORDS_LEFT_FROM = 0.7

/** The lane with its records; committed offset and position stand where they point, between two records. */
const Log = ({ state, onFinish }: { state: CommitState; onFinish: (offset: number) => void }) => {
  const fates = offsetFates(state)
  const place = (offset: number, kind: string) => ({
    // near the end the words stand left of the line, or they would stick out
    className: `pointer ${kind}${offset > state.end * WORDS_LEFT_FROM ? ' left-of' : ''}`,
    style: { left: `${(offset / state.end) * 100}%` },
  })
  return (
    <div className="offsets-log">
      <div className="pointers">
        {state.position === null ? null : (
          <span {...place(state.position, 'position')}>position {state.position}</span>
        )}
      </div>
      <ol className="track wide" aria-label="Records of the partition">
        {fates.map((fate, offset) => (
          <li key={offset} className={`record ${fate}`}>
            {fate === 'in-hand' ? (
              <button type="button" onClick={() => onFinish(offset)}>
                {offset}
                <span className="vh">, in hand, finish it</span>
              </button>
            ) : (
              <>
                {offset}
                <span className="vh">, {FATE_WORDS[fate]}</span>
              </>
            )}
            {fate === 'twice' ? <sup aria-hidden="true">{state.timesProcessed[offset]}×</sup> : null}
          </li>
        ))}
      </ol>
      <div className="pointers under">
        <span {...place(state.committed, 'committed')}>committed {state.committed}</span>
      </div>
    </div>
  )
}
