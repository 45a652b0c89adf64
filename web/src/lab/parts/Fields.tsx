/** Form fields of the Lab. What is typed counts as soon as it makes sense; what does not is said beside the field. */
import { type ReactNode, useId, useState } from 'react'
import { count } from '../../model/text.ts'

const grouped = (value: number | null): string =>
  value === null ? '' : value.toLocaleString('en-US', { maximumFractionDigits: 6 })

const plain = (text: string): string => text.replace(/[,\s\u00a0]/g, '')

/** A number that must be there. */
export const NumberField = ({
  onChange,
  decimals = false,
  suffix,
  ...rest
}: NumberProps & { value: number; onChange: (value: number) => void }) => (
  <NumberInput
    {...rest}
    decimals={decimals}
    suffix={suffix}
    none={undefined}
    onChange={found => {
      if (found !== null) onChange(found)
    }}
  />
)

/** A number that need not be said; `none` stands in the empty field and says what is taken then. */
export const OptionalNumberField = ({
  decimals = false,
  suffix,
  ...rest
}: NumberProps & { value: number | null; none: string; onChange: (value: number | null) => void }) => (
  <NumberInput {...rest} decimals={decimals} suffix={suffix} />
)

interface NumberProps {
  readonly label: string
  readonly least: number
  readonly most: number
  readonly decimals?: boolean
  readonly suffix?: string
}

const NumberInput = ({
  label,
  value,
  least,
  most,
  decimals,
  suffix,
  none,
  onChange,
}: {
  label: string
  value: number | null
  least: number
  most: number
  decimals: boolean
  suffix: string | undefined
  none: string | undefined
  onChange: (value: number | null) => void
}) => {
  const id = useId()
  const [text, setText] = useState(() => grouped(value))
  const [shown, setShown] = useState(value)
  const parse = (typed: string): number | null | undefined => {
    const bare = plain(typed)
    if (bare === '' && none !== undefined) return null
    const fits = decimals ? /^\d{1,13}(\.\d{0,6})?$/.test(bare) : /^\d{1,15}$/.test(bare)
    const found = fits ? Number(bare) : Number.NaN
    return found >= least && found <= most ? found : undefined
  }
  // another value than the one last typed comes from a link, a preset or a neighbouring field
  if (shown !== value) {
    setShown(value)
    if (parse(text) !== value) setText(grouped(value))
  }
  const wrong = parse(text) === undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="input">
        <input
          id={id}
          inputMode={decimals ? 'decimal' : 'numeric'}
          autoComplete="off"
          value={text}
          placeholder={none}
          aria-invalid={wrong || undefined}
          aria-describedby={wrong ? `${id}wrong` : undefined}
          onChange={event => {
            setText(event.target.value)
            const found = parse(event.target.value)
            if (found !== undefined && found !== value) onChange(found)
          }}
          onBlur={() => setText(grouped(value))}
        />
        {suffix === undefined ? null : <span className="suffix">{suffix}</span>}
      </span>
      {wrong ? (
        <span className="wrong" id={`${id}wrong`} role="status">
          {decimals ? 'A number' : 'Whole'}, {grouped(least)} to {most >= 1e7 ? count(most) : grouped(most)}
        </span>
      ) : null}
    </div>
  )
}

export const SelectField = <Id extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Id
  options: readonly { readonly id: Id; readonly label: string }[]
  onChange: (id: Id) => void
}) => {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={event => {
          const chosen = options.find(option => option.id === event.target.value)
          if (chosen !== undefined) onChange(chosen.id)
        }}
      >
        {options.map(option => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Text that is taken when it makes sense to `accept`. */
export const TextField = <Value,>({
  label,
  value,
  accept,
  wrong,
  onChange,
  rows = 1,
  placeholder,
}: {
  label: string
  /** As it is written. */
  value: string
  accept: (text: string) => Value | undefined
  /** What is wanted, where it does not. */
  wrong: string
  onChange: (value: Value) => void
  rows?: number
  placeholder?: string
}) => {
  const id = useId()
  const [text, setText] = useState(value)
  const [shown, setShown] = useState(value)
  const [typing, setTyping] = useState(false)
  if (shown !== value) {
    setShown(value)
    if (!typing) setText(value)
  }
  const bad = accept(text) === undefined
  const shared = {
    id,
    value: text,
    placeholder,
    spellCheck: false,
    autoComplete: 'off',
    'aria-invalid': bad || undefined,
    'aria-describedby': bad ? `${id}wrong` : undefined,
    onFocus: () => setTyping(true),
    onBlur: () => {
      setTyping(false)
      setText(value)
    },
    onChange: (event: { target: { value: string } }) => {
      setText(event.target.value)
      const found = accept(event.target.value)
      if (found !== undefined) onChange(found)
    },
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows === 1 ? <input {...shared} /> : <textarea rows={rows} {...shared} />}
      {bad ? (
        <span className="wrong" id={`${id}wrong`} role="status">
          {wrong}
        </span>
      ) : null}
    </div>
  )
}

/** One of a few, as buttons in a grid; the chosen one is pressed. */
export const Options = <Id extends string>({
  label,
  value,
  options,
  onChange,
  narrow = false,
}: {
  label: string
  /** Labels of a letter or two: three of them stand side by side. */
  narrow?: boolean
  value: Id | undefined
  options: readonly { readonly id: Id; readonly label: string }[]
  onChange: (id: Id) => void
}) => {
  const id = useId()
  return (
    <div className="field">
      <span className="label" id={id}>
        {label}
      </span>
      <div className={narrow ? 'options three' : 'options'} role="group" aria-labelledby={id}>
        {options.map(option => (
          <button
            key={option.id}
            type="button"
            aria-pressed={option.id === value}
            onClick={() => onChange(option.id)}
          >
            {option.label}
          </button>
        ))}
      </div>
    </div>
  )
}

export const Pair = ({ children }: { children: ReactNode }) => <div className="pair">{children}</div>
