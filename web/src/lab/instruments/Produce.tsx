/** Produce and hash: a stream fills its lanes, and one key is followed from its bytes to its partition. */
import { useEffect, useMemo, useState } from 'react'
import type { LabSettings } from '../../../../src/api/lab.ts'
import { Link, useNavigation } from '../../data/navigation.tsx'
import { count, share, times } from '../../model/text.ts'
import { type Figure, Figures } from '../../parts/Figures.tsx'
import { HeatMap } from '../../parts/HeatMap.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { ScaleBar } from '../../parts/Legend.tsx'
import { laneBlocks, laneCells, laneWords, messageMeasure } from '../model/lane-cells.ts'
import { expectedHottest } from '../model/population.ts'
import {
  comparedAt,
  conventionLabels,
  isUneven,
  LANES_DRAWN_MAX,
  PARTITIONS_MAX,
  produceCodec,
  produceCommand,
  produceFigures,
  type ProduceSettings,
  produceVerdict,
  routeCommand,
  shownConventions,
} from '../model/produce.ts'
import type { LaneFigures } from '../model/production.ts'
import { NumberField, SelectField } from '../parts/Fields.tsx'
import { useInstrument, useReducedMotion } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { LaneTable } from '../parts/LaneTable.tsx'
import { Road } from '../parts/Road.tsx'
import { type Played, useProduction } from '../parts/useProduction.ts'
import { KeyPath } from './KeyPath.tsx'
import { PopulationFields } from './PopulationFields.tsx'

/** The one block says all in the figures above it. */
const NO_NOTES: ReadonlyMap<string, string> = new Map()

export const Produce = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('produce', produceCodec, settings)
  const [run, setRun] = useState(0)
  // what is only looked at does not send the messages again
  const sending = useMemo(() => state, [JSON.stringify({ ...produceCodec.print(state), key: '' })])
  const played = useProduction(sending, run, useReducedMotion())
  const again = (): void => setRun(run + 1)
  useKey('r', again)
  return (
    <>
      <Instrument
        label="Produce and hash"
        verdict={<Answer played={played} />}
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
            <SelectField
              label="Client that hashes"
              value={state.convention}
              options={shownConventions.map(id => ({ id, label: conventionLabels[id] }))}
              onChange={convention => change({ convention })}
            />
            <div className="run">
              <button type="button" className="btn primary" onClick={again} aria-keyshortcuts="r">
                <Icon name="play" />
                Send again
              </button>
              <Link to={comparedAt(state)} className="btn">
                Compare strategies
              </Link>
            </div>
          </>
        }
      >
        {played === undefined ? null : <Shown state={state} played={played} />}
        <KeyPath of={shownKey(state)} state={state} onKey={key => change({ key })} />
      </Instrument>
      <InTerminal
        commands={[
          { does: 'These messages on these lanes, with every measure', text: produceCommand(state) },
          {
            does: 'Where this key goes, and with --convention all where others would put it',
            text: routeCommand(state, shownKey(state)),
          },
        ]}
      />
    </>
  )
}

const shownKey = (state: ProduceSettings): string => (state.key === '' ? expectedHottest(state) : state.key)

const Answer = ({ played }: { played: Played | undefined }) => {
  const final = useMemo(() => (played?.done ? produceFigures(played.production) : undefined), [played])
  if (played === undefined || final === undefined)
    return <Verdict busy tone="info" text="Messages are on their way." />
  return (
    <Verdict
      tone={isUneven(played.lanes) ? 'warn' : 'ok'}
      text={produceVerdict(final, played.lanes.loads.length)}
    />
  )
}

