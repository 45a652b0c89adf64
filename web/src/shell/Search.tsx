/** Search as a combobox: type, arrows, Enter. */
import { type KeyboardEvent, type RefObject, useId, useState } from 'react'
import { useLive } from '../data/context.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { type Hit, searchTick } from '../model/search.ts'
import { Icon } from '../parts/Icon.tsx'

export const Search = ({ input }: { input: RefObject<HTMLInputElement | null> }) => {
  const { tick } = useLive()
  const { open } = useNavigation()
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const [focused, setFocused] = useState(false)
  const id = useId()
  const hits = tick === undefined ? [] : searchTick(tick, query)
  const shown = focused && query.trim() !== ''

  const choose = (hit: Hit | undefined): void => {
    if (hit === undefined) return
    setQuery('')
    input.current?.blur()
    open(hit.page)
  }
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(hits.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') choose(hits[at])
    else if (event.key === 'Escape') {
      setQuery('')
      input.current?.blur()
    } else return
    event.preventDefault()
  }
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Topic, group or partition"
        aria-expanded={shown}
        aria-controls={`${id}hits`}
        aria-activedescendant={shown && hits[at] !== undefined ? `${id}hit${at}` : undefined}
        aria-keyshortcuts="/"
        placeholder="Topic, group, partition"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={event => {
          setQuery(event.target.value)
          setAt(0)
        }}
        onKeyDown={key}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul
        className="hits"
        id={`${id}hits`}
        role="listbox"
        aria-label="Found"
        hidden={!shown || hits.length === 0}
      >
        {hits.map((hit, index) => (
          <li
            key={`${hit.note} ${hit.label}`}
            id={`${id}hit${index}`}
            role="option"
            aria-selected={index === at}
            // mousedown, since the blur that a click begins with would take the list away first
            onMouseDown={event => {
              event.preventDefault()
              choose(hit)
            }}
          >
            <b>{hit.label}</b>
            <span>{hit.note}</span>
          </li>
        ))}
      </ul>
      {shown && hits.length === 0 ? (
        <p className="hits none" role="status">
          Nothing is named so.
        </p>
      ) : null}
    </div>
  )
}
