/**
 * The address bar is the state of the page: which page, of what, coloured and ordered how. Reading and printing are
 * inverse to each other (`printRoute(parseRoute(x))` is `x` up to order and defaults), so that a copied link shows the
 * same picture and the back button undoes one step.
 */
import { type LabInstrument, type LabSettings, labInstrumentOf, readableQuery } from '../../../src/api/lab.ts'

export type Page =
  | { readonly name: 'overview' }
  | { readonly name: 'topics' }
  | { readonly name: 'topic'; readonly topic: string }
  | { readonly name: 'partition'; readonly topic: string; readonly partition: number }
  | { readonly name: 'groups' }
  | { readonly name: 'group'; readonly group: string }
  | { readonly name: 'brokers' }
  | { readonly name: 'alerts' }
  | { readonly name: 'plans' }
  /** `settings`: the state of the instrument, whose own names they are. */
  | { readonly name: 'lab'; readonly instrument: LabInstrument; readonly settings: LabSettings }
  | { readonly name: 'missing'; readonly path: string }

/** How the page is looked at; absent means the default. */
export interface View {
  readonly measure?: string
  readonly by?: string
  readonly view?: string
  /** Partition picked on a topic page. */
  readonly pick?: string
  /** Topic of the raster on the overview. */
  readonly raster?: string
  /** "bottom" for the coolest of the ranked bars. */
  readonly ranked?: string
  /** Span of the pictures of the past that ends now, such as "24h"; or a fixed time, which goes before it. */
  readonly last?: string
  readonly from?: string
  readonly to?: string
  /** A moment of the past that a topic's map shows instead of now. */
  readonly moment?: string
  /** "all" for the whole of a list that begins with its worst. */
  readonly findings?: string
  readonly members?: string
  /** Rows of a table, where more than at first were asked for. */
  readonly rows?: string
}

export interface Route {
  readonly page: Page
  readonly view: View
}

const PICTURE_KEYS = [
  'measure',
  'by',
  'view',
  'pick',
  'raster',
  'ranked',
  'last',
  'from',
  'to',
  'moment',
] as const
const LIST_KEYS = ['findings', 'members', 'rows'] as const

/** The Lab has no lists to open, and an instrument of it has members of its own. */
const viewKeysOf = (page: Page): readonly (keyof View)[] =>
  page.name === 'lab' ? PICTURE_KEYS : [...PICTURE_KEYS, ...LIST_KEYS]

/** @param address path and query, such as "/topics/user-actions/417?measure=lag" */
export const parseRoute = (address: string): Route => {
  const [path = '/', query = ''] = address.split('?', 2)
  const parameters = new URLSearchParams(query)
  const page = parsePath(path)
  const keys = viewKeysOf(page)
  const view: Record<string, string> = {}
  for (const key of keys) {
    const value = parameters.get(key)
    if (value !== null && value !== '') view[key] = value
  }
  return { page: page.name === 'lab' ? { ...page, settings: withoutKeys(parameters, keys) } : page, view }
}

const withoutKeys = (parameters: URLSearchParams, keys: readonly string[]): LabSettings =>
  Object.fromEntries([...parameters].filter(([key]) => !keys.includes(key)))

const parsePath = (path: string): Page => {
  const segments = path.split('/').filter(segment => segment !== '')
  const [area, first, second, ...rest] = segments.map(decode)
  if (rest.length === 0) {
    if (area === undefined) return { name: 'overview' }
    if (area === 'topics' && first === undefined) return { name: 'topics' }
    if (area === 'topics' && first !== undefined && second === undefined)
      return { name: 'topic', topic: first }
    if (area === 'topics' && first !== undefined && /^\d{1,7}$/.test(second ?? ''))
      return { name: 'partition', topic: first, partition: Number(second) }
    if (area === 'groups' && first === undefined) return { name: 'groups' }
    if (area === 'groups' && first !== undefined && second === undefined)
      return { name: 'group', group: first }
    if (area === 'brokers' && first === undefined) return { name: 'brokers' }
    if (area === 'alerts' && first === undefined) return { name: 'alerts' }
    if (area === 'plans' && first === undefined) return { name: 'plans' }
    const instrument = labInstrumentOf(first ?? 'produce')
    if (area === 'lab' && instrument !== undefined && second === undefined)
      return { name: 'lab', instrument, settings: {} }
  }
  return { name: 'missing', path }
}

/** A hand-typed "%" is no escape: shown as it stands instead of a broken page. */
const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

export const pathOf = (page: Page): string => {
  switch (page.name) {
    case 'overview':
      return '/'
    case 'topics':
    case 'groups':
    case 'brokers':
    case 'alerts':
    case 'plans':
      return `/${page.name}`
    case 'topic':
      return `/topics/${encodeURIComponent(page.topic)}`
    case 'partition':
      return `/topics/${encodeURIComponent(page.topic)}/${page.partition}`
    case 'group':
      return `/groups/${encodeURIComponent(page.group)}`
    case 'lab':
      return `/lab/${page.instrument}`
    case 'missing':
      return page.path
  }
}

export const printRoute = ({ page, view }: Route): string => {
  const parameters = new URLSearchParams(page.name === 'lab' ? page.settings : {})
  for (const key of viewKeysOf(page)) {
    const value = view[key]
    if (value !== undefined) parameters.set(key, value)
  }
  const query = page.name === 'lab' ? readableQuery(parameters) : parameters.toString()
  return query === '' ? pathOf(page) : `${pathOf(page)}?${query}`
}

/** One level up, for Esc; undefined at the top. */
export const parentOf = (page: Page): Page | undefined => {
  switch (page.name) {
    case 'overview':
      return undefined
    case 'partition':
      return { name: 'topic', topic: page.topic }
    case 'topic':
      return { name: 'topics' }
    case 'group':
      return { name: 'groups' }
    case 'topics':
    case 'groups':
    case 'brokers':
    case 'alerts':
    case 'plans':
    case 'lab':
    case 'missing':
      return { name: 'overview' }
  }
}

/** The last words of the path: what the page is about. */
export const titleOf = (page: Page): string => {
  switch (page.name) {
    case 'topic':
      return page.topic
    case 'partition':
      return `${page.topic}-${page.partition}`
    case 'group':
      return page.group
    case 'missing':
      return 'Not found'
    case 'overview':
    case 'topics':
    case 'groups':
    case 'brokers':
    case 'alerts':
    case 'plans':
    case 'lab':
      return `${page.name.charAt(0).toUpperCase()}${page.name.slice(1)}`
  }
}
