/** The partition calculator: needs with their arithmetic, the one that binds, what is recommended, and what is honest. */
import { useDeferredValue, useMemo } from 'react'
import type { LabSettings } from '../../../../src/api/lab.ts'
import type { Constraint, SizingReport } from '../../../../src/core/sizing/index.ts'
import { byteRate, bytes, count, rate, share, times } from '../../model/text.ts'
import { type Figure, Figures } from '../../parts/Figures.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { TableBox } from '../../parts/TableBox.tsx'
import {
  calculatorCodec,
  type CalculatorSettings,
  parseWeighedTopics,
  periods,
  presets,
  sizeOf,
  workloadFile,
} from '../model/calculator.ts'
import { NumberField, OptionalNumberField, Options, SelectField, TextField } from '../parts/Fields.tsx'
import { useInstrument } from '../parts/hooks.ts'
import { Instrument, InTerminal, Verdict } from '../parts/Instrument.tsx'

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
        controls={<Controls state={state} change={change} />}
      >
        {sized.kind === 'sized' ? <Report report={sized.report} /> : null}
      </Instrument>
      {sized.kind === 'sized' ? <Details report={sized.report} /> : null}
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

const Controls = ({
  state,
  change,
}: {
  state: CalculatorSettings
  change: (change: Partial<CalculatorSettings>) => void
}) => (
  <>
    <Options
      label="Start from"
      value={undefined}
      options={presets.map(({ label }) => ({ id: label, label }))}
      onChange={label => {
        const preset = presets.find(each => each.label === label)
        if (preset !== undefined) change(preset.settings)
      }}
    />
    <div className="pair">
      <NumberField
        label="Records"
        value={state.rate}
        least={0.001}
        most={1e12}
        decimals
        onChange={next => change({ rate: next })}
      />
      <SelectField
        label="in each"
        value={state.per}
        options={periods.map(id => ({ id, label: id }))}
        onChange={per => change({ per })}
      />
    </div>
    <Options
      label="This is"
      value={state.is}
      options={[
        { id: 'peak', label: 'the peak' },
        { id: 'average', label: 'the average' },
      ]}
      onChange={is => change({ is })}
    />
    <div className="pair">
      <NumberField
        label="Bytes a record"
        value={state.bytes}
        least={1}
        most={1_000_000_000}
        onChange={next => change({ bytes: next })}
      />
      <OptionalNumberField
        label="One consumer, /s"
        value={state.consumer}
        least={0.001}
        most={1e9}
        decimals
        none="10,000"
        onChange={consumer => change({ consumer })}
      />
    </div>
    <div className="pair">
      <OptionalNumberField
        label="Consumers wanted"
        value={state.consumers}
        least={1}
        most={1_000_000}
        none="any"
        onChange={consumers => change({ consumers })}
      />
      <OptionalNumberField
        label="Headroom, factor"
        value={state.headroom}
        least={1}
        most={100}
        decimals
        none="1.2 to 1.5"
        onChange={headroom => change({ headroom })}
      />
    </div>
    <div className="pair">
      <NumberField
        label="Growth a year"
        value={state.growth}
        least={0}
        most={10_000}
        decimals
        suffix="%"
        onChange={growth => change({ growth })}
      />
      <NumberField
        label="for years"
        value={state.years}
        least={0}
        most={20}
        decimals
        onChange={years => change({ years })}
      />
    </div>
    <div className="pair">
      <OptionalNumberField
        label="Different keys"
        value={state.keys}
        least={1}
        most={1e12}
        none="no key"
        onChange={keys => change({ keys })}
      />
      <OptionalNumberField
        label="Heaviest key"
        value={state.heaviest === null ? null : Number((state.heaviest * 100).toFixed(4))}
        least={Math.max(0.0001, 100 / (state.keys ?? 1e6))}
        most={100}
        decimals
        none="like all"
        suffix="%"
        onChange={percent =>
          change({ heaviest: percent === null ? null : Number((percent / 100).toFixed(6)) })
        }
      />
    </div>
    <Options
      label="Order"
      value={state.ordering}
      options={[
        ...(state.keys === null ? [] : [{ id: 'per-key' as const, label: 'per key' }]),
        { id: 'none', label: 'does not matter' },
      ]}
      onChange={ordering => change({ ordering })}
    />
    <div className="pair">
      <NumberField
        label="Brokers"
        value={state.brokers}
        least={1}
        most={10_000}
        onChange={brokers => change({ brokers })}
      />
      <NumberField
        label="Copies"
        value={state.copies}
        least={1}
        most={Math.min(32, state.brokers)}
        onChange={copies => change({ copies })}
      />
    </div>
    <OptionalNumberField
      label="One partition carries, bytes/s"
      value={state.partition}
      least={1}
      most={1e12}
      none="10,000,000"
      onChange={partition => change({ partition })}
    />
    <TextField
      label="Topics and their weights"
      value={state.topics.map(({ name, weight }) => `${name}:${weight}`).join(', ')}
      accept={parseWeighedTopics}
      wrong="NAME or NAME:WEIGHT, up to four, parted by commas"
      onChange={topics => change({ topics })}
    />
  </>
)

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

const Details = ({ report }: { report: SizingReport }) => (
  <div className="cols two">
    <section className="panel" aria-label="Topics">
      <div className="ph">
        <h2>Topics</h2>
        <span className="t3">and counts near it</span>
      </div>
      {report.topics.map(topic => (
        <div className="pb" key={topic.name}>
          <p>
            <b>{topic.name}</b>, {count(topic.partitions)} partitions: {topic.keyStrategy}. Mean partition
            busy {share(topic.utilisation)}
            {topic.keys[0] === undefined ? '' : `, fullest ${times(topic.keys[0].maxOverMean)} of it`}.
          </p>
          <TableBox>
            <table>
              <thead>
                <tr>
                  <th>Partitions</th>
                  <th className="r">Divisors</th>
                  <th>What it is like</th>
                </tr>
              </thead>
              <tbody>
                {topic.choices.map(choice => (
                  <tr
                    key={choice.partitions}
                    aria-selected={choice.partitions === topic.partitions || undefined}
                  >
                    <td>{count(choice.partitions)}</td>
                    <td className="r">{choice.divisors}</td>
                    <td className="price t2">{choice.why}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        </div>
      ))}
    </section>
    <section className="panel" aria-label="Risks">
      <div className="ph">
        <h2>Risks</h2>
        <span className="t3">worst first, each with what to do</span>
      </div>
      <ul className="pb risks">
        {report.risks.map(({ level, text, advice }) => (
          <li key={text}>
            <Icon
              name={level === 'blocker' ? 'act' : level === 'warning' ? 'warning' : 'info'}
              className={level === 'blocker' ? 'crit' : level === 'warning' ? 'warn' : 'info'}
            />
            <p>
              <span className="vh">{level}: </span>
              {sentence(text)} <span className="t2">{sentence(advice)}</span>
            </p>
          </li>
        ))}
        {report.risks.length === 0 ? <li className="t2">None that these figures show.</li> : null}
      </ul>
      <div className="pb">
        <dl className="kv ruled">
          <dt>Disk a broker, {count(report.brokers.retentionHours)} h</dt>
          <dd>{bytes(report.brokers.diskBytesPerBroker)}</dd>
          <dt>Memory for replicas</dt>
          <dd>{bytes(report.brokers.residentBytesPerBroker)}</dd>
          <dt>File handles, memory maps</dt>
          <dd>
            {count(report.brokers.fileHandlesPerBroker)}, {count(report.brokers.memoryMapsPerBroker)}
          </dd>
        </dl>
      </div>
    </section>
  </div>
)

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