const Shown = ({ state, played }: { state: ProduceSettings; played: Played }) => {
  const { route, look } = useNavigation()
  const { production, lanes, sent, keysSeen, done } = played
  const asTable = route.view.view === 'table'
  const uneven = isUneven(lanes) && sent > 0
  return (
    <>
      <Figures figures={figuresOf(played, keysSeen, uneven)} />
      <div className="picture">
        <div className="picture-head">
          <h2>Partitions</h2>
          <span className="t3 hide-s">
            {lanes.loads.length <= LANES_DRAWN_MAX
              ? 'a lane each; the longer the queue, the more messages'
              : 'one cell each'}
          </span>
          <span className="sp" />
          <button
            type="button"
            className="btn"
            aria-pressed={asTable}
            aria-keyshortcuts="t"
            onClick={() => look({ view: asTable ? undefined : 'table' })}
          >
            <Icon name={asTable ? 'overview' : 'table'} />
            {asTable ? 'Picture' : 'Table'}
          </button>
        </div>
        {asTable ? (
          <LaneTable figures={lanes} />
        ) : lanes.loads.length <= LANES_DRAWN_MAX ? (
          <Road
            label={`${count(sent)} messages on ${lanes.loads.length} lanes; lane ${lanes.hottestLane} has the most, ${count(lanes.hottestMessages)}`}
            loads={lanes.loads}
            before={played.before}
            total={production.total}
            hottest={uneven ? lanes.hottestLane : -1}
            phase={done ? null : played.phase}
          />
        ) : (
          <LaneMap lanes={lanes} uneven={uneven} />
        )}
        {asTable ? null : (
          <div className="picture-foot">
            {lanes.loads.length <= LANES_DRAWN_MAX ? null : <ScaleBar measure={messageMeasure} />}
            <span className="t3">
              {state.keys === 'typed'
                ? ''
                : `the mean is ${count(production.total / lanes.loads.length)} messages a partition; seed ${state.seed} draws the same again`}
            </span>
          </div>
        )}
      </div>
    </>
  )
}

const LaneMap = ({ lanes, uneven }: { lanes: LaneFigures; uneven: boolean }) => {
  const [picked, setPicked] = useState(-1)
  const cells = useMemo(() => laneCells(lanes.loads, uneven ? lanes.hottestLane : -1), [lanes, uneven])
  const blocks = useMemo(() => laneBlocks(lanes.loads.length), [lanes.loads.length])
  const shown = Math.min(picked, cells.length - 1)
  const words = (cell: number) => laneWords(lanes.loads, lanes.keysPerLane, cell)
  return (
    <>
      <HeatMap
        notes={NO_NOTES}
        label={`Messages on ${cells.length} partitions`}
        cells={cells}
        blocks={blocks}
        measure={messageMeasure}
        heightLimit={340}
        headed={false}
        picked={shown}
        dimmed={false}
        describe={words}
        legend={null}
        onPick={setPicked}
        onOpen={setPicked}
      />
      {shown < 0 ? null : (
        <p className="picked t2">
          <b>{words(shown).title}</b>:{' '}
          {words(shown)
            .rows.map(([term, value]) => `${term.toLowerCase()} ${value}`)
            .join(', ')}
        </p>
      )}
    </>
  )
}

const figuresOf = (played: Played, keysSeen: number, uneven: boolean): readonly Figure[] => {
  const { lanes, sent, production } = played
  const partitions = lanes.loads.length
  return [
    {
      label: 'Messages',
      value: exactly(sent),
      note: played.done ? 'sent' : `of ${exactly(production.total)}`,
    },
    { label: 'Keys seen', value: exactly(keysSeen), note: `${count(keysSeen / partitions)} a partition` },
    {
      label: 'Hottest partition',
      value: sent === 0 ? '…' : String(lanes.hottestLane),
      note:
        sent === 0
          ? 'nothing sent yet'
          : `${count(lanes.hottestMessages)} messages, ${share(lanes.hottestShare)}`,
      ...(uneven ? { tone: 'crit' as const } : {}),
    },
    {
      label: 'Skew, max ÷ mean',
      value: sent === 0 ? '…' : times(lanes.maxOverMean),
      note: `${count(lanes.lanesOver)} over 1.2×, ${count(lanes.emptyLanes)} empty`,
      ...(uneven ? { tone: 'crit' as const } : {}),
    },
  ]
}

/** A figure that is compared with what was typed: in full. */
const exactly = (value: number): string => value.toLocaleString('en-US')

/** One letter as a short cut, unless somebody types. */
const useKey = (letter: string, act: () => void): void => {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== letter || event.ctrlKey || event.metaKey || event.altKey) return
      if (
        event.target instanceof HTMLElement &&
        event.target.closest('input, select, textarea, dialog') !== null
      )
        return
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })
}
