/**
 * What the palette can do beside finding things by name: every page, every way to look at this one, theme, pause, what
 * can be saved and the command that shows the same in a terminal. Actions are data, so that this list can be tested;
 * the shell does them.
 */
import { groupings } from './blocks.ts'
import type { ExportKind } from './export.ts'
import { measures } from './measure.ts'
import type { Page, View } from './route.ts'
import { SPANS } from './time-range.ts'

export type Action =
  | { readonly kind: 'open'; readonly page: Page }
  | { readonly kind: 'look'; readonly change: { readonly [Key in keyof View]: View[Key] | undefined } }
  | { readonly kind: 'theme' | 'pause' | 'help' }
  | { readonly kind: 'copy'; readonly what: 'link' }
  | { readonly kind: 'copy'; readonly what: 'command'; readonly text: string }
  | { readonly kind: 'export'; readonly as: ExportKind }

export interface Entry {
  readonly label: string
  /** What kind of thing it is; or the command that would be copied. */
  readonly note: string
  /** Keys that do the same. */
  readonly keys?: string
  readonly action: Action
}

export interface Around {
  readonly page: Page
  readonly paused: boolean
  readonly dark: boolean
  /** The pages' own command; undefined where none shows the same. */
  readonly command: string | undefined
  readonly exports: readonly { readonly kind: ExportKind; readonly label: string }[]
}

const PAGES: readonly (readonly [label: string, keys: string, page: Page])[] = [
  ['Overview', 'g o', { name: 'overview' }],
  ['Topics', 'g t', { name: 'topics' }],
  ['Groups', 'g g', { name: 'groups' }],
  ['Brokers', 'g b', { name: 'brokers' }],
  ['Alerts', 'g a', { name: 'alerts' }],
  ['Plans', 'g p', { name: 'plans' }],
  ['Lab', 'g l', { name: 'lab', instrument: 'produce', settings: {} }],
]

const MAPPED: readonly Page['name'][] = ['overview', 'topic', 'brokers']
/** Pages that show the past: those the time range is for. */
export const DATED: readonly Page['name'][] = ['overview', 'topics', 'topic', 'partition', 'groups', 'group']

export const paletteEntries = (around: Around): readonly Entry[] => {
  const { page } = around
  const entries: Entry[] = PAGES.filter(([, , each]) => each.name !== page.name).map(
    ([label, keys, each]) => ({
      label: `Go to ${label}`,
      note: 'page',
      keys,
      action: { kind: 'open', page: each },
    }),
  )
  entries.push({
    label: around.paused ? 'Go on' : 'Pause',
    note: 'live figures',
    keys: 'Space',
    action: { kind: 'pause' },
  })
  if (MAPPED.includes(page.name)) {
    for (const { id, label } of measures)
      entries.push(look(`Colour by ${label}`, 'map', { measure: id === 'records' ? undefined : id }))
    if (page.name !== 'brokers')
      for (const { id, label } of groupings)
        entries.push(
          look(`Group ${id === 'id' ? 'by id' : `by ${label.toLowerCase()}`}`, 'map', {
            by: id === 'id' ? undefined : id,
          }),
        )
    entries.push(
      look('Show as table', 'map', { view: 'table' }, 't'),
      look('Show as map', 'map', { view: undefined }, 't'),
    )
  }
  if (DATED.includes(page.name))
    for (const { id, label } of SPANS)
      entries.push(
        look(`Last ${label}`, 'time', {
          last: id === '1h' ? undefined : id,
          from: undefined,
          to: undefined,
          moment: undefined,
        }),
      )
  for (const { kind, label } of around.exports)
    entries.push({ label: `Save ${label}`, note: 'export', action: { kind: 'export', as: kind } })
  if (around.command !== undefined)
    entries.push({
      label: 'Copy the command that shows the same',
      note: around.command,
      action: { kind: 'copy', what: 'command', text: around.command },
    })
  entries.push(
    { label: 'Copy link to this view', note: 'address', keys: 'y', action: { kind: 'copy', what: 'link' } },
    { label: around.dark ? 'Light theme' : 'Dark theme', note: 'theme', action: { kind: 'theme' } },
    { label: 'Keys and marks', note: 'help', keys: '?', action: { kind: 'help' } },
  )
  return entries
}

const look = (
  label: string,
  note: string,
  change: (Action & { kind: 'look' })['change'],
  keys?: string,
): Entry => ({
  label,
  note,
  ...(keys === undefined ? {} : { keys }),
  action: { kind: 'look', change },
})

/** Those that have every word of the query, in their own order; a word at the beginning of a label first. */
export const matchEntries = (entries: readonly Entry[], query: string): readonly Entry[] => {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '')
  const found = entries.filter(({ label, note }) => {
    const text = `${label} ${note}`.toLowerCase()
    return words.every(word => text.includes(word))
  })
  const first = words[0]
  if (first === undefined) return found
  const begins = (entry: Entry): boolean =>
    entry.label
      .toLowerCase()
      .split(' ')
      .some(word => word.startsWith(first))
  return [...found.filter(begins), ...found.filter(entry => !begins(entry))]
}
