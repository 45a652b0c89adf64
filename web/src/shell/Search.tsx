/**
 * Search and commands in one field, as a combobox: type, arrows, Enter. `/` begins to search; Ctrl+K (or a ">" typed
 * first) lists what can be done here.
 */
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef, useState } from 'react'
import { copyText } from '../data/clipboard.ts'
import { useFeed, useLive } from '../data/context.tsx'
import { useNavigation } from '../data/navigation.tsx'
import { toggleTheme, useTheme } from '../data/theme.ts'
import { sameCommand } from '../model/commands.ts'
import { exportKinds } from '../model/export.ts'
import { type Action, type Entry, matchEntries, paletteEntries } from '../model/palette.ts'
import { searchTick } from '../model/search.ts'
import { Icon } from '../parts/Icon.tsx'
import { useExport } from '../parts/useExport.ts'

const COMMANDS = '>'
/** Beside what was found by name; a list of commands alone may be longer. */
const COMMANDS_BESIDE = 5

export interface SearchField {
  readonly focus: () => void
  /** Focus, with all commands of the page listed. */
  readonly commands: () => void
}

export const Search = ({
  ref,
  onHelp,
  onSay,
}: {
  ref: Ref<SearchField>
  onHelp: () => void
  /** What an action without a visible trace has done. */
  onSay: (words: string) => void
}) => {
  const { tick, paused } = useLive()
  const feed = useFeed()
  const { route, open, look } = useNavigation()
  const exporting = useExport()
  const dark = useTheme() === 'dark'
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const [focused, setFocused] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const shown = focused && query.trim() !== ''
  const entries = shown ? entriesFor(query) : []

  function entriesFor(text: string): readonly Entry[] {
    const commands = paletteEntries({
      page: route.page,
      paused: paused !== undefined,
      dark,
      command: tick === undefined ? undefined : sameCommand(route.page, tick.health, location.origin),
      exports: exportKinds.filter(({ kind }) => exporting.possible(kind)),
    })
    if (text.startsWith(COMMANDS)) return matchEntries(commands, text.slice(COMMANDS.length))
    const hits = tick === undefined ? [] : searchTick(tick, text)
    return [
      ...hits.map(({ label, note, page }): Entry => ({ label, note, action: { kind: 'open', page } })),
      ...matchEntries(commands, text).slice(0, COMMANDS_BESIDE),
    ]
  }

  const commands = (): void => {
    input.current?.focus()
    setQuery(COMMANDS)
    setAt(0)
  }
  useImperativeHandle(ref, () => ({ focus: () => input.current?.focus(), commands }))

  const act = (action: Action): void => {
    switch (action.kind) {
      case 'open':
        return open(action.page)
      case 'look':
        return look(action.change)
      case 'theme':
        return toggleTheme()
      case 'pause':
        return feed.togglePause()
      case 'help':
        return onHelp()
      case 'export':
        onSay('Saved by the browser.')
        return exporting.run(action.as)
      case 'copy': {
        const text = action.what === 'link' ? location.href : action.text
        void copyText(text).then(done =>
          onSay(done ? `Copied: ${text}` : `Copying is not allowed here: ${text}`),
        )
      }
    }
  }
  const choose = (entry: Entry | undefined): void => {
    if (entry === undefined) return
    setQuery('')
    input.current?.blur()
    act(entry.action)
  }
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(entries.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') choose(entries[at])
    else if (event.key === 'Escape') {
      setQuery('')
      input.current?.blur()
    } else if (event.key === 'k' && (event.ctrlKey || event.metaKey)) {
      commands()
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
        aria-label="Topic, group, partition or command"
        aria-expanded={shown}
        aria-controls={`${id}hits`}
        aria-activedescendant={shown && entries[at] !== undefined ? `${id}hit${at}` : undefined}
        aria-keyshortcuts="/ Control+K"
        placeholder="Find, or > for commands"
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
        hidden={!shown || entries.length === 0}
      >
        {entries.map((entry, index) => (
          <li
            key={`${entry.note} ${entry.label}`}
            ref={element => {
              if (index === at) element?.scrollIntoView({ block: 'nearest' })
            }}
            id={`${id}hit${index}`}
            role="option"
            aria-selected={index === at}
            // mousedown, since the blur that a click begins with would take the list away first
            onMouseDown={event => {
              event.preventDefault()
              choose(entry)
            }}
          >
            <b>{entry.label}</b>
            <span>{entry.note}</span>
            {entry.keys === undefined ? null : <kbd>{entry.keys}</kbd>}
          </li>
        ))}
      </ul>
      {shown && entries.length === 0 ? (
        <p className="hits none" role="status">
          Nothing is named so, and no command is.
        </p>
      ) : null}
    </div>
  )
}
