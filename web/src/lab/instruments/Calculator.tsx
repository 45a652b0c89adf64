/** The partition calculator: needs with their arithmetic, the one that binds, what is recommended, and what is honest. */
import { useDeferredValue, useMemo } from 'react'
import type { LabSettings } from '../../../../src/api/lab.ts'
import type { Constraint, SizingReport } from '../../../../src/core/sizing/index.ts'
import { byteRate, count, rate, share } from '../../model/text.ts'
import { type Figure, Figures } from '../../parts/Figures.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { calculatorCodec, sizeOf, workloadFile } from '../model/calculator.ts'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'
import { CalculatorFields } from './CalculatorFields.tsx'
import { SizingDetails } from './SizingDetails.tsx'

export const Calculator = ({ settings }: { settings: LabSettings }) => {
  const [state, change] = useInstrument('calculator', calculatorCodec, settings)
  // up to half a million keys are routed for a sizing: typing goes first
  const wanted = useDeferredValue(state)
  const sized = useMemo(() => sizeOf(wanted), [wanted])
  return (
    <>
      <Instrument
        label="Calculator"
        verdict={
          sized.kind === 'sized' ? (
            <Answer report={sized.report} busy={wanted !== state} />
          ) : (
            <Verdict tone="crit" text={`${sized.message} ${sized.fix}`} />
          )
        }
        controls={<CalculatorFields state={state} change={change} />}
      >
        {sized.kind === 'sized' ? <Report report={sized.report} /> : null}
      </Instrument>
      {sized.kind === 'sized' ? <SizingDetails report={sized.report} /> : null}
      <InTerminal
        commands={[
          {
            does: 'This workload as a file, sized',
            text: `printf '%s' '${workloadFile(state).replaceAll("'", String.raw`'\''`)}' > workload.yaml && npx lanekeeper size workload.yaml`,
          },
        ]}
      />
    </>
  )
}

const Answer = ({ report, busy }: { report: SizingReport; busy: boolean }) => {
  const { topics, recommendedPartitions, constraints, demand, risks } = report
  const blocker = risks.find(({ level }) => level === 'blocker')
  const split = topics.length === 1 ? '' : ` = ${topics.map(topic => count(topic.partitions)).join(' + ')}`
  const binding = constraints.find(each => each.binding)?.name ?? 'nothing'
  const problem = blocker === undefined ? '' : ` It does not work yet: ${blocker.text}.`
  return (
    <Verdict
      busy={busy}
      tone={blocker === undefined ? 'ok' : 'crit'}
      text={`${count(recommendedPartitions.chosen)} partitions${split} for ${rate(demand.recordsPerSecond)}; ${binding} binds.${problem}`}
    />
  )
}

const Report = ({ report }: { report: SizingReport }) => {
  const { constraints, neededPartitions, recommendedPartitions, headroom, capacity } = report
  const asking = constraints.filter(({ kind }) => kind === 'at least')
  const bounding = constraints.filter(({ kind }) => kind === 'at most')
  const longest = Math.max(...asking.map(({ partitions }) => partitions), recommendedPartitions.chosen)
  return (
    <>
      <Figures figures={figuresOf(report)} />
      <div className="picture">
        <h2>What asks for partitions</h2>
        <div className="needs">
          {asking.map(constraint => (
            <Need key={constraint.name} constraint={constraint} longest={longest} />
          ))}
          <div className="need total">
            <span>
              Times headroom{' '}
              <span className="t3">
                {headroom.low === headroom.high ? headroom.low : `${headroom.low} to ${headroom.high}`}
              </span>
            </span>
            <span className="t">
              <i style={{ width: `${(neededPartitions / longest) * 100}%` }} />
              <i
                className="more-of-it"
                style={{ width: `${((recommendedPartitions.chosen - neededPartitions) / longest) * 100}%` }}
              />
            </span>
            <b>{count(recommendedPartitions.chosen)}</b>
          </div>
        </div>
        <h2>What bounds the useful ones</h2>
        <ul className="bounds">
          {bounding.map(({ name, arithmetic, partitions }) => (
            <li key={name} className={partitions < recommendedPartitions.chosen ? 'tight' : ''}>
              <span>{name}</span>
              <span className="t3">{arithmetic}</span>
              <b>{count(partitions)}</b>
            </li>
          ))}
        </ul>
        <p className="honest">
          <Icon name="warning" className="warn" />
          <span>
            {count(neededPartitions)} partitions carry{' '}
            {rate(capacity.neededRecordsPerSecondAtFullUtilisation)} only if every consumer is busy all the
            time. With the hottest partition {share(capacity.maxOverMean - 1)} over the mean they carry{' '}
            <b>{rate(capacity.neededRecordsPerSecondSustainable)}</b>, and{' '}
            {count(recommendedPartitions.chosen)} carry <b>{rate(capacity.recordsPerSecondSustainable)}</b>.
          </span>
        </p>
      </div>
    </>
  )
}

const figuresOf = ({ recommendedPartitions, topics, brokers, demand }: SizingReport): readonly Figure[] => {
  const consumers = topics.reduce((sum, topic) => sum + topic.startingConsumers, 0)
  return [
    {
      label: 'Partitions',
      value: count(recommendedPartitions.chosen),
      note:
        recommendedPartitions.low === recommendedPartitions.high
          ? 'recommended'
          : `${count(recommendedPartitions.low)} to ${count(recommendedPartitions.high)} recommended`,
    },
    { label: 'Consumers to start', value: count(consumers), note: 'half the partitions' },
    { label: 'Design rate', value: rate(demand.recordsPerSecond), note: byteRate(demand.bytesPerSecond) },
    {
      label: 'Each broker writes',
      value: byteRate(brokers.bytesWrittenPerSecondPerBroker),
      note: `${count(brokers.replicasPerBroker)} replicas`,
    },
    {
      label: 'Records a batch',
      value:
        brokers.recordsPerBatch < 10
          ? brokers.recordsPerBatch.toFixed(1)
          : count(Math.round(brokers.recordsPerBatch)),
      note: `${rate(brokers.batchesPerSecondPerBroker)} a broker`,
    },
  ]
}

const Need = ({ constraint, longest }: { constraint: Constraint; longest: number }) => {
  const { name, arithmetic, partitions, source, binding } = constraint
  return (
    <div className={binding ? 'need binds' : 'need'}>
      <span>
        {name}{' '}
        <span className="t3">
          {arithmetic}
          {source === 'rule of thumb' ? ', a rule of thumb' : ''}
        </span>
      </span>
      <span className="t">
        <i style={{ width: `${(partitions / longest) * 100}%` }} />
      </span>
      <b>
        {count(partitions)}
        {binding ? <span className="vh">, binds</span> : null}
      </b>
    </div>
  )
}
