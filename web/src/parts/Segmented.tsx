/** One of a few, all visible. */
export const Segmented = <Id extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: readonly { readonly id: Id; readonly label: string }[]
  value: Id
  onChange: (id: Id) => void
}) => (
  <span className="seg" role="group" aria-label={label}>
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
  </span>
)
