/** Prepared scripts: choose one and step through it. */
export const Stories = <
  Story extends {
    readonly id: string
    readonly label: string
    readonly text: string
    readonly steps: readonly string[]
  },
>({
  stories,
  steps,
  onChoose,
}: {
  stories: readonly Story[]
  /** Steps of the script that is open: tells which story it is. */
  steps: readonly string[]
  onChoose: (story: Story) => void
}) => {
  const open = stories.find(story => story.steps.join('.') === steps.join('.'))
  return (
    <div className="field">
      <span className="label" id="stories">
        Stories
      </span>
      <div className="options one" role="group" aria-labelledby="stories">
        {stories.map(story => (
          <button
            key={story.id}
            type="button"
            aria-pressed={story.id === open?.id}
            onClick={() => onChoose(story)}
          >
            <b>{story.label}</b> <span>{story.text}</span>
          </button>
        ))}
      </div>
    </div>
  )
}
