/** One key, followed: from its bytes to its partition, one fact a cell. */
import { TYPED_LENGTH_MAX } from '../model/population.ts'
import { keyPath, type ProduceSettings } from '../model/produce.ts'
import { TextField } from '../parts/Fields.tsx'

export const KeyPath = ({
  of,
  state,
  onKey,
}: {
  of: string
  state: ProduceSettings
  onKey: (key: string) => void
}) => {
  const path = keyPath(of, state.convention, state.partitions)
  return (
    <div className="path">
      <TextField
        label="A key, followed"
        value={of}
        accept={text => (text.length > 0 && text.length <= TYPED_LENGTH_MAX ? text : undefined)}
        wrong={`1 to ${TYPED_LENGTH_MAX} characters`}
        onChange={onKey}
      />
      <dl>
        <div className="wide">
          <dt>Bytes, UTF-8</dt>
          <dd className="mono">{path.bytes}</dd>
        </div>
        <div>
          <dt>{path.hashName}</dt>
          <dd className="mono">{path.hash}</dd>
        </div>
        <div>
          <dt>{path.reduction}</dt>
          <dd className="mono">{path.reduced.toLocaleString('en-US')}</dd>
        </div>
        <div>
          <dt>Remainder by {state.partitions.toLocaleString('en-US')}</dt>
          <dd>
            <b>{path.partition === null ? 'spread' : `partition ${path.partition}`}</b>
          </dd>
        </div>
      </dl>
    </div>
  )
}
