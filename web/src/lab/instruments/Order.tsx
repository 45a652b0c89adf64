/** Order of a key: two keys on their lanes, readers that do not wait for each other, and lanes added in between. */
import type { LabSettings } from '../../../../src/api/lab.ts'
import { Icon } from '../../parts/Icon.tsx'
import {
  growthsFrom,
  ORDER_LANES_MAX,
  orderCodec,
  orderCommand,
  orderState,
  orderTone,
  orderVerdict,
  readByKey,
} from '../model/order.ts'
import { splitWords } from '../model/settings.ts'
import { moveTo, take } from '../model/script.ts'
import type { OrderedRecord, OrderingState } from '../../../../src/core/simulation/index.ts'
import { NumberField, Options, TextField } from '../parts/Fields.tsx'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { Stepper } from '../parts/Stepper.tsx'

export const Order = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('order', orderCodec, settings)
  const now = orderState(state)
  const { keys, s } = state
  const step = (word: string): void => change({ s: take(s, word) })
  const counts = [...new Set([state.lanes, now.lanes.length])]
  return (
    <>
      <Instrument
        label="Order of a key"
        pictureFirst
        verdict={<Verdict tone={orderTone(now, state)} text={orderVerdict(now, state)} />}
        controls={
          <>
            <TextField
              label="Two keys"
              value={keys.join(', ')}
              accept={text => {
                const found = splitWords(text)
                return found.length === 2 && found[0] !== found[1] && found.every(key => key.length <= 60)
                  ? found
                  : undefined
              }}
              wrong="Two different keys, parted by a comma"
              onChange={next => change({ keys: next })}
            />
            <NumberField
              label="Lanes at the start"
              value={state.lanes}
              least={1}
              most={ORDER_LANES_MAX}
              onChange={lanes => change({ lanes })}
            />
            <Options
              label="A record goes to"
              value={state.routing}
              options={[
                { id: 'key', label: 'the lane of its key' },
                { id: 'turns', label: 'the next lane' },
              ]}
              onChange={routing => change({ routing })}
            />
            <div className="field">
              <span className="label">Write</span>
              <div className="options">
                {(['a', 'b'] as const).map((word, index) => (
                  <button key={word} type="button" onClick={() => step(word)}>
                    <i className={`car-dot key-${index}`} aria-hidden="true" />
                    {keys[index]}
                  </button>
                ))}
              </div>
            </div>
            <div className="field">
              <span className="label">Read</span>
              <div className="options">
                <button type="button" onClick={() => step('r')}>
                  All lanes
                </button>
              </div>
            </div>
            <Growths lanes={now.lanes.length} onGrow={to => step(`g${to}`)} />
          </>
        }
      >
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
          <ol className="key-lanes" aria-label="Lanes">
            {now.lanes.map((log, lane) => (
              <Lane
                key={lane}
                lane={lane}
                log={log}
                position={now.positions[lane] ?? 0}
                keys={keys}
                late={now.late}
                added={lane >= state.lanes}
                onRead={() => step(`r${lane}`)}
              />
            ))}
          </ol>
          <Readings state={now} keys={keys} />
        </div>
      </Instrument>
      <InTerminal
        commands={[
          { does: 'Where both keys go, before and after', text: orderCommand(state, counts) },
          {
            does: 'What share of many keys moves, and which lanes feed which',
            text: `npx lanekeeper simulate --generate uniform --keys 100000 --partitions ${counts.at(-1)} --from ${state.lanes} --to ${counts.at(-1) === state.lanes ? state.lanes + 1 : counts.at(-1)}`,
          },
        ]}
      />
    </>
  )
}

const Growths = ({ lanes, onGrow }: { lanes: number; onGrow: (to: number) => void }) => {
  const growths = growthsFrom(lanes)
  if (growths.length === 0) return null
  return (
    <div className="field">
      <span className="label">Add partitions</span>
      <div className="options">
        {growths.map(({ to }) => (
          <button key={to} type="button" onClick={() => onGrow(to)}>
            {lanes} → {to}
          </button>
        ))}
      </div>
      {growths.map(({ to, text }) => (
        <p className="note" key={to}>
          {lanes} → {to}: {text}.
        </p>
      ))}
    </div>
  )
}

const Lane = ({
  lane,
  log,
  position,
  keys,
  late,
  added,
  onRead,
}: {
  lane: number
  log: readonly OrderedRecord[]
  position: number
  keys: readonly string[]
  late: ReadonlySet<OrderedRecord>
  added: boolean
  onRead: () => void
}) => (
  <li className={added ? 'lane added' : 'lane'}>
    <span className="lane-name">
      Lane {lane}
      {added ? <span className="t3"> new</span> : null}
    </span>
    <ol className="track" aria-label={`Records of lane ${lane}`}>
      {log.map((record, place) => (
        <li
          key={`${record.key} ${record.sequence}`}
          className={`car key-${keys.indexOf(record.key)}${place < position ? ' read' : ''}${late.has(record) ? ' late' : ''}`}
        >
          {initial(record.key, keys)}
          {record.sequence}
          <span className="vh">
            {`, ${record.key} ${record.sequence}${place < position ? ', read' : ''}${late.has(record) ? ', out of order' : ''}`}
          </span>
        </li>
      ))}
    </ol>
    <button
      type="button"
      className="btn"
      aria-disabled={position >= log.length}
      onClick={() => {
        if (position < log.length) onRead()
      }}
    >
      <span aria-hidden="true">Read</span>
      <span className="vh">Read the next record of lane {lane}</span>
    </button>
  </li>
)

/** As little of a key as tells the two apart. */
const initial = (key: string, keys: readonly string[]): string => {
  const index = keys.indexOf(key)
  const other = keys[1 - index] ?? ''
  const first = firstLetter(key)
  return first === firstLetter(other) ? (index === 0 ? 'A' : 'B') : first
}

/** A whole character, also where it takes two units. */
const firstLetter = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0x20)

const Readings = ({ state, keys }: { state: OrderingState; keys: readonly string[] }) => (
  <div className="readings">
    <h2>As the readers saw it</h2>
    {readByKey(state, keys).map(({ key, records }, index) => (
      <div key={key} className="reading">
        <span className="mono">{key}</span>
        <ol>
          {records.map(({ record, late }) => (
            <li key={record.sequence} className={`car key-${index}${late ? ' late' : ''}`}>
              {record.sequence}
              {late ? <span className="vh">, out of order</span> : null}
            </li>
          ))}
          {records.length === 0 ? <li className="t3">nothing yet</li> : null}
        </ol>
        {records.some(each => each.late) ? (
          <span className="st crit">
            <Icon name="act" />
            <span>out of order</span>
          </span>
        ) : null}
      </div>
    ))}
  </div>
)
