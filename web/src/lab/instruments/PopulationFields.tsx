/** The fields that say which messages are sent: shared by the stream and by the comparison of strategies. */
import { NumberField, Options, TextField } from '../parts/Fields.tsx'
import {
  DISTINCT_MAX,
  MESSAGES_MAX,
  type Population,
  populationKinds,
  populationLabels,
  populationSettings,
  SEED_MAX,
  TYPED_LENGTH_MAX,
  TYPED_MAX,
} from '../model/population.ts'

export const PopulationFields = ({
  state,
  onChange,
}: {
  state: Population
  onChange: (change: Partial<Population>) => void
}) => (
  <>
    <Options
      label="Keys"
      value={state.keys}
      options={populationKinds.map(id => ({ id, label: populationLabels[id] }))}
      onChange={keys => onChange({ keys })}
    />
    {state.keys === 'typed' ? (
      <TextField
        label="Your keys, one message each"
        value={state.typed.join('\n')}
        rows={6}
        accept={populationSettings.typed.read}
        wrong={`1 to ${TYPED_MAX} keys of up to ${TYPED_LENGTH_MAX} characters, one a line`}
        onChange={typed => onChange({ typed })}
      />
    ) : (
      <>
        <div className="pair">
          <NumberField
            label="Messages"
            value={state.messages}
            least={1}
            most={MESSAGES_MAX}
            onChange={messages => onChange({ messages })}
          />
          <NumberField
            label="Different keys"
            value={state.distinct}
            least={2}
            most={DISTINCT_MAX}
            onChange={distinct => onChange({ distinct })}
          />
        </div>
        <div className="pair">
          {state.keys === 'celebrity' || state.keys === 'viral' ? (
            <NumberField
              label={state.keys === 'viral' ? 'Share at its peak' : 'Heaviest key'}
              value={Number((state.share * 100).toFixed(4))}
              least={0.0001}
              most={99.9999}
              decimals
              suffix="%"
              onChange={percent => onChange({ share: Number((percent / 100).toFixed(6)) })}
            />
          ) : null}
          {state.keys === 'zipf' ? (
            <NumberField
              label="Exponent"
              value={state.exponent}
              least={0.000001}
              most={5}
              decimals
              onChange={exponent => onChange({ exponent })}
            />
          ) : null}
          <NumberField
            label="Seed"
            value={state.seed}
            least={1}
            most={SEED_MAX}
            onChange={seed => onChange({ seed })}
          />
        </div>
      </>
    )}
  </>
)
