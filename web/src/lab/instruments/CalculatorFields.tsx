/** The fields of the calculator: what must be carried, by whom, on what. */
import { type CalculatorSettings, parseWeighedTopics, periods, presets } from '../model/calculator.ts'
import { NumberField, OptionalNumberField, Options, SelectField, TextField } from '../parts/Fields.tsx'

export const CalculatorFields = ({
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
