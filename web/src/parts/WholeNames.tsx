/** A name with hyphens breaks in the middle wherever a line ends; short ones are kept whole. */
const WHOLE_MAX = 28

export const WholeNames = ({ text }: { text: string }) =>
  text.split(/(\S*-\S*)/).map((part, index) => {
    const key = `${index} ${part}`
    return part.includes('-') && part.length <= WHOLE_MAX ? (
      <span key={key} className="nw">
        {part}
      </span>
    ) : (
      part
    )
  })
