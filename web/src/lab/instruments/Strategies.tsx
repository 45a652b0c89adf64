/** Strategies compared: the same messages under each, and what each gives up for its evenness. */
import { useDeferredValue, useMemo } from 'react'
import type { LabSettings } from '../../../../src/api/lab.ts'
import { Link } from '../../data/navigation.tsx'
import { count, share, times } from '../../model/text.ts'
import { Icon } from '../../parts/Icon.tsx'
import { TableBox } from '../../parts/TableBox.tsx'
import {
  type ComparedRow,
  comparisonCodec,
  comparisonCommand,
  comparisonVerdict,
  compareStrategies,
  producedAt,
} from '../model/comparison.ts'
import { PARTITIONS_MAX } from '../model/produce.ts'
import { strategyLabels, strategyNames } from '../model/strategies.ts'
import { NumberField } from '../parts/Fields.tsx'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { PopulationFields } from './PopulationFields.tsx'

export const Strategies = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('strategies', comparisonCodec, settings)
  // a million messages take a moment: typing goes first
  const wanted = useDeferredValue(state)
  const comparison = useMemo(() => compareStrategies(wanted), [wanted])
  const scale = Math.max(2, ...comparison.rows.map(row => row.maxOverMean).filter(Number.isFinite))
  return (
    <>
      <Instrument
        label="Strategies"
        verdict={<Verdict tone="info" text={comparisonVerdict(comparison)} busy={wanted !== state} />}
        controls={
          <>
            <PopulationFields state={state} onChange={change} />
            <NumberField
              label="Partitions"
              value={state.partitions}
              least={1}
              most={PARTITIONS_MAX}
              onChange={partitions => change({ partitions })}
            />
            <fieldset className="field checks">
              <legend>Compared</legend>
              {strategyNames.map(name => (
                <label key={name}>
                  <input
                    type="checkbox"
                    checked={state.strategies.includes(name)}
                    onChange={event =>
                      change({
                        strategies: event.target.checked
                          ? [...state.strategies, name]
                          : state.strategies.filter(each => each !== name),
                      })
                    }
                  />
                  <span>{strategyLabels[name]}</span>
                </label>
              ))}
            </fieldset>
          </>
        }
      >
        <p className="setting t2">
          {comparison.messages.toLocaleString('en-US')} messages on {count(state.partitions)} partitions.
          Hottest key: <span className="mono">{comparison.hotKey}</span>, {share(comparison.hotShare)} of
          them.{' '}
          <Link className="link" to={producedAt(state)}>
            Watch them on their way
          </Link>
        </p>
        {comparison.rows.length === 0 ? (
          <p className="setting t2">Choose strategies to compare them.</p>
        ) : (
          <TableBox>
            <table className="compared cards">
              <thead>
                <tr>
                  <th>Strategy</th>
                  <th>40 hottest, line at the mean</th>
                  <th className="r hide-s">Hottest</th>
                  <th className="r">Max ÷ mean</th>
                  <th className="r hide-s">Over 1.2×</th>
                  <th className="hide-s">Order it keeps, and its price</th>
                </tr>
              </thead>
              <tbody>
                {comparison.rows.map(row => (
                  <Row key={row.name} row={row} scale={scale} />
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
      </Instrument>
      <InTerminal commands={[{ does: 'The same comparison, as a table', text: comparisonCommand(state) }]} />
    </>
  )
}

/** From here on a lane is clearly over, and worth a mark. */
const WARN = 1.5
const ACT = 3
/** Below this nobody can name a hottest one. */
const ALIKE = 1.005

const Row = ({ row, scale }: { row: ComparedRow; scale: number }) => {
  const { strategy, maxOverMean } = row
  return (
    <tr>
      <td>
        <b>{row.label}</b>
        <div className="t3 mono hide-s">{row.name}</div>
        <div className="t3 only-s">{orderWords(row)}</div>
      </td>
      <td className="drawn">
        <Profile values={row.profile} scale={scale} />
      </td>
      <td className="r hide-s">{maxOverMean < ALIKE ? 'all alike' : row.hottestLane}</td>
      <td className="r">
        {maxOverMean >= ACT ? (
          <span className="st crit">
            <Icon name="act" />
            <span>{times(maxOverMean)}</span>
          </span>
        ) : maxOverMean >= WARN ? (
          <span className="st warn">
            <Icon name="warning" />
            <span>{times(maxOverMean)}</span>
          </span>
        ) : (
          times(maxOverMean)
        )}
      </td>
      <td className="r hide-s">{count(row.lanesOver)}</td>
      <td className="price hide-s">
        <b>{orderWords(row)}</b>
        <div className="t2">
          {row.unsent > 0 ? `${count(row.unsent)} messages have no lane. ` : ''}
          Gives up {strategy.givesUp}
          {strategy.readerMust.startsWith('nothing') ? '' : `. Readers ${strategy.readerMust}`}.
        </div>
      </td>
    </tr>
  )
}

const orderWords = ({ strategy }: ComparedRow): string =>
  strategy.order === 'none' ? 'No order' : `Order ${strategy.order}`

const PROFILE_WIDTH = 148
const PROFILE_HEIGHT = 26

/** The hottest lanes as bars on the scale that all rows share, by square root, so that the small ones are seen too. */
const Profile = ({ values, scale }: { values: readonly number[]; scale: number }) => {
  const heightOf = (value: number): number => Math.max(1, Math.sqrt(value / scale) * PROFILE_HEIGHT)
  const pitch = Math.min(12, PROFILE_WIDTH / values.length)
  const mean = Math.round(PROFILE_HEIGHT - heightOf(1)) + 0.5
  return (
    <svg
      className="profile"
      width={PROFILE_WIDTH}
      height={PROFILE_HEIGHT}
      viewBox={`0 0 ${PROFILE_WIDTH} ${PROFILE_HEIGHT}`}
      aria-hidden="true"
    >
      {values.map((value, index) => (
        <rect
          // the place in the row is all that a bar is
          key={index}
          x={index * pitch}
          y={PROFILE_HEIGHT - heightOf(value)}
          width={pitch - 1}
          height={heightOf(value)}
          className={value >= ACT ? 'f-crit' : value >= WARN ? 'f-warn' : 'f-plain'}
        />
      ))}
      <path d={`M0 ${mean}H${PROFILE_WIDTH}`} className="k-text-thin" />
    </svg>
  )
}
